/**
 * Owns: the golden OTP traces as a test: every given scenario passes, none is skipped.
 * Does not own: the runner (otp).
 * Invariants: OT1–OT7.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './otp.ts'
import { compareEvents } from './otp-compare.ts'

test('our supervisors do what the real OTP supervisor did, in every golden trace (OT6)', async () => {
  const result = await run([fileURLToPath(new URL('../fixtures/otp', import.meta.url))])
  assert.deepEqual(result.report, [])
  assert.deepEqual(result.skipped, {})
  assert.ok(result.passed >= 523, `only ${result.passed} scenarios ran`)
})

test('a trace with one event more, less or in another order does not pass (OT3)', () => {
  const a = ['start', 'a#1'] as const
  const b = ['start', 'b#1'] as const
  const c = ['exit', 'c#1', 'normal'] as const
  assert.deepEqual(compareEvents([a, b], [a, b]), [])
  assert.notDeepEqual(compareEvents([a, b], [b, a]), [])
  assert.notDeepEqual(compareEvents([a, b], [a]), [])
  assert.notDeepEqual(compareEvents([a], [a, b]), [])
  const block = { par: [[a, b], [c]] }
  for (const order of [
    [a, b, c],
    [a, c, b],
    [c, a, b],
  ])
    assert.deepEqual(compareEvents([block, a], [...order, a]), [])
  assert.notDeepEqual(compareEvents([block, a], [b, a, c, a]), [])
  assert.notDeepEqual(compareEvents([block, a], [a, b, a, c]), [])
})
