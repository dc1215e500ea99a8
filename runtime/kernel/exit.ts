/**
 * Owns: exit reasons, the closed union by which every end of an actor is told.
 * Does not own: who restarts what (supervisors).
 * Invariants: X1 `normal` and `shutdown` are clean, everything else is abnormal (otp-semantics 1.3).
 */

import { describe, type ErrorData, errorData } from './errors.ts'
import type { Json } from './json.ts'

/** Why an actor ended. Plain data: it is stored, sent and shown. */
export type ExitReason =
  /** It was done. */
  | { readonly type: 'normal' }
  /** It was asked to stop, or stopped itself in good order; `detail` says more. */
  | { readonly type: 'shutdown'; readonly detail?: Json }
  /** It was killed: no terminate callback ran. */
  | { readonly type: 'killed' }
  /** A callback threw. */
  | { readonly type: 'crashed'; readonly error: ErrorData }
  /** It stopped itself, or was told to, with an abnormal reason of its own. */
  | { readonly type: 'stopped'; readonly reason: Json }
  /** A supervisor went over its restart intensity; `child` is the id whose restart was refused. */
  | { readonly type: 'gave_up'; readonly child: Json; readonly history: Json }
  /** There was no such actor when it was linked or monitored. */
  | { readonly type: 'noproc' }
  /** The node that it lived on cannot be reached. */
  | { readonly type: 'noconnection' }
  /** Another owner has taken its partition: this copy may not go on. */
  | { readonly type: 'fenced' }
  /** Its init took longer than its start time-out. */
  | { readonly type: 'timeout' }

export const normal: ExitReason = { type: 'normal' }
export const shutdown: ExitReason = { type: 'shutdown' }
export const killed: ExitReason = { type: 'killed' }
export const noproc: ExitReason = { type: 'noproc' }

/** The reason of an actor whose callback threw `thrown`. */
export function crashed(thrown: unknown): ExitReason {
  return { type: 'crashed', error: errorData(thrown) }
}

/** True for the ends that a transient child is not restarted after. */
export function isClean(reason: ExitReason): boolean {
  return reason.type === 'normal' || reason.type === 'shutdown'
}

const texts: { readonly [T in ExitReason['type']]: (reason: Extract<ExitReason, { type: T }>) => string } = {
  normal: () => 'normal',
  shutdown: (r) => (r.detail === undefined ? 'shutdown' : `shutdown (${describe(r.detail)})`),
  killed: () => 'killed',
  crashed: (r) => `crashed: ${r.error.message}`,
  stopped: (r) => `stopped: ${describe(r.reason)}`,
  gave_up: (r) => `gave up restarting ${describe(r.child)}`,
  noproc: () => 'no such actor',
  noconnection: () => 'node cannot be reached',
  fenced: () => 'fenced: another owner has its partition',
  timeout: () => 'start timed out',
}

/** One line for logs and error messages. */
export function describeExit(reason: ExitReason): string {
  return (texts[reason.type] as (r: ExitReason) => string)(reason)
}
