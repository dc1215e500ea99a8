/**
 * Owns: the write by which an actor lets go of a timer or a result that it can never take.
 * Does not own: when it gives up (durable-cell).
 * Invariants: T2. AB1 the row of what was given up goes, so that it does not come back after a restart.
 */

import type { Body } from '../kernel/delivery.ts'
import type { TurnWrite } from '../kernel/ports.ts'

/**
 * The row as it was before, one sequence later, without the timer or effect of `body`. An actor whose result is lost cannot go on by itself: its status
 * says so.
 *
 * @param expected the sequence that the row has now
 */
export function abandonWrite(
  row: Omit<TurnWrite['row'], 'status'>,
  expected: number,
  body: Extract<Body, { type: 'timer' | 'settled' }>,
): TurnWrite {
  const isTimer = body.type === 'timer'
  return {
    row: { ...row, status: isTimer ? 'active' : 'error' },
    expected,
    outbox: [],
    timers: { set: [], cancel: isTimer ? [body.id] : [] },
    effects: { start: [], end: isTimer ? [] : [body.id] },
    replies: [],
    facts: [],
    remove: false,
  }
}
