/**
 * Owns: starting: otp-semantics §2.1 as ordinary tests.
 * Does not own: the golden traces of the same rules (conformance).
 * Invariants: S1, S2, S3, S19.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, type ExitReason, shutdown } from '#runtime'
import { checkChildSpecs, type StartFunction, startServer, startSupervisor, superviseAll } from '#supervisors'
import { boom, counts, listing, refusal, refusalOf, Stage } from './stage.ts'

const nothing = startServer(() => ({ handle() {} }))

test('§2.1 #1 a supervisor without children starts, and ends with the reason of its parent’s exit', async () => {
  const stage = new Stage()
  const parent = await stage.probe()
  const top = await stage.run(superviseAll(stage.context, { intensity: 2, period: 3_600_000 }, { parent: parent.ref }))
  assert.ok(top)
  stage.follow('top', top.target)
  stage.processes.exit(top.target, shutdown, parent.ref)
  await stage.quiet()
  assert.deepEqual(stage.endOf(top.target), shutdown)
})

test('§2.1 #2 a supervisor whose init declines gives "ignore", and its caller gets no exit', async () => {
  const stage = new Stage()
  const parent = await stage.probe()
  assert.equal(await stage.run(superviseAll(stage.context, () => 'ignore', { parent: parent.ref })), undefined)
  await stage.sources.advance(100)
  assert.deepEqual(parent.got, [])
})

test('§2.1 #3 a child that declines stays listed without a ref', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  assert.deepEqual(await stage.run(top.startChild(stage.child('child1', { plan: ['ignore'] }))), { ref: undefined })
  await stage.run(top.startChild(stage.child('child2')))
  assert.deepEqual(await listing(stage, top), [
    ['child2', 'running'],
    ['child1', 'none'],
  ])
  assert.deepEqual(await counts(stage, top), [2, 1, 0, 2])
})

test('§2.1 #4 a temporary child that declines is not listed, at boot and later', async () => {
  const stage = new Stage()
  const declines = stage.child('child1', { plan: ['ignore'] }, { restart: 'temporary' })
  const boot = await stage.supervise({ children: [declines, stage.child('child2')] })
  assert.deepEqual(await listing(stage, boot), [['child2', 'running']])
  const later = await stage.supervise({ children: [] })
  await stage.run(later.startChild(declines))
  await stage.run(later.startChild(stage.child('child3')))
  assert.deepEqual(await counts(stage, later), [1, 1, 0, 1])
})

test('§2.1 #5 a dynamic supervisor lists only the child that did not decline, and shuts down clean', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'simple_one_for_one', template: stage.child('t', { plan: ['ignore', 'ok'] }) })
  assert.deepEqual(await stage.run(top.startInstance()), { ref: undefined })
  await stage.run(top.startInstance())
  assert.deepEqual(await counts(stage, top), [1, 1, 0, 1])
  assert.deepEqual(await stage.run(top.stop(shutdown)), shutdown)
})

test('§2.1 #6 garbage from the supervisor’s init and a throw in it fail the start by name, without a stray exit', async () => {
  const stage = new Stage()
  const parent = await stage.probe()
  const garbage = superviseAll(stage.context, () => 'nonsense' as unknown as 'ignore', { parent: parent.ref })
  const bad = await stage.run(refusal(garbage, 'server.start_failed'))
  assert.equal((bad.fields.reason as { error: { code: string } }).error.code, 'supervisor.bad_init')
  const throws = () => {
    throw new Error('no configuration')
  }
  const raised = await stage.run(refusal(superviseAll(stage.context, throws, { parent: parent.ref }), 'server.start_failed'))
  assert.match(raised.message, /no configuration/)
  await stage.quiet()
  assert.deepEqual(parent.got, [])
})

test('§2.1 #7 start_child tells why a start failed, and nothing is listed', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  const error = await stage.run(refusal(top.startChild(stage.child('a', { plan: ['error'] })), 'child.start_failed'))
  assert.deepEqual(error.fields.reason, { type: 'stopped', reason: 'nope' })
  const wrong = await stage.run(refusal(top.startChild(stage.child('b', { plan: ['garbage'] })), 'child.start_failed'))
  assert.match(wrong.message, /"wrong_value"/)
  assert.deepEqual(await listing(stage, top), [])
})

test('§2.1 #8 restart_child whose start is broken answers the error and keeps the spec', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('a', { plan: ['ok', 'error', 'throw', 'ok'] })] })
  await stage.run(top.terminateChild('a'))
  await stage.run(refusal(top.restartChild('a'), 'child.start_failed'))
  await stage.run(refusal(top.restartChild('a'), 'child.start_failed'))
  assert.deepEqual(await listing(stage, top), [['a', 'none']])
  assert.ok((await stage.run(top.restartChild('a'))).ref)
})

test('§2.1 #9 get_childspec shows the defaults of a minimal spec, of a brutal one and of a supervisor (S2)', async () => {
  const stage = new Stage()
  const top = await stage.supervise({
    children: [
      { id: 'a', start: nothing },
      { id: 'b', start: nothing, shutdown: 'brutal_kill' },
      { id: 'c', start: startSupervisor({}), type: 'supervisor' },
    ],
  })
  const shown = async (id: string) => {
    const { restart, shutdown: policy, type, significant } = await stage.run(top.getChildSpec(id))
    return { restart, policy, type, significant }
  }
  const common = { restart: 'permanent', significant: false }
  assert.deepEqual(await shown('a'), { ...common, policy: 5000, type: 'worker' })
  assert.deepEqual(await shown('b'), { ...common, policy: 'brutal_kill', type: 'worker' })
  assert.deepEqual(await shown('c'), { ...common, policy: 'infinity', type: 'supervisor' })
  await stage.run(refusal(top.getChildSpec('d'), 'child.not_found'))
})

test('§2.1 #10 a spec without id or start, or that is none, is refused; an unknown member is not', () => {
  assert.equal(refusalOf(() => checkChildSpecs([{ start: nothing }]), 'childspec.missing').fields.field, 'id')
  assert.equal(refusalOf(() => checkChildSpecs([{ id: 'a' }]), 'childspec.missing').fields.field, 'start')
  assert.equal(refusalOf(() => checkChildSpecs(['nonsense']), 'childspec.invalid').fields.got, '"nonsense"')
  assert.equal(checkChildSpecs([{ id: 'a', start: nothing, colour: 'red' }]).length, 1)
})

test('§2.1 #11 every bad member is named with its value, through the validator, start_child and boot (S1)', async () => {
  const stage = new Stage()
  const top = await stage.supervise({})
  const bad: [string, unknown][] = [
    ['start', 'not_a_function'],
    ['restart', 'sometimes'],
    ['shutdown', -10],
    ['type', 'manager'],
    ['significant', 'maybe'],
    ['args', 'none'],
    ['id', {}],
  ]
  for (const [field, value] of bad) {
    const spec = { id: 'a', start: nothing, [field]: value }
    const checked = refusalOf(() => checkChildSpecs([spec]), 'childspec.invalid')
    assert.deepEqual([checked.fields.field, checked.fields.got], [field, JSON.stringify(value)])
    assert.equal((await stage.run(refusal(top.startChild(spec), 'childspec.invalid'))).fields.field, field)
    const boot = await stage.run(refusal(superviseAll(stage.context, { children: [spec] }), 'server.start_failed'))
    assert.match(boot.message, new RegExp(`The member ${field} `))
  }
  assert.deepEqual(await listing(stage, top), [])
  refusalOf(() => checkChildSpecs([stage.child('a'), stage.child('a')]), 'childspec.duplicate')
  for (const template of [undefined, [], [stage.child('a'), stage.child('b')]]) {
    const spec = { strategy: 'simple_one_for_one', template } as never
    const boot = await stage.run(refusal(superviseAll(stage.context, spec), 'server.start_failed'))
    assert.match(boot.message, /exactly one child spec/)
  }
})

test('§2.1 #12 a bad strategy, intensity or period refuses the start by name; an unknown member is accepted (S3)', async () => {
  const stage = new Stage()
  const bad: [string, unknown][] = [
    ['strategy', 'some_for_all'],
    ['intensity', 'infinity'],
    ['intensity', -1],
    ['period', 0],
    ['period', 'infinity'],
    ['autoShutdown', 'some'],
    ['backoff', { initial: -1, max: 2 }],
  ]
  for (const [field, value] of bad) {
    const spec = { children: [stage.child('a')], [field]: value } as never
    const { message } = await stage.run(refusal(superviseAll(stage.context, spec), 'server.start_failed'))
    assert.match(message, new RegExp(`The ${field} of a supervisor`))
  }
  assert.equal(stage.starts('a'), 0)
  await stage.supervise({ children: [], colour: 'red' } as never)
})

test('§2.1 #13 an error deep in the tree surfaces through every level', async () => {
  const stage = new Stage()
  const low = startSupervisor({ children: [stage.child('x', { plan: ['throw'] })] })
  const mid = startSupervisor({ children: [{ id: 'low', type: 'supervisor', start: low }] })
  const boot = superviseAll(stage.context, { children: [{ id: 'mid', type: 'supervisor', start: mid }] })
  const { fields } = await stage.run(refusal(boot, 'server.start_failed'))
  const path: unknown[] = []
  let reason = fields.reason as ExitReason
  while (reason.type === 'shutdown') {
    const failed = (reason.detail as { failed_to_start_child: [string, ExitReason] }).failed_to_start_child
    path.push(failed[0])
    reason = failed[1]
  }
  assert.deepEqual(path, ['mid', 'low', 'x'])
  assert.equal(reason.type === 'crashed' && reason.error.message, 'init failed')
})

test('§2.1 #14 a child whose name an outsider holds: start_child says who, and the supervisor goes on', async () => {
  const stage = new Stage()
  const name = address('service', 'clock')
  const foreign = await stage.processes.spawn({ handle() {} }, { address: name })
  assert.equal(foreign.started, 'ok')
  const top = await stage.supervise({})
  const start: StartFunction = (starter) => starter.spawn({ handle() {} }, { address: name })
  const taken = await stage.run(refusal(top.startChild({ id: 'clock', start }), 'child.already_started'))
  assert.equal(taken.fields.ref, foreign.started === 'ok' && foreign.ref.id)
  assert.deepEqual(await listing(stage, top), [])
  assert.ok(stage.alive('top'))
})

test('§2.1 #15 a child that fails at boot stops the started ones youngest first; later ones never start', async () => {
  const stage = new Stage()
  const children = [stage.child('a'), stage.child('b'), stage.child('z', { plan: ['error'] }), stage.child('never')]
  await stage.run(refusal(superviseAll(stage.context, { children }), 'server.start_failed'))
  assert.deepEqual(stage.takeLog(), [
    'a start',
    'b start',
    'z start',
    'z error',
    'b stop shutdown',
    'b end shutdown',
    'a stop shutdown',
    'a end shutdown',
  ])
})

test('children start one after the other: the next one waits for the init of the one before (ST1)', async () => {
  const stage = new Stage()
  await stage.supervise({ children: [stage.child('a', { slowStart: 1000 }), stage.child('b')] })
  assert.deepEqual(stage.takeLog(), ['a start', 'b start'])
  await stage.end('a', boom)
  assert.deepEqual(stage.takeLog(), ['a stop stopped: "boom"', 'a end stopped: "boom"', 'a start'])
})
