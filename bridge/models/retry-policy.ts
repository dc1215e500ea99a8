/**
 * Owns: whether a failed model call is tried again, and after how long.
 * Does not own: waiting and calling (provider-model).
 * Invariants: RP1 the decision is pure: failure, tries, time left and a random number go in. RP2 what the provider asked to wait is waited, never less.
 */

import { type FailureKind, failureKinds } from '#actors'

export interface RetryPolicy {
  /** Tries after the first one; default 3. */
  readonly retries: number
  /** Milliseconds before the first retry; each further one waits twice as long; default 500. */
  readonly initial: number
  /** Longest wait of the policy's own in milliseconds; default 30,000. */
  readonly max: number
  /** Part of a wait that is random, 0 to 1, so that many callers do not come back at once; default 0.5. */
  readonly jitter: number
}

export const defaultRetryPolicy: RetryPolicy = { retries: 3, initial: 500, max: 30_000, jitter: 0.5 }

export type RetryDecision = { readonly retry: true; readonly delay: number } | { readonly retry: false }

/**
 * What to do after a failure.
 *
 * @param failure its kind, and the milliseconds that the provider asked to wait
 * @param tries how many were made so far, at least 1
 * @param left milliseconds until the deadline; Infinity for none
 * @param random a number in [0, 1)
 */
export function decideRetry(
  policy: RetryPolicy,
  failure: { readonly kind: FailureKind; readonly retryAfter?: number },
  tries: number,
  left: number,
  random: number,
): RetryDecision {
  if (failureKinds[failure.kind] !== 'later' || tries > policy.retries) return { retry: false }
  const backoff = Math.min(policy.max, policy.initial * 2 ** (tries - 1)) * (1 - policy.jitter * random)
  const delay = Math.round(Math.max(backoff, failure.retryAfter ?? 0))
  // A retry that would start at the deadline is none.
  return delay < left ? { retry: true, delay } : { retry: false }
}
