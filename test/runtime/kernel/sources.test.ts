import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { idsFrom, realSources, seededRandom, simulatedSources } from '../../../runtime/kernel/sources.ts'
import { inTime, waitFor } from '../../support/wait.ts'

test('SO2: the same seed gives the same numbers, zero included; another seed gives others', () => {
  const numbers = (seed: number): readonly number[] =>
    Array.from(
      { length: 20 },
      (
        (random) => () =>
          random.next()
      )(seededRandom(seed)),
    )
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (seed) => assert.deepEqual(numbers(seed), numbers(seed))))
  assert.notDeepEqual(numbers(0), numbers(1))
  assert.equal(new Set(numbers(0)).size, 20)
})

test('random numbers are in [0, 1) and spread evenly', () => {
  for (const random of [seededRandom(0), realSources().random]) {
    const tenths = new Array<number>(10).fill(0)
    for (let i = 0; i < 20_000; i++) {
      const next = random.next()
      assert.ok(next >= 0 && next < 1)
      tenths[Math.floor(next * 10)]!++
    }
    // 2,000 each; nine standard deviations either way, so that this fails once in an age of the world.
    for (const count of tenths) assert.ok(count > 1600 && count < 2400, tenths.join(' '))
  }
})

test('ids are 22 URL-safe characters, unique, and sort by the time of their making', () => {
  const clock = { now: () => time, monotonic: () => 0, schedule: () => ({ cancel() {} }), immediate() {} }
  let time = 1_700_000_000_000
  const ids = idsFrom(clock, seededRandom(3))
  const made: string[] = []
  for (let i = 0; i < 5000; i++) {
    time += 1 + (i % 977)
    made.push(ids.next())
  }
  assert.ok(made.every((id) => /^[0-9a-hjkmnp-tv-z]{22}$/.test(id)))
  assert.equal(new Set(made).size, made.length)
  assert.deepEqual(made.toSorted(), made)
})

test('simulated time stands still until it is advanced', async () => {
  const sources = simulatedSources({ seed: 7, now: 1000 })
  const fired: string[] = []
  sources.clock.schedule(50, () => fired.push('at 50'))
  await sources.settle()
  assert.deepEqual([sources.clock.now(), sources.clock.monotonic(), sources.nextDue(), fired], [1000, 0, 50, []])
  await sources.advance(49)
  assert.deepEqual(fired, [])
  await sources.advance(1)
  assert.deepEqual([fired, sources.clock.now(), sources.clock.monotonic()], [['at 50'], 1050, 50])
  assert.equal(sources.nextDue(), undefined)
})

test('timers fire in order of their time, then of their making, each at its own time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 100 }), { maxLength: 30 }), async (delays) => {
      const sources = simulatedSources({ now: 0 })
      const fired: { readonly i: number; readonly at: number }[] = []
      for (const [i, delay] of delays.entries()) sources.clock.schedule(delay, () => fired.push({ i, at: sources.clock.now() }))
      await sources.advance(100)
      const expected = delays.map((at, i) => ({ i, at })).toSorted((a, b) => a.at - b.at || a.i - b.i)
      assert.deepEqual(fired, expected)
    }),
    { numRuns: 30 },
  )
})

test('a timer that is set by a timer fires in the same advance when it is due within it', async () => {
  const sources = simulatedSources({ now: 0 })
  const fired: number[] = []
  sources.clock.schedule(10, () => {
    fired.push(sources.clock.now())
    sources.clock.schedule(5, () => fired.push(sources.clock.now()))
  })
  await sources.advance(20)
  assert.deepEqual(fired, [10, 15])
})

test('a cancelled timer does not fire', async () => {
  const sources = simulatedSources()
  sources.clock.schedule(1, () => assert.fail('fired')).cancel()
  assert.equal(sources.nextDue(), undefined)
  await sources.advance(10)
})

test('immediates and promises are settled before the next timer', async () => {
  const sources = simulatedSources({ now: 0 })
  const order: string[] = []
  sources.clock.schedule(1, () => {
    order.push('first')
    sources.clock.immediate(() => order.push('immediate'))
    Promise.resolve()
      .then(() => undefined)
      .then(() => order.push('promise'))
  })
  sources.clock.schedule(1, () => order.push('second'))
  await sources.advance(1)
  assert.deepEqual(order, ['first', 'promise', 'immediate', 'second'])
})

test('a real timer fires once, not before its time, and can be cancelled', async () => {
  const { clock } = realSources()
  const start = clock.monotonic()
  let fired = 0
  let after = 0
  clock.schedule(20, () => {
    fired++
    after = clock.monotonic() - start
  })
  clock.schedule(5, () => assert.fail('a cancelled timer fired')).cancel()
  await waitFor('the timer', () => fired)
  assert.equal(fired, 1)
  assert.ok(after >= 18, `fired after ${after} ms`)
})

test('a real timer of more than 2^31 ms does not fire at once', async () => {
  const { clock } = realSources()
  const far = clock.schedule(2 ** 40, () => assert.fail('fired'))
  await inTime('an immediate', new Promise<void>((resolve) => clock.immediate(resolve)))
  await inTime('a timer of 0 ms', new Promise<void>((resolve) => void clock.schedule(0, resolve)))
  far.cancel()
})

test('the real clock tells wall time and a monotonic time of its own', () => {
  const { clock } = realSources()
  assert.ok(Math.abs(clock.now() - Date.now()) < 1000)
  const before = clock.monotonic()
  assert.ok(before <= clock.monotonic())
})
