/**
 * Owns: when stored timers become messages, under simulated time.
 * Does not own: what an actor does with them, and what a restart finds (durable.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimerService } from '../../../runtime/delivery/timer-service.ts'
import type { TimerRow } from '../../../runtime/kernel/ports.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'
import { silentTelemetry } from '../../../runtime/kernel/telemetry.ts'

/** A table of timers and an actor that heeds them as a durable one does: only the arming that it still waits for counts. */
function world(options: { readDelay?: number; horizon?: number } = {}) {
  const sources = simulatedSources({ now: 1_000_000 })
  const table = new Map<string, TimerRow>()
  const fired: { id: string; at: number; due: number }[] = []
  const failures = { left: 0 }
  const start = (): TimerService =>
    new TimerService({
      store: {
        timers: async (_partitions, before, limit) => {
          if (failures.left > 0) {
            failures.left--
            throw new Error('the store is away')
          }
          const seen = [...table.values()]
            .filter((row) => row.due < before)
            .sort((a, b) => a.due - b.due)
            .slice(0, limit)
          if (options.readDelay) await new Promise<void>((resolve) => sources.clock.schedule(options.readDelay ?? 0, resolve))
          return seen
        },
      },
      sources,
      telemetry: silentTelemetry,
      partitions: () => [0],
      fire: (timer) => {
        if (table.get(timer.id)?.armed !== timer.armed) return
        table.delete(timer.id)
        fired.push({ id: timer.id, at: sources.clock.now(), due: timer.due })
      },
      ...(options.horizon === undefined ? {} : { horizon: options.horizon }),
    })
  const row = (id: string, delay: number, armed: number): TimerRow => ({
    address: { kind: 'k', key: '1' },
    id,
    due: sources.clock.now() + delay,
    payload: null,
    armed,
  })
  return { sources, table, fired, start, row, failures }
}

test('TS1 timers fire at or after their due time, in its order, also those beyond the horizon', async () => {
  const { sources, table, fired, start, row } = world({ horizon: 4000 })
  const service = start()
  await service.start()
  for (const [id, delay] of [
    ['c', 700],
    ['a', 20],
    ['d', 90_000],
    ['b', 300],
  ] as const) {
    table.set(id, row(id, delay, 1))
    service.set(table.get(id)!)
  }
  await sources.advance(100_000)
  service.stop()
  assert.deepEqual(
    fired.map((one) => one.id),
    ['a', 'b', 'c', 'd'],
  )
  for (const { at, due, id } of fired) assert.ok(at >= due && at <= due + 1000, `${id} was due at ${due} and fired at ${at}`)
})

test('TS1 timers that were stored by an earlier process fire at its successor, those that are overdue at once', async () => {
  const { sources, table, fired, start, row } = world()
  table.set('overdue', row('overdue', -5000, 1))
  table.set('soon', row('soon', 40, 1))
  await start().start()
  await sources.advance(1)
  assert.deepEqual(
    fired.map((one) => one.id),
    ['overdue'],
  )
  await sources.advance(60)
  assert.equal(fired.length, 2)
})

test('TS2 a timer that was replaced or cancelled does not fire for its old arming', async () => {
  const { sources, table, fired, start, row } = world()
  const service = start()
  await service.start()
  for (const id of ['replaced', 'cancelled']) {
    table.set(id, row(id, 50, 1))
    service.set(table.get(id)!)
  }
  table.set('replaced', row('replaced', 200, 2))
  service.set(table.get('replaced')!)
  table.delete('cancelled')
  service.cancel({ address: { kind: 'k', key: '1' }, id: 'cancelled' })
  await sources.advance(100)
  assert.equal(fired.length, 0)
  await sources.advance(150)
  assert.deepEqual(
    fired.map((one) => one.id),
    ['replaced'],
  )
})

test('TS1 a timer that is armed anew while a slow read brings its old row is still on time', async () => {
  const { sources, table, fired, start, row } = world({ readDelay: 30, horizon: 10_000 })
  table.set('t', row('t', 5000, 1))
  const service = start()
  const begun = service.start()
  await sources.advance(10)
  table.set('t', row('t', 40, 2))
  service.set(table.get('t')!)
  await sources.advance(40)
  await begun
  await sources.advance(100)
  assert.deepEqual(
    fired.map((one) => one.id),
    ['t'],
    'the new arming was forgotten when the old row came in',
  )
})

test('TS1 a store that is away for a while makes no timer disappear', async () => {
  const { sources, table, fired, start, row, failures } = world()
  table.set('t', row('t', 100, 1))
  failures.left = 3
  await start().start()
  await sources.advance(2000)
  assert.deepEqual(
    fired.map((one) => one.id),
    ['t'],
  )
})

test('T7 after stop nothing fires and no clock call is left', async () => {
  const { sources, table, fired, start, row } = world()
  const service = start()
  await service.start()
  table.set('t', row('t', 10, 1))
  service.set(table.get('t')!)
  service.stop()
  await sources.advance(5000)
  assert.deepEqual([fired, sources.nextDue()], [[], undefined])
})

test('TS1 whatever is armed, replaced and cancelled in whatever order, each arming that stands fires once, not early and at most a second late', async () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    delay: fc.option(fc.integer({ min: 0, max: 3000 }), { freq: 4 }),
    wait: fc.integer({ min: 0, max: 400 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 0, max: 50 }),
      fc.constantFrom(4000, 60_000),
      async (steps, readDelay, horizon) => {
        const { sources, table, fired, start, row } = world({ readDelay, horizon })
        const service = start()
        const begun = service.start()
        let armed = 0
        const stands = new Map<string, number>()
        const expected: { id: string; due: number }[] = []
        const settle = (): void => {
          for (const one of fired.slice(expected.length)) {
            assert.equal(stands.get(one.id), one.due)
            stands.delete(one.id)
            expected.push(one)
          }
        }
        for (const { id, delay, wait } of steps) {
          if (delay === null) {
            table.delete(id)
            stands.delete(id)
            service.cancel({ address: { kind: 'k', key: '1' }, id })
          } else {
            table.set(id, row(id, delay, ++armed))
            stands.set(id, table.get(id)!.due)
            service.set(table.get(id)!)
          }
          await sources.advance(wait)
          settle()
        }
        await sources.advance(10_000)
        settle()
        await begun
        service.stop()
        assert.deepEqual([...stands], [], 'a timer never fired')
        for (const { at, due } of fired) assert.ok(at >= due && at <= due + 1000, `due ${due}, fired ${at}`)
      },
    ),
    { numRuns: 60 },
  )
})
