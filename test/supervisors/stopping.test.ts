/**
 * Owns: stopping: otp-semantics §2.2 as ordinary tests.
 * Does not own: the golden traces of the same rules (conformance).
 * Invariants: S13, S14, S15, S19.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExitReason, normal, shutdown } from '#runtime'
import type { ChildSpec, Restart } from '#supervisors'
import { boom, Stage, shutdownX } from './stage.ts'

const forever = Number.POSITIVE_INFINITY

test('§2.2 #16 children with shutdown infinity, of both types, end with shutdown however slow', async () => {
  const stage = new Stage()
  const top = await stage.supervise({
    children: [
      stage.child('w', { slow: 60_000 }, { shutdown: 'infinity' }),
      stage.child('s', { slow: 60_000 }, { shutdown: 'infinity', type: 'supervisor' }),
    ],
  })
  await stage.run(top.stop(shutdown))
  assert.deepEqual([stage.endOf(stage.ref('w')), stage.endOf(stage.ref('s'))], [shutdown, shutdown])
})

test('§2.2 #17 a child that is too slow is killed after exactly its time (S13)', async () => {
  const stage = new Stage()
  const top = await stage.supervise({
    children: [stage.child('quick', {}, { shutdown: 1000 }), stage.child('busy', { slow: 200_000 }, { shutdown: 1000 })],
  })
  const began = stage.sources.clock.monotonic()
  void top.stop(shutdown)
  await stage.sources.advance(999)
  assert.ok(stage.alive('busy'))
  await stage.sources.advance(1)
  assert.deepEqual(stage.endOf(stage.ref('busy')), { type: 'killed' })
  assert.deepEqual(stage.endOf(stage.ref('quick')), shutdown)
  assert.equal(stage.sources.clock.monotonic() - began, 1000)
})

test('§2.2 #18 the same under a dynamic supervisor, which itself ends with shutdown', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  await stage.run(top.startChild(stage.child('quick', {}, { shutdown: 1000 })))
  await stage.run(top.startChild(stage.child('busy', { slow: forever }, { shutdown: 1000 })))
  assert.deepEqual(await stage.run(top.stop(shutdown)), shutdown)
  assert.deepEqual(stage.endOf(stage.ref('quick')), shutdown)
  assert.deepEqual(stage.endOf(stage.ref('busy')), { type: 'killed' })
})

test('§2.2 #19 brutal_kill kills at once and runs no terminate; ten children that ignore polite exits all go', async () => {
  const stage = new Stage()
  const stubborn = Array.from({ length: 10 }, (_, i) => stage.child(`b${i}`, { slow: forever }, { shutdown: 'brutal_kill' }))
  const top = await stage.supervise({ children: [stage.child('graceful'), ...stubborn] })
  stage.takeLog()
  await stage.run(top.stop(shutdown))
  const log = stage.takeLog()
  for (let i = 0; i < 10; i++) assert.ok(log.includes(`b${i} end killed`) && !log.some((line) => line.startsWith(`b${i} stop`)))
  assert.ok(log.includes('graceful end shutdown'))
  const dynamic = await stage.supervise({ strategy: 'dynamic' }, 'dyn')
  for (const spec of stubborn) await stage.run(dynamic.startChild(spec))
  assert.deepEqual(await stage.run(dynamic.stop(shutdown)), shutdown)
  for (let i = 0; i < 10; i++) assert.deepEqual(stage.endOf(stage.ref(`b${i}`)), { type: 'killed' })
})

const ends: [string, ExitReason][] = [
  ['normal', normal],
  ['shutdown', shutdown],
  ['x', shutdownX],
  ['other', boom],
]
const types: Restart[] = ['temporary', 'transient', 'permanent']

test('§2.2 #20 children that end by themselves during a shutdown keep their reasons and are not restarted', async () => {
  const stage = new Stage()
  const racing = types.flatMap((restart) => ends.map(([end]) => stage.child(`${restart}-${end}`, {}, { restart })))
  const slow = stage.child('slow', { slow: 500 })
  const top = await stage.supervise({ children: [stage.child('first', { trap: false }), ...racing, slow] })
  stage.takeLog()
  const stopping = top.stop(shutdown)
  await stage.sources.advance(200)
  for (const restart of types) for (const [end, reason] of ends) stage.endSoon(`${restart}-${end}`, reason)
  assert.deepEqual(await stage.run(stopping), shutdown)
  for (const restart of types)
    for (const [end, reason] of ends) assert.deepEqual(stage.endOf(stage.ref(`${restart}-${end}`)), reason)
  const log = stage.takeLog()
  assert.deepEqual(
    log.filter((line) => line.endsWith(' start')),
    [],
  )
  assert.deepEqual(log.slice(-2), ['first end shutdown', 'top end shutdown'])
})

test('§2.2 #21 dynamic children answer the polite exit with reasons of their own, and keep them', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  for (const restart of types)
    for (const [end, endsWith] of ends)
      await stage.run(top.startChild(stage.child(`${restart}-${end}`, { endsWith }, { restart })))
  assert.deepEqual(await stage.run(top.stop(shutdown)), shutdown)
  for (const restart of types)
    for (const [end, reason] of ends) assert.deepEqual(stage.endOf(stage.ref(`${restart}-${end}`)), reason)
})

test('§2.2 #22 start order is list order, a group stops youngest first and starts oldest first, shutdown is reversed', async () => {
  const stage = new Stage()
  const ids = ['m', 'z', 'a', 'q', 'c']
  const top = await stage.supervise({ strategy: 'rest_for_one', children: ids.map((id) => stage.child(id)) })
  assert.deepEqual(
    stage.takeLog(),
    ids.map((id) => `${id} start`),
  )
  await stage.kill('a')
  assert.deepEqual(stage.takeLog(), [
    'a end killed',
    ...['c', 'q'].flatMap((id) => [`${id} stop shutdown`, `${id} end shutdown`]),
    ...['a', 'q', 'c'].map((id) => `${id} start`),
  ])
  await stage.run(top.stop(shutdown))
  const stops = stage.takeLog().filter((line) => line.includes(' stop '))
  assert.deepEqual(
    stops,
    ids.toReversed().map((id) => `${id} stop shutdown`),
  )
})

test('§2.2 #23 a child that unlinked itself cannot hang its supervisor (S14)', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ children: [stage.child('loose', { unlink: true, trap: false })] })
  await stage.run(top.terminateChild('loose'))
  assert.equal(stage.alive('loose'), false)
  assert.equal((await stage.run(top.countChildren())).specs, 1)
})

test('§2.2 #24 dynamic children stop in parallel, each within its own time', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  for (const [id, slow] of [
    ['one', 1000],
    ['two', 1000],
    ['three', 5000],
  ] as const)
    await stage.run(top.startChild(stage.child(id, { slow }, { shutdown: 2000 })))
  const began = stage.sources.clock.monotonic()
  const took = top.stop(shutdown).then(() => stage.sources.clock.monotonic() - began)
  assert.equal(await stage.run(took), 2000)
  assert.deepEqual(stage.endOf(stage.ref('one')), shutdown)
  assert.deepEqual(stage.endOf(stage.ref('three')), { type: 'killed' })
})

test('an end that was not asked for in this form is reported, and the stop succeeds all the same (SH8)', async () => {
  const stage = new Stage()
  const odd: ChildSpec = stage.child('odd', { endsWith: boom })
  const top = await stage.supervise({ children: [odd, stage.child('fine')] })
  await stage.run(top.stop(shutdown))
  const reports = stage.emitted.filter((e) => e.name === 'supervisor.report').map((e) => [e.metadata.child, e.metadata.context])
  assert.deepEqual(reports, [['odd', 'shutdown_error']])
})

test('a supervisor that was killed stops nobody any more: its children die of the link (S15, E4)', async () => {
  const stage = new Stage()
  await stage.supervise({ children: [stage.child('trapping'), stage.child('plain', { trap: false })] })
  stage.takeLog()
  await stage.kill('top')
  assert.deepEqual(stage.takeLog().sort(), ['plain end killed', 'top end killed', 'trapping end killed', 'trapping stop killed'])
})
