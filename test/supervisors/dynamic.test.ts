/**
 * Owns: the dynamic supervisor: otp-semantics §2.7 as ordinary tests.
 * Does not own: the golden traces of the same rules (conformance).
 * Invariants: S5, S12, S17.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, type ExitReason, killed, normal, type Ref, shutdown, TroupeError } from '#runtime'
import { type ChildSpec, type StartFunction, supervisorClient } from '#supervisors'
import { boom, counts, refusal, Stage, shutdownX } from './stage.ts'

const hour = 3_600_000
const plain = (start: StartFunction, more: Partial<ChildSpec> = {}): ChildSpec => ({ id: 'c', start, ...more })

test('§2.7 #65 a bad spec is refused in the caller, even if the supervisor does not exist (C3)', async () => {
  const stage = new Stage()
  const client = supervisorClient(stage.processes, address('supervisor', 'nobody'), { dynamic: true })
  const start: StartFunction = (starter) => starter.spawn({ handle() {} })
  const bad = [{ restart: 'sometimes' }, { shutdown: -1 }, { type: 'manager' }, { start: 'function' }]
  for (const member of bad) {
    const error = await stage.run(refusal(client.startChild({ id: 'c', start, ...member } as never), 'childspec.invalid'))
    assert.equal(error.fields.field, Object.keys(member)[0])
  }
  await stage.run(refusal(client.startChild({ id: 'c' } as never), 'childspec.missing'))
  await stage.run(refusal(client.startChild(plain(start)), 'actor.not_found'))
})

test('§2.7 #66 every kind of start result, and a throw in the start function, has its own answer', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  const answer = async (start: StartFunction) => {
    try {
      const { ref, info } = await stage.run(top.startChild(plain(start)))
      return ref ? { ok: info } : 'ignore'
    } catch (error) {
      assert.ok(TroupeError.is(error, 'child.start_failed'), String(error))
      return error.fields.reason as ExitReason
    }
  }
  assert.deepEqual(await answer((s) => s.spawn({ init: () => ({ init: 'ok', info: 'extra' }), handle() {} })), { ok: 'extra' })
  assert.deepEqual(await answer((s) => s.spawn({ handle() {} })), { ok: undefined })
  assert.equal(await answer((s) => s.spawn({ init: () => ({ init: 'ignore' }), handle() {} })), 'ignore')
  assert.deepEqual(await answer(() => ({ started: 'error', reason: boom })), boom)
  const unknown = (await answer(() => 'unknown' as never)) as ExitReason
  assert.equal(unknown.type === 'crashed' && unknown.error.code, 'child.bad_start')
  const thrown = (await answer(() => {
    throw new Error('no luck')
  })) as ExitReason
  assert.equal(thrown.type === 'crashed' && thrown.error.message, 'no luck')
  const value = (await answer(() => {
    throw 'ball'
  })) as ExitReason
  assert.equal(value.type === 'crashed' && value.error.message, '"ball"')
  const rejected = (await answer(() => Promise.reject(new Error('later')))) as ExitReason
  assert.equal(rejected.type === 'crashed' && rejected.error.message, 'later')
  assert.deepEqual(await counts(stage, top), [2, 2, 0, 2])
})

test('§2.7 #67 max_children: none at 0, none beside a child that is restarting or was restarted', async () => {
  const none = new Stage()
  const empty = await none.supervise({ strategy: 'dynamic', maxChildren: 0 })
  const refused = await none.run(refusal(empty.startChild(none.child('a')), 'child.limit'))
  assert.deepEqual([refused.fields.limit, none.starts('a')], [0, 0])
  const stage = new Stage()
  const backoff = { initial: 1000, max: 1000 }
  const one = await stage.supervise({ strategy: 'dynamic', maxChildren: 1, intensity: 9, period: hour, backoff })
  await stage.run(one.startChild(stage.child('a')))
  stage.endSoon('a')
  await stage.settle()
  const during = refusal(one.startChild(stage.child('b')), 'child.limit')
  await stage.settle()
  await during
  await stage.quiet()
  await stage.run(refusal(one.startChild(stage.child('b')), 'child.limit'))
  assert.equal(stage.starts('a'), 2)
})

test('§2.7 #68 extra arguments come before the child’s own, at the first start and at each restart (D2)', async () => {
  const stage = new Stage()
  const seen: unknown[][] = []
  const top = await stage.supervise({ strategy: 'dynamic', extraArguments: ['extra', 1] })
  const start: StartFunction = (starter, ...args) => {
    seen.push([...args])
    return starter.spawn({ handle() {} })
  }
  const { ref } = await stage.run(top.startChild(plain(start, { args: ['own'] })))
  stage.processes.exit(ref as Ref, killed)
  await stage.quiet()
  assert.deepEqual(seen, [
    ['extra', 1, 'own'],
    ['extra', 1, 'own'],
  ])
})

test('§2.7 #69 a second start with another result: counted right, restarting while it fails, forgotten when it declines', async () => {
  const cases = [
    ['ok', [1, 1, 0, 1]],
    [{ info: 'extra' }, [1, 1, 0, 1]],
    ['ignore', [0, 0, 0, 0]],
    ['error', [1, 0, 0, 1]],
    ['garbage', [1, 0, 0, 1]],
    ['throw', [1, 0, 0, 1]],
  ] as const
  for (const [second, expected] of cases) {
    const stage = new Stage()
    const top = await stage.supervise({ strategy: 'dynamic', intensity: 5, period: hour })
    await stage.run(top.startChild(stage.child('c', { plan: ['ok', second, 'ok'] })))
    stage.processes.pause(top.target)
    await stage.kill('c')
    const looks = Promise.all([top.countChildren(), top.whichChildren()])
    stage.processes.resume(top.target)
    const [count, rows] = await stage.run(looks)
    assert.deepEqual(Object.values(count), expected, JSON.stringify(second))
    if (expected[0] === 1) assert.equal(rows[0]?.ref === 'restarting', expected[1] === 0)
  }
})

test('§2.7 #70 a start that fails once is tried once more', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic', intensity: 2, period: hour })
  await stage.run(top.startChild(stage.child('c', { plan: ['ok', 'error', 'ok'] })))
  await stage.kill('c')
  assert.deepEqual(stage.takeLog(), ['c start', 'c end killed', 'c start', 'c error', 'c start'])
  assert.deepEqual(await counts(stage, top), [1, 1, 0, 1])
})

test('§2.7 #71 always failing restarts end the supervisor after exactly the allowed attempts', async () => {
  for (const intensity of [1, 10]) {
    const stage = new Stage()
    const top = await stage.supervise({ strategy: 'dynamic', intensity, period: hour })
    await stage.run(top.startChild(stage.child('c', { plan: ['ok', 'error'] })))
    await stage.kill('c')
    const end = stage.endOf(top.target)
    assert.deepEqual([end?.type, end?.type === 'gave_up' && end.child], ['gave_up', null])
    assert.equal(stage.starts('c'), 1 + intensity)
  }
})

test('§2.7 #72 children of one supervisor stop by their own policies; a slow one does not delay the others', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  const forever = Number.POSITIVE_INFINITY
  const cases: [string, Parameters<Stage['child']>[1], Partial<ChildSpec>, ExitReason][] = [
    ['brutal', { slow: forever }, { shutdown: 'brutal_kill' }, killed],
    ['infinite', { slow: 300 }, { shutdown: 'infinity' }, shutdown],
    ['patient', { slow: 20 }, { shutdown: 100 }, shutdown],
    ['expired', { slow: forever }, { shutdown: 100 }, killed],
    ['reason', { endsWith: shutdownX }, { restart: 'transient' }, shutdownX],
    ['clean', { endsWith: normal }, { restart: 'permanent' }, normal],
  ]
  for (const [id, script, spec] of cases) await stage.run(top.startChild(stage.child(id, script, spec)))
  const times = new Map<string, number>()
  const began = stage.sources.clock.monotonic()
  for (const [id] of cases) stage.processes.onExit(stage.ref(id), () => times.set(id, stage.sources.clock.monotonic() - began))
  await stage.run(top.stop(shutdown))
  for (const [id, , , reason] of cases) assert.deepEqual(stage.endOf(stage.ref(id)), reason, id)
  assert.deepEqual(Object.fromEntries(times), { brutal: 0, infinite: 300, patient: 20, expired: 100, reason: 0, clean: 0 })
  const reports = stage.emitted.filter((e) => e.metadata.context === 'shutdown_error')
  assert.equal(reports.length, 2, 'the expired one and the permanent one that ended with normal')
})

test('§2.7 #73 a restarting child is terminated by its old ref; a second time it is not found', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic', intensity: 9, period: hour, backoff: { initial: 1000, max: 1000 } })
  const { ref } = await stage.run(top.startChild(stage.child('c', { plan: ['ok', 'error'] })))
  stage.endSoon('c')
  await stage.settle()
  const answers = Promise.all([top.terminateChild(ref as Ref), refusal(top.terminateChild(ref as Ref), 'child.not_found')])
  await stage.settle()
  await answers
  assert.deepEqual(await counts(stage, top), [0, 0, 0, 0])
  assert.equal(stage.starts('c'), 1)
})
