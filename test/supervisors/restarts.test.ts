/**
 * Owns: restart types and intensity: otp-semantics §2.4 as ordinary tests; backoff; the history.
 * Does not own: the golden traces of the same rules (conformance), the arithmetic alone (intensity.test).
 * Invariants: S8, S16, S20, S21, I1–I3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExitReason, normal, shutdown } from '#runtime'
import { boom, counts, listing, Stage, shutdownX } from './stage.ts'

const reasons: [string, ExitReason][] = [
  ['normal', normal],
  ['shutdown', shutdown],
  ['shutdown(x)', shutdownX],
  ['abnormal', boom],
]
const hour = 3_600_000

test('§2.4 #35 a permanent child is restarted after every reason, with a new ref', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('c')], intensity: 10, period: hour })
  for (const [name, reason] of reasons) {
    const before = stage.ref('c')
    await stage.end('c', reason)
    assert.notEqual(stage.ref('c').id, before.id, name)
    assert.deepEqual(await counts(stage, top), [1, 1, 0, 1])
  }
})

test('§2.4 #36 a transient child is restarted after an abnormal end only; restart_child works in between', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('c', {}, { restart: 'transient' })], intensity: 10, period: hour })
  for (const [name, reason] of reasons) {
    const before = stage.ref('c')
    await stage.end('c', reason)
    const back = name === 'abnormal'
    assert.deepEqual(await counts(stage, top), [1, back ? 1 : 0, 0, 1], name)
    if (!back) await stage.run(top.restartChild('c'))
    assert.notEqual(stage.ref('c').id, before.id)
  }
})

test('§2.4 #37 a temporary child is never restarted nor listed, and its id is free again', async () => {
  for (const [, reason] of reasons) {
    const stage = new Stage()
    const spec = stage.child('c', {}, { restart: 'temporary' })
    const top = await stage.supervise({ children: [spec] })
    await stage.end('c', reason)
    assert.deepEqual(await counts(stage, top), [0, 0, 0, 0])
    assert.ok((await stage.run(top.startChild(spec))).ref)
  }
})

test('§2.4 #38 a temporary bystander of a group restart is gone for good', async () => {
  for (const strategy of ['one_for_all', 'rest_for_one'] as const) {
    const stage = new Stage()
    const children = [stage.child('p'), stage.child('t', {}, { restart: 'temporary' })]
    const top = await stage.supervise({ strategy, children })
    await stage.end('p', normal)
    assert.deepEqual(await listing(stage, top), [['p', 'running']])
    assert.equal(stage.starts('t'), 1)
    assert.ok(stage.alive('top'))
  }
})

test('§2.4 #39 crashes that are farther apart than the period never add up', async () => {
  const stage = new Stage()
  await stage.supervise({ children: [stage.child('c')], intensity: 1, period: 1000 })
  for (let i = 0; i < 4; i++) {
    await stage.end('c')
    await stage.sources.advance(2100)
  }
  assert.ok(stage.alive('top'))
})

test('§2.4 #40 the restart after the allowed ones ends the supervisor with gave_up (I1, I3, S21)', async () => {
  const stage = new Stage()
  await stage.supervise({ children: [stage.child('c')], intensity: 2, period: 5000 })
  await stage.end('c')
  await stage.end('c')
  assert.ok(stage.alive('top'))
  await stage.end('c')
  const end = stage.endOf(stage.ref('top'))
  assert.deepEqual([end?.type, end?.type === 'gave_up' && end.child], ['gave_up', 'c'])
  const strict = new Stage()
  await strict.supervise({ children: [strict.child('c')], intensity: 0, period: 5000 })
  await strict.end('c')
  assert.equal(strict.alive('top'), false)
})

test('§2.4 #40 the window is exact in milliseconds: `period` apart counts together, one more does not (I2)', async () => {
  for (const [apart, survives] of [
    [1000, false],
    [1001, true],
  ] as const) {
    const stage = new Stage()
    await stage.supervise({ children: [stage.child('c')], intensity: 1, period: 1000 })
    await stage.end('c')
    await stage.sources.advance(apart)
    await stage.end('c')
    assert.equal(stage.alive('top'), survives, `${apart} ms`)
  }
})

test('§2.4 #41 retries of a broken start count: intensity 3 means exactly three attempts (S8)', async () => {
  const stage = new Stage()
  const children = [stage.child('sibling'), stage.child('c', { plan: ['ok', 'error'] })]
  await stage.supervise({ children, intensity: 3, period: 60_000 })
  stage.takeLog()
  await stage.end('c')
  const log = stage.takeLog()
  assert.equal(log.filter((line) => line === 'c start').length, 3)
  assert.deepEqual(log.slice(-3), ['sibling stop shutdown', 'sibling end shutdown', 'top end gave up restarting "c"'])
})

test('§2.4 #42 two crashes at once cost a group strategy one restart and one_for_one two', async () => {
  for (const [strategy, survives] of [
    ['one_for_all', true],
    ['rest_for_one', true],
    ['one_for_one', false],
  ] as const) {
    const stage = new Stage()
    const children = ['a', 'b', 'c'].map((id) => stage.child(id, { trap: false }))
    const top = await stage.supervise({ strategy, children, intensity: 1, period: hour })
    stage.processes.pause(top.target)
    await stage.kill('a')
    await stage.kill('b')
    stage.processes.resume(top.target)
    await stage.quiet()
    assert.equal(stage.alive('top'), survives, strategy)
  }
})

test('a restart waits for its backoff, twice as long each time, at most `max`, and counts like any other', async () => {
  const stage = new Stage()
  const backoff = { initial: 100, max: 300 }
  await stage.supervise({ children: [stage.child('c')], intensity: 4, period: 60_000, backoff })
  const waits: number[] = []
  for (let i = 0; i < 4; i++) {
    const began = stage.sources.clock.monotonic()
    await stage.end('c')
    assert.ok(stage.alive('c'))
    waits.push(stage.sources.clock.monotonic() - began)
  }
  assert.deepEqual(waits, [100, 200, 300, 300])
  await stage.end('c')
  assert.equal(stage.alive('top'), false)
})

test('while a backoff runs the child is restarting: it can be looked at, and terminated, and a stop does not wait for it', async () => {
  const stage = new Stage()
  const backoff = { initial: 10_000, max: 10_000 }
  const top = await stage.supervise({ children: [stage.child('a'), stage.child('b')], intensity: 4, period: 60_000, backoff })
  for (const id of ['a', 'b']) {
    stage.endSoon(id)
    await stage.settle()
  }
  const rows = top.whichChildren()
  await stage.settle()
  assert.deepEqual(
    (await rows).map((row) => row.ref),
    ['restarting', 'restarting'],
  )
  const cancelled = top.terminateChild('a')
  await stage.settle()
  await cancelled
  const stopped = top.stop(shutdown)
  await stage.settle()
  assert.deepEqual(await stopped, shutdown)
  await stage.quiet()
  assert.deepEqual([stage.starts('a'), stage.starts('b')], [1, 1])
})

test('the history names child, cause and time of each restart, newest last, and is bounded (S16)', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('a'), stage.child('b')], intensity: 1000, period: hour })
  await stage.end('a', boom)
  await stage.sources.advance(500)
  await stage.end('b', normal)
  const { total, restarts } = await stage.run(top.history())
  assert.equal(total, 2)
  assert.deepEqual(
    restarts.map(({ child, reason }) => [child, reason]),
    [
      ['a', boom],
      ['b', normal],
    ],
  )
  assert.equal((restarts[1]?.at ?? 0) - (restarts[0]?.at ?? 0), 500)
  for (let i = 0; i < 150; i++) await stage.end('a')
  const later = await stage.run(top.history())
  assert.deepEqual([later.total, later.restarts.length], [152, 100])
})

test('restarts and giving up are told to telemetry with child and cause', async () => {
  const stage = new Stage()
  await stage.supervise({ children: [stage.child('c')], intensity: 1, period: hour })
  await stage.end('c')
  await stage.end('c')
  const told = stage.emitted.map(({ name, metadata }) => [name, metadata.child, metadata.context ?? ''])
  assert.deepEqual(told, [
    ['supervisor.report', 'c', 'child_terminated'],
    ['supervisor.restarted', 'c', ''],
    ['supervisor.report', 'c', 'child_terminated'],
    ['supervisor.report', 'c', 'shutdown'],
    ['supervisor.gave_up', 'c', ''],
  ])
})
