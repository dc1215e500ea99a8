/**
 * Owns: how many restarts are too many, and how long a restart waits when backoff is on. Pure: time and chance are arguments.
 * Does not own: what is restarted (strategies), the clock (shell).
 * Invariants: I1 the (intensity + 1)-th restart within a period is refused. I2 the window is exact in milliseconds: restarts at most
 * `period` apart count together (OTP truncates to seconds). I3 intensity 0 refuses the first.
 */

/** At most `intensity` restarts in any `period` milliseconds. */
export interface Intensity {
  readonly intensity: number
  readonly period: number
}

/** Waiting before a restart: `initial`, then twice as long for each restart in the window, at most `max`; milliseconds. */
export interface Backoff {
  readonly initial: number
  readonly max: number
  /** How much of the wait chance may take away, 0 to 1, so that many supervisors do not restart in step. Default 0. */
  readonly jitter?: number
}

/**
 * The window after one more restart at `now`, or undefined when that is one too many.
 *
 * @param window times of the counted restarts, oldest first, monotonic milliseconds
 */
export function countRestart(window: readonly number[], now: number, limit: Intensity): readonly number[] | undefined {
  const kept = window.filter((at) => at >= now - limit.period)
  if (kept.length >= limit.intensity) return undefined
  kept.push(now)
  return kept
}

/**
 * Milliseconds to wait before the restart that follows `restarts` others.
 *
 * @param chance a number in [0, 1)
 */
export function backoffDelay(backoff: Backoff, restarts: number, chance: number): number {
  const full = Math.min(backoff.max, backoff.initial * 2 ** Math.min(restarts, 1000))
  return full * (1 - (backoff.jitter ?? 0) * chance)
}
