/**
 * Owns: what a committed draft changes of the timers that its actor waits for.
 * Does not own: the rows (turn-draft), when they fire (timer-service).
 * Invariants: T7. KT1 the given map stays as it is, so that a life that was replaced meanwhile sees nothing of it.
 */

import type { Address } from '../kernel/address.ts'
import type { TimerService } from './timer-service.ts'
import type { TurnDraft } from './turn-draft.ts'

/** The armed timers after the commit, by id; tells the service of each change. */
export function keepTimers(
  before: ReadonlyMap<string, number>,
  { set, cancel }: NonNullable<TurnDraft['timers']>,
  address: Address,
  service: Pick<TimerService, 'set' | 'cancel'>,
): ReadonlyMap<string, number> {
  const timers = new Map(before)
  for (const id of cancel) {
    timers.delete(id)
    service.cancel({ address, id })
  }
  for (const timer of set.values()) {
    timers.set(timer.id, timer.armed)
    service.set({ ...timer, address })
  }
  return timers
}
