/**
 * Owns: whether a failed try of a model call is followed by another, and after which wait.
 * Does not own: waiting, trying, which failure is of which kind (failed-try).
 * Invariants: RT1 pure. RT2 never sooner than the provider asked for. RT3 no wait that would end after the deadline is begun, because nothing could
 * come of it.
 */

import { failureKinds } from '#actors'
import type { FailedTry } from './failed-try.ts'

export interface RetryRules {
  /** Tries at most, the first included. */
  readonly tries: number
  /** Milliseconds before the second try, doubled before each further one. */
  readonly backoff: number
  /** Milliseconds that are waited at most. */
  readonly backoffLimit: number
}

export type RetryDecision = { readonly again: true; readonly delay: number } | { readonly again: false }

/**
 * @param done tries that failed so far
 * @param left milliseconds until the call's deadline
 * @param chance a number in [0, 1), for the jitter: waits are spread over the upper half of the backoff, so that calls that failed together do not
 * come back together
 */
export function decideRetry(failed: FailedTry, done: number, left: number, rules: RetryRules, chance: number): RetryDecision {
  if (failureKinds[failed.kind] !== 'later' || done >= rules.tries) return { again: false }
  const backoff = Math.min(rules.backoff * 2 ** (done - 1), rules.backoffLimit)
  const jittered = backoff * (0.5 + chance / 2)
  const asked = failed.retryAfter ?? 0
  if (asked > rules.backoffLimit) return { again: false }
  const delay = Math.ceil(asked > 0 ? asked + (jittered - backoff / 2) : jittered)
  return delay < left ? { again: true, delay } : { again: false }
}
