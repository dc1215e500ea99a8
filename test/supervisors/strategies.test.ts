/**
 * Owns: strategies and escalation in a running supervisor: otp-semantics §2.5 as ordinary tests.
 * Does not own: the pure deciding (strategy-contract.test), the golden traces of the same rules (conformance).
 * Invariants: S7, S9, S10, S11, S20, S21.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, killed, normal, type Ref, shutdown } from '#runtime'
import { type ChildSpec, type SupervisorSpec, startServer, startSupervisor, supervisorClient } from '#supervisors'
import { counts, listing, refusal, Stage } from './stage.ts'

const hour = 3_600_000
const limits = (intensity: number) => ({ intensity, period: hour })
const sup = (id: string, init: SupervisorSpec, spec: Partial<ChildSpec> = {}): ChildSpec => ({
  id,
  type: 'supervisor',
  start: (starter) => startSupervisor(init, { name: id })(starter),
  ...spec,
})

test('§2.5 #43 one_for_one: the sibling keeps its ref; the third crash ends the supervisor', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ ...limits(2), children: [stage.child('a'), stage.child('b')] })
  const sibling = stage.ref('b').id
  await stage.end('a')
  await stage.end('a')
  assert.equal(stage.ref('b').id, sibling)
  assert.deepEqual(await counts(stage, top), [2, 2, 0, 2])
  await stage.end('a')
  assert.equal(stage.alive('top') || stage.alive('b'), false)
})

test('§2.5 #44 one_for_one: a child that cannot start again ends the supervisor and the healthy sibling', async () => {
  const stage = new Stage()
  await stage.supervise({ ...limits(4), children: [stage.child('a', { plan: ['ok', 'error'] }), stage.child('b')] })
  await stage.end('a')
  assert.deepEqual([stage.starts('a'), stage.alive('top'), stage.alive('b')], [5, false, false])
})

test('§2.5 #45 one_for_all: all siblings are stopped and started; the limit ends it', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ ...limits(1), strategy: 'one_for_all', children: [stage.child('a'), stage.child('b')] })
  const before = [stage.ref('a').id, stage.ref('b').id]
  await stage.end('a')
  assert.equal(before.includes(stage.ref('a').id) || before.includes(stage.ref('b').id), false)
  assert.deepEqual(await counts(stage, top), [2, 2, 0, 2])
  await stage.end('b')
  assert.equal(stage.alive('top'), false)
})

test('§2.5 #46 one_for_all: a second child that cannot restart ends everything', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b', { plan: ['ok', 'error'] })]
  await stage.supervise({ ...limits(4), strategy: 'one_for_all', children })
  await stage.end('a')
  assert.deepEqual([stage.alive('top'), stage.alive('a')], [false, false])
})

test('§2.5 #47 one_for_all: the sibling’s failing restart stops the child that was just restarted, and all start again', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b', { plan: ['ok', 'error', 'ok'] })]
  await stage.supervise({ ...limits(4), strategy: 'one_for_all', children })
  stage.takeLog()
  await stage.kill('a')
  assert.deepEqual(stage.takeLog(), [
    'a end killed',
    'b stop shutdown',
    'b end shutdown',
    'a start',
    'b start',
    'b error',
    'a stop shutdown',
    'a end shutdown',
    'a start',
    'b start',
  ])
})

test('§2.5 #48 rest_for_one: the older keeps its ref, dead and younger are new; the limit ends it', async () => {
  const stage = new Stage()
  const children = ['a', 'b', 'c'].map((id) => stage.child(id))
  await stage.supervise({ ...limits(1), strategy: 'rest_for_one', children })
  const before = ['a', 'b', 'c'].map((id) => stage.ref(id).id)
  await stage.end('b')
  const after = ['a', 'b', 'c'].map((id) => stage.ref(id).id)
  assert.deepEqual(
    after.map((id, i) => id === before[i]),
    [true, false, false],
  )
  await stage.end('c')
  assert.equal(stage.alive('top'), false)
})

test('§2.5 #49 rest_for_one: a later child that cannot restart ends the supervisor', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b', { plan: ['ok', 'error'] })]
  await stage.supervise({ ...limits(3), strategy: 'rest_for_one', children })
  await stage.end('a')
  assert.equal(stage.alive('top'), false)
})

test('§2.5 #50 rest_for_one: only the child that failed to start is tried again', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b', { plan: ['ok', 'error', 'ok'] })]
  await stage.supervise({ ...limits(4), strategy: 'rest_for_one', children })
  await stage.end('a')
  assert.deepEqual([stage.starts('a'), stage.starts('b')], [2, 3])
  assert.ok(stage.alive('a') && stage.alive('b'))
})

test('§2.5 #51 equal children restart alone, with their own arguments, until one cannot', async () => {
  const stage = new Stage()
  const seen: unknown[][] = []
  let broken = false
  const start: ChildSpec['start'] = (starter, ...args) => {
    seen.push([...args])
    if (broken) throw new Error('broken')
    return starter.spawn({ handle() {} })
  }
  const template: ChildSpec = { id: 't', start, args: ['base'] }
  const top = await stage.supervise({ ...limits(3), strategy: 'simple_one_for_one', template })
  const one = await stage.run(top.startInstance('one'))
  const two = await stage.run(top.startInstance('two', 2))
  stage.processes.exit(one.ref as Ref, killed)
  await stage.quiet()
  assert.deepEqual(seen, [
    ['base', 'one'],
    ['base', 'two', 2],
    ['base', 'one'],
  ])
  assert.ok(stage.processes.alive(two.ref as Ref))
  broken = true
  stage.processes.exit(two.ref as Ref, killed)
  await stage.quiet()
  assert.deepEqual(stage.endOf(top.target)?.type, 'gave_up')
})

test('§2.5 #52 a restart that declines takes an equal child off the list; the later shutdown is clean', async () => {
  for (const restart of ['transient', 'permanent'] as const) {
    const stage = new Stage()
    const template = stage.child('t', { plan: ['ok', 'ok', 'ignore'] }, { restart })
    const top = await stage.supervise({ ...limits(5), strategy: 'simple_one_for_one', template })
    await stage.run(top.startInstance())
    await stage.kill('t')
    await stage.kill('t')
    assert.deepEqual(await counts(stage, top), [1, 0, 0, 0])
    assert.deepEqual(await stage.run(top.stop(shutdown)), shutdown)
  }
})

test('§2.5 #53 when one of its supervisors gives up, a one_for_all layer starts again: the API-stopped one is back, added children are not', async () => {
  const stage = new Stage()
  const named = (key: string) => ({ address: address('supervisor', key) })
  const layer = (id: string, init: SupervisorSpec, spec: Partial<ChildSpec> = {}): ChildSpec => ({
    id,
    type: 'supervisor',
    start: startSupervisor(init, named(id)),
    ...spec,
  })
  const top = await stage.supervise({
    ...limits(4),
    strategy: 'one_for_all',
    children: [
      layer('one', { ...limits(1), children: [stage.child('a'), stage.child('b')] }),
      layer('two', { children: [stage.child('x')] }, { restart: 'transient' }),
      layer('dyn', { ...limits(1), strategy: 'dynamic' }),
    ],
  })
  const dyn = supervisorClient(stage.processes, address('supervisor', 'dyn'), { dynamic: true })
  await stage.run(dyn.startChild(stage.child('added')))
  await stage.run(top.terminateChild('two'))
  await stage.end('a')
  assert.deepEqual([stage.starts('a'), stage.starts('b'), stage.alive('x')], [2, 1, false])
  await stage.end('b')
  assert.deepEqual([stage.starts('a'), stage.starts('b'), stage.starts('x')], [3, 2, 2])
  assert.deepEqual(await listing(stage, top), [
    ['dyn', 'running'],
    ['two', 'running'],
    ['one', 'running'],
  ])
  assert.equal((await stage.run(dyn.countChildren())).specs, 0)
})

test('§2.5 #54 names lead to the new lives after every kind of end, and are free when the top is killed', async () => {
  const stage = new Stage()
  const [middleName, workerName] = [address('supervisor', 'middle'), address('worker', 'w')]
  const worker: ChildSpec = { id: 'w', start: startServer(() => ({ handle() {} }), { address: workerName }) }
  const middle: ChildSpec = {
    id: 'middle',
    type: 'supervisor',
    start: startSupervisor({ ...limits(9), children: [worker] }, { address: middleName }),
  }
  const top = await stage.supervise({ ...limits(9), children: [middle] })
  const seen = new Set<number>()
  const fresh = (name: typeof workerName): Ref => {
    const ref = stage.processes.whereis(name)
    assert.ok(ref && !seen.has(ref.id), `${name.key} is not new`)
    seen.add(ref.id)
    return ref
  }
  fresh(workerName)
  stage.processes.exit(fresh(middleName), killed)
  await stage.quiet()
  fresh(middleName)
  stage.processes.exit(fresh(workerName), killed)
  await stage.quiet()
  await stage.run(stage.processes.stop(fresh(workerName), normal))
  const client = supervisorClient(stage.processes, middleName)
  fresh(workerName)
  await stage.run(client.terminateChild('w'))
  assert.equal(stage.processes.whereis(workerName), undefined)
  await stage.run(client.restartChild('w'))
  fresh(workerName)
  stage.processes.exit(top.target, killed)
  await stage.quiet()
  assert.deepEqual([stage.processes.whereis(middleName), stage.processes.whereis(workerName)], [undefined, undefined])
})

test('§2.5 #55 a child whose restart keeps failing slowly: every call has its answer, terminate ends the loop, a stop gets in (S20)', async () => {
  const stage = new Stage()
  const child = stage.child('a', { plan: ['ok', 'error', 'error', 'error', 'ok'], slowStart: 500 })
  const top = await stage.supervise({ ...limits(8), children: [child] })
  stage.endSoon('a')
  await stage.sources.advance(100)
  const answers = Promise.all([
    top.whichChildren(),
    top.countChildren(),
    refusal(top.startChild(child), 'child.already_present'),
    refusal(top.restartChild('a'), 'child.restarting'),
    refusal(top.deleteChild('a'), 'child.restarting'),
    top.terminateChild('a'),
  ])
  const [rows, count] = await stage.run(answers)
  assert.deepEqual([rows[0]?.ref, count.active, count.specs], ['restarting', 0, 1])
  assert.equal(stage.starts('a'), 2)
  await stage.run(refusal(top.restartChild('a'), 'child.start_failed'))
  await stage.run(refusal(top.restartChild('a'), 'child.start_failed'))
  assert.ok((await stage.run(top.restartChild('a'))).ref)
  const looping = new Stage()
  const loop = await looping.supervise({
    ...limits(8),
    children: [looping.child('a', { plan: ['ok', 'error'], slowStart: 500 })],
  })
  looping.endSoon('a')
  await looping.sources.advance(100)
  await looping.run(loop.stop(shutdown))
  assert.equal(looping.starts('a'), 2)
})

test('§2.5 #56 rest_for_one with a looping middle child: older keeps its ref, younger has none', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b', { plan: ['ok', 'error'], slowStart: 100 }), stage.child('c')]
  const top = await stage.supervise({ ...limits(8), strategy: 'rest_for_one', children })
  const older = stage.ref('a')
  stage.endSoon('b')
  await stage.sources.advance(50)
  const answers = Promise.all([
    top.whichChildren(),
    top.countChildren(),
    refusal(top.restartChild('b'), 'child.restarting'),
    top.terminateChild('b'),
  ])
  const [rows, count] = await stage.run(answers)
  assert.deepEqual(
    rows.map((row) => row.ref),
    [undefined, 'restarting', older],
  )
  assert.deepEqual(Object.values(count), [3, 1, 0, 3])
})

test('§2.5 #57 the same under a dynamic strategy: terminated by the old ref', async () => {
  const stage = new Stage()
  const template = stage.child('t', { plan: ['ok', 'error'], slowStart: 100 })
  const top = await stage.supervise({ ...limits(8), strategy: 'simple_one_for_one', template })
  const { ref } = await stage.run(top.startInstance())
  stage.endSoon('t')
  await stage.sources.advance(50)
  const answers = Promise.all([top.whichChildren(), top.terminateChild(ref as Ref)])
  const [rows] = await stage.run(answers)
  assert.deepEqual(
    rows.map((row) => row.ref),
    ['restarting'],
  )
  assert.deepEqual(await counts(stage, top), [1, 0, 0, 0])
})

test('§2.5 #58 escalation: a permanent sub-supervisor multiplies the crashes, and a transient one is restarted too, because gave_up is abnormal (S21)', async () => {
  for (const restart of ['permanent', 'transient'] as const) {
    const stage = new Stage()
    await stage.supervise({
      ...limits(2),
      children: [sup('sub', { ...limits(1), children: [stage.child('w')] }, { restart })],
    })
    for (let crash = 1; crash <= 5; crash++) {
      await stage.end('w')
      assert.ok(stage.alive('top') && stage.alive('w'), `${restart}, crash ${crash}`)
    }
    await stage.end('w')
    const end = stage.endOf(stage.ref('top'))
    assert.deepEqual([end?.type, end?.type === 'gave_up' && end.child], ['gave_up', 'sub'])
  }
})

test('the reason gave_up tells the restarts that led to it', async () => {
  const stage = new Stage()
  await stage.supervise({ ...limits(2), children: [stage.child('a'), stage.child('b')] })
  for (const id of ['a', 'b', 'a']) await stage.end(id)
  const end = stage.endOf(stage.ref('top'))
  assert.ok(end?.type === 'gave_up')
  assert.deepEqual(
    (end.history as { child: string }[]).map((entry) => entry.child),
    ['a', 'b'],
  )
})
