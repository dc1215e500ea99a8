/**
 * Owns: the arithmetic of intensity and backoff.
 * Does not own: supervisors that use it (restarts.test).
 * Invariants: I1, I2, I3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffDelay, countRestart } from '#supervisors'

test('in no period are there more restarts than the intensity allows, and none is refused without need (I1, I2, I3)', () => {
  const gaps = fc.array(fc.nat(300), { maxLength: 60 })
  fc.assert(
    fc.property(gaps, fc.nat(5), fc.integer({ min: 1, max: 500 }), (steps, intensity, period) => {
      const allowed: number[] = []
      let window: readonly number[] = []
      let now = 0
      for (const step of steps) {
        now += step
        const within = allowed.filter((at) => at >= now - period).length
        const next = countRestart(window, now, { intensity, period })
        assert.equal(next !== undefined, within < intensity)
        if (!next) continue
        allowed.push(now)
        window = next
      }
    }),
  )
})

test('counting does not change the window that it is given', () => {
  const window = Object.freeze([1, 2, 3])
  assert.deepEqual(countRestart(window, 1003, { intensity: 3, period: 1000 }), [3, 1003])
})

test('a backoff doubles up to its maximum, and jitter only shortens it', () => {
  const backoff = { initial: 100, max: 1000 }
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5000].map((n) => backoffDelay(backoff, n, 0.9)),
    [100, 200, 400, 800, 1000, 1000],
  )
  fc.assert(
    fc.property(fc.nat(20), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (n, chance) => {
      const full = backoffDelay(backoff, n, 0)
      const delay = backoffDelay({ ...backoff, jitter: 0.5 }, n, chance)
      assert.ok(delay <= full && delay >= full / 2)
    }),
  )
})
