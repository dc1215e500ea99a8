/**
 * Owns: when deadlines fire, under simulated time.
 * Does not own: what they are used for.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Deadlines } from '../../../runtime/kernel/deadlines.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'

test('DL1 each deadline fires once, never early and at most 4 ms late; DL2 a cancelled one never does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ delay: fc.integer({ min: 0, max: 500 }), cancelAt: fc.option(fc.integer({ min: 0, max: 500 })) }), {
        maxLength: 40,
      }),
      async (entries) => {
        const sources = simulatedSources()
        const deadlines = new Deadlines(sources.clock)
        const fired = entries.map((): number[] => [])
        entries.forEach(({ delay, cancelAt }, at) => {
          const scheduled = deadlines.add(delay, () => fired[at]!.push(sources.clock.monotonic()))
          if (cancelAt !== null) sources.clock.schedule(cancelAt, () => scheduled.cancel())
        })
        await sources.advance(600)
        for (const [at, { delay, cancelAt }] of entries.entries()) {
          const times = fired[at]!
          const cancelled = cancelAt !== null && cancelAt < delay
          // Cancelled within the grain: it may have fired before.
          const either = cancelAt !== null && !cancelled && cancelAt <= delay + 4
          assert.ok(times.length === (cancelled ? 0 : 1) || (either && times.length === 0), `fired ${times.length} times`)
          for (const time of times) assert.ok(time >= delay && time <= delay + 4, `due at ${delay}, fired at ${time}`)
        }
        assert.equal(sources.nextDue(), undefined)
      },
    ),
    { numRuns: 50 },
  )
})

test('DL1 an infinite deadline never fires and arms nothing', async () => {
  const sources = simulatedSources()
  new Deadlines(sources.clock).add(Number.POSITIVE_INFINITY, () => assert.fail('it fired'))
  assert.equal(sources.nextDue(), undefined)
})

test('DL2 after stop nothing fires, neither what was added before nor what is added later', async () => {
  const sources = simulatedSources()
  const deadlines = new Deadlines(sources.clock)
  deadlines.add(5, () => assert.fail('an old one fired'))
  deadlines.stop()
  deadlines.add(5, () => assert.fail('a new one fired'))
  await sources.advance(50)
  assert.equal(sources.nextDue(), undefined)
})

test('DL1 a deadline that adds another one while it fires does not lose it', async () => {
  const sources = simulatedSources()
  const deadlines = new Deadlines(sources.clock)
  const fired: number[] = []
  deadlines.add(10, () => {
    fired.push(1)
    deadlines.add(0, () => fired.push(2))
    deadlines.add(10, () => fired.push(3))
  })
  await sources.advance(40)
  assert.deepEqual(fired, [1, 2, 3])
})
