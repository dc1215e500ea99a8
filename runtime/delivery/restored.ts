/**
 * Owns: making a state of a stored row: reading it, bringing it to the newest version, restoring it.
 * Does not own: what the actor does with it (durable-cell), the rows (store).
 * Invariants: B3. RS1 a row that cannot become a state quarantines its actor: it is never reset in silence (DH3).
 */

import { formatAddress } from '../kernel/address.ts'
import { type AnyBehaviour, upcastState } from '../kernel/behaviour.ts'
import type { CellTurn } from '../kernel/cell-turn.ts'
import type { Json } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { ActorRow } from '../kernel/ports.ts'

/** The state of `row`; what starts again with it is pushed to `turn`. @throws `actor.quarantined` */
export function restoredState(behaviour: AnyBehaviour, row: ActorRow, turn: CellTurn): unknown {
  const quarantined = (reason: string, cause: unknown): Error =>
    kernelErrors.make('actor.quarantined', { address: formatAddress(row.address), version: row.version, reason }, cause)
  let data: Json
  try {
    data = JSON.parse(row.state) as Json
  } catch (cause) {
    throw quarantined('it is not JSON', cause)
  }
  const newest = upcastState(behaviour, row.address, row.version, data)
  turn.begin()
  try {
    return behaviour.logic.restore(newest, turn)
  } catch (cause) {
    throw quarantined('its logic cannot restore it', cause)
  }
}
