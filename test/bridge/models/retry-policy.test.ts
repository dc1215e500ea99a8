/**
 * Owns: tests of the decision to try a model call again.
 * Does not own: calls (provider-model.test).
 * Invariants: RP1, RP2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FailureKind, failureKinds } from '../../../actors/index.ts'
import { readRetryAfter } from '../../../bridge/models/failure-kind.ts'
import { decideRetry, defaultRetryPolicy } from '../../../bridge/models/retry-policy.ts'

const policy = { retries: 3, initial: 100, max: 1000, jitter: 0 }

test('waits double from one retry to the next, up to the longest', () => {
  const delays = [1, 2, 3].map((tries) => decideRetry(policy, { kind: 'timeout' }, tries, Number.POSITIVE_INFINITY, 0))
  assert.deepEqual(delays, [
    { retry: true, delay: 100 },
    { retry: true, delay: 200 },
    { retry: true, delay: 400 },
  ])
  assert.deepEqual(decideRetry({ ...policy, retries: 9 }, { kind: 'timeout' }, 9, 1e9, 0), { retry: true, delay: 1000 })
})

test('after the last allowed retry there is none', () => {
  assert.deepEqual(decideRetry(policy, { kind: 'timeout' }, 4, Number.POSITIVE_INFINITY, 0), { retry: false })
})

test('only kinds that may pass are tried again', () => {
  for (const kind of Object.keys(failureKinds) as FailureKind[])
    assert.equal(decideRetry(policy, { kind }, 1, 1e9, 0).retry, failureKinds[kind] === 'later', kind)
})

test('a decided wait lies within its bounds, is never shorter than asked and ends before the deadline (RP2)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
      fc.integer({ min: 0, max: 200_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (tries, retryAfter, left, random) => {
        const failure = { kind: 'rate_limited' as const, ...(retryAfter === undefined ? {} : { retryAfter }) }
        const decision = decideRetry(defaultRetryPolicy, failure, tries, left, random)
        if (!decision.retry) return
        assert.ok(tries <= defaultRetryPolicy.retries)
        assert.ok(decision.delay >= (retryAfter ?? 0) && decision.delay < left)
        assert.ok(decision.delay <= Math.max(defaultRetryPolicy.max, retryAfter ?? 0))
      },
    ),
  )
})

test('retry-after is read as seconds, as a date and as milliseconds; anything else is nothing', () => {
  const now = Date.UTC(2026, 0, 1)
  assert.equal(readRetryAfter({ 'retry-after': '1.5' }, now), 1500)
  assert.equal(readRetryAfter({ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, now), 7000)
  assert.equal(readRetryAfter({ 'retry-after': 'Thu, 01 Jan 2025 00:00:07 GMT' }, now), 0)
  assert.equal(readRetryAfter({ 'retry-after-ms': '250', 'retry-after': '9' }, now), 250)
  assert.equal(readRetryAfter({ 'retry-after': 'soon' }, now), undefined)
  assert.equal(readRetryAfter({}, now), undefined)
})
