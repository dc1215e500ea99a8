/**
 * Owns: management calls: otp-semantics §2.3 as ordinary tests.
 * Does not own: the golden traces of the same rules (conformance).
 * Invariants: S4, S5, S17, S18, S22.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, killed, normal, type Ref, shutdown } from '#runtime'
import { askSupervisor, type ChildSpec, type Restart, startServer, startSupervisor, supervisorClient } from '#supervisors'
import { boom, counts, listing, refusal, Stage } from './stage.ts'

test('§2.3 #25 the whole table of management calls on a static supervisor', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('a')] })
  const already = await stage.run(refusal(top.startChild(stage.child('a')), 'child.already_started'))
  assert.equal(already.fields.ref, stage.ref('a').id)
  for (const call of ['restartChild', 'terminateChild', 'deleteChild'] as const)
    await stage.run(refusal(top[call]('x'), 'child.not_found'))
  await stage.run(refusal(top.restartChild('a'), 'child.running'))
  await stage.run(refusal(top.deleteChild('a'), 'child.running'))
  await stage.run(refusal(top.terminateChild(stage.ref('a')), 'child.not_found'))
  await stage.run(top.terminateChild('a'))
  await stage.run(top.terminateChild('a'))
  await stage.run(refusal(top.startChild(stage.child('a')), 'child.already_present'))
  assert.ok((await stage.run(top.restartChild('a'))).ref)
  await stage.run(top.terminateChild('a'))
  await stage.run(top.deleteChild('a'))
  assert.deepEqual(await listing(stage, top), [])
  const nobody = supervisorClient(stage.processes, address('supervisor', 'unknown'))
  await stage.run(refusal(nobody.whichChildren(), 'actor.not_found'))
})

test('§2.3 #26 equal children are counted, and terminated by ref only', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'simple_one_for_one', template: stage.child('t') })
  const foreign = await stage.probe()
  assert.deepEqual(await counts(stage, top), [1, 0, 0, 0])
  const { ref } = await stage.run(top.startInstance('one'))
  assert.deepEqual(await counts(stage, top), [1, 1, 0, 1])
  await stage.run(top.startInstance('two'))
  assert.deepEqual(await counts(stage, top), [1, 2, 0, 2])
  for (const call of ['terminateChild', 'restartChild', 'deleteChild'] as const)
    await stage.run(refusal(top[call]('one'), 'child.by_template'))
  await stage.run(top.terminateChild(ref as Ref))
  await stage.run(top.terminateChild(ref as Ref))
  await stage.run(refusal(top.terminateChild(foreign.ref), 'child.not_found'))
  assert.ok(stage.processes.alive(foreign.ref))
})

test('§2.3 #27 what a start function gives besides the ref comes back from start_child and restart_child', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  const started = await stage.run(top.startChild(stage.child('a', { plan: [{ info: 'extra' }] })))
  assert.equal(started.info, 'extra')
  await stage.end('a')
  assert.ok(stage.alive('a'))
  await stage.run(top.terminateChild('a'))
  assert.equal((await stage.run(top.restartChild('a'))).info, 'extra')
})

test('§2.3 #28 the listing follows every step, youngest first, and agrees with single look-ups', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  assert.deepEqual(await listing(stage, top), [])
  for (const id of ['a', 'b', 'c']) await stage.run(top.startChild(stage.child(id)))
  const all = [
    ['c', 'running'],
    ['b', 'running'],
    ['a', 'running'],
  ]
  assert.deepEqual(await listing(stage, top), all)
  await stage.run(top.terminateChild('b'))
  assert.deepEqual(await listing(stage, top), [all[0], ['b', 'none'], all[2]])
  await stage.run(top.restartChild('b'))
  assert.deepEqual(await listing(stage, top), all)
  await stage.run(top.terminateChild('b'))
  await stage.run(top.deleteChild('b'))
  assert.deepEqual(await listing(stage, top), [all[0], all[2]])
  for (const row of await stage.run(top.whichChildren()))
    assert.equal((await stage.run(top.getChildSpec(row.id as string))).id, row.id)
})

test('§2.3 #29 a thousand and two thousand children are counted, and none is left when all are killed', async () => {
  for (const type of ['worker', 'supervisor'] as const) {
    const stage = new Stage()
    const template: ChildSpec = { id: 't', type, restart: 'temporary', start: startServer(() => ({ handle() {} })) }
    const top = await stage.supervise({ strategy: 'simple_one_for_one', template })
    const shown = (n: number) => (type === 'worker' ? [1, n, 0, n] : [1, n, n, 0])
    const refs: Ref[] = []
    for (const n of [1000, 2000]) {
      const more = await stage.run(Promise.all(Array.from({ length: 1000 }, () => top.startInstance())))
      for (const { ref } of more) refs.push(ref as Ref)
      assert.deepEqual(await counts(stage, top), shown(n))
    }
    for (const ref of refs) stage.processes.exit(ref, killed)
    await stage.quiet()
    assert.deepEqual(await counts(stage, top), [1, 0, 0, 0])
  }
})

test('§2.3 #30 restarting children are not active; terminating one never makes the count wrong', async () => {
  const stage = new Stage()
  let broken = false
  const start: ChildSpec['start'] = (starter) => {
    if (broken) throw new Error('broken')
    return starter.spawn({ handle() {} }, { name: 't' })
  }
  const top = await stage.supervise({ strategy: 'dynamic', intensity: 50, period: 10_000, backoff: { initial: 10, max: 10 } })
  const refs: Ref[] = []
  for (let i = 0; i < 3; i++) refs.push((await stage.run(top.startChild({ id: 't', start }))).ref as Ref)
  assert.deepEqual(await counts(stage, top), [3, 3, 0, 3])
  broken = true
  for (const ref of refs.slice(0, 2)) stage.processes.exit(ref, killed)
  await stage.sources.advance(15)
  const look = async () => {
    const answer = top.countChildren()
    await stage.settle()
    const { specs, active, supervisors, workers } = await answer
    return [specs, active, supervisors, workers]
  }
  assert.deepEqual(await look(), [3, 1, 0, 3])
  const cancel = top.terminateChild(refs[0] as Ref)
  await stage.settle()
  await cancel
  assert.deepEqual(await look(), [2, 1, 0, 2])
  broken = false
  await stage.quiet()
  assert.deepEqual(await counts(stage, top), [2, 2, 0, 2])
  for (const row of await stage.run(top.whichChildren())) await stage.run(top.terminateChild(row.ref as Ref))
  assert.deepEqual(await counts(stage, top), [0, 0, 0, 0])
})

test('§2.3 #31 the spec of a temporary child is gone with it; others keep theirs, by every way of ending', async () => {
  const ways: [string, boolean, (stage: Stage) => Promise<unknown>][] = [
    ['kill', true, (stage) => stage.kill('c')],
    ['normal', false, (stage) => stage.end('c', normal)],
    ['abnormal', true, (stage) => stage.end('c', boom)],
  ]
  for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const) {
    for (const [way, abnormal, end] of ways) {
      for (const restart of ['permanent', 'transient', 'temporary'] as Restart[]) {
        const stage = new Stage()
        const top = await stage.supervise({ strategy, children: [stage.child('c', {}, { restart })] })
        await end(stage)
        const back = restart === 'permanent' || (restart === 'transient' && abnormal)
        const expected = restart === 'temporary' ? [] : [['c', back ? 'running' : 'none']]
        assert.deepEqual(await listing(stage, top), expected, `${strategy} ${way} ${restart}`)
        if (restart === 'temporary') assert.ok((await stage.run(top.startChild(stage.child('c', {}, { restart })))).ref)
      }
    }
    const stage = new Stage()
    const top = await stage.supervise({ strategy, children: [stage.child('p'), stage.child('t', {}, { restart: 'temporary' })] })
    for (const id of ['p', 't']) await stage.run(top.terminateChild(id))
    await stage.run(refusal(top.startChild(stage.child('p')), 'child.already_present'))
    assert.ok((await stage.run(top.startChild(stage.child('t', {}, { restart: 'temporary' })))).ref)
  }
})

test('§2.3 #32 the start arguments of temporary children are not kept, also after one has crashed (M7)', async () => {
  const stage = new Stage()
  const big = { payload: 'x'.repeat(1000) }
  const start: ChildSpec['start'] = (starter) => starter.spawn({ handle() {} })
  const top = await stage.supervise({})
  await stage.run(top.startChild({ id: 'kept', start, args: [big] }))
  await stage.run(top.startChild({ id: 't', start, args: [big], restart: 'temporary' }))
  assert.deepEqual((await stage.run(top.getChildSpec('kept'))).args, [big])
  assert.deepEqual((await stage.run(top.getChildSpec('t'))).args, [])
  const dynamic = await stage.supervise({ strategy: 'dynamic' })
  const { ref } = await stage.run(dynamic.startChild({ id: 'd', start, args: [big], restart: 'temporary' }))
  const other = await stage.run(dynamic.startChild({ id: 'd', start, args: [big], restart: 'temporary' }))
  stage.processes.exit(ref as Ref, killed)
  await stage.quiet()
  assert.deepEqual((await stage.run(dynamic.getChildSpec(other.ref as Ref))).args, [])
})

test('§2.3 #33 starting and stopping grows about linearly with the number of children', async () => {
  // Processor time of this process, not wall time, so that other work on the machine does not count.
  const work = async (n: number): Promise<number> => {
    const stage = new Stage()
    const top = await stage.supervise({ strategy: 'dynamic' })
    const spec: ChildSpec = { id: 'c', restart: 'temporary', start: startServer(() => ({ handle() {} })) }
    const began = process.cpuUsage()
    const started = await stage.run(Promise.all(Array.from({ length: n }, () => top.startChild(spec))))
    for (const { ref } of started.slice(0, n / 2)) stage.processes.exit(ref as Ref, killed)
    await stage.quiet()
    await stage.run(top.stop(shutdown))
    const used = process.cpuUsage(began)
    return used.user + used.system
  }
  await work(500)
  const [small, large] = [await work(1000), await work(10_000)]
  // The suite of OTP allows 50 times for 10 times the work; a quadratic one takes 100 times and more.
  assert.ok(large < 50 * Math.max(small, 5000), `1,000 took ${small} µs, 10,000 took ${large} µs`)
})

test('§2.3 #34 dynamic supervisors under names are told apart by their ids; a second one of the same name is refused', async () => {
  const stage = new Stage()
  const named = (id: string, key: string): ChildSpec => ({
    id,
    type: 'supervisor',
    start: startSupervisor({ strategy: 'dynamic' }, { address: address('supervisor', key) }),
  })
  const unnamed = (id: string): ChildSpec => ({ id, type: 'supervisor', start: startSupervisor({ strategy: 'dynamic' }) })
  const top = await stage.supervise({ children: [named('a', 'a'), named('b', 'b'), unnamed('dynamic')] })
  await stage.run(refusal(top.startChild(unnamed('dynamic')), 'child.already_started'))
  await stage.run(refusal(top.startChild(named('c', 'a')), 'child.already_started'))
  for (const key of ['a', 'b']) {
    const client = supervisorClient(stage.processes, address('supervisor', key), { dynamic: true })
    assert.equal((await stage.run(client.countChildren())).specs, 0)
  }
  assert.deepEqual(await counts(stage, top), [3, 3, 3, 0])
})

test('an unknown request and a call of a supervisor to itself are refused, and it goes on', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  await stage.run(refusal(stage.processes.call(top.target, { ask: 'dance' }), 'supervisor.unknown_request'))
  await stage.run(refusal(askSupervisor(stage.processes, top.target, { ask: 'history' }, top.target), 'ask.itself'))
  assert.equal((await stage.run(top.history())).total, 0)
})
