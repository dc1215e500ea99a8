/**
 * Owns: sending dead letters again.
 * Does not own: how they came to be dead (durable-host, arrivals).
 * Invariants: RD1 a letter leaves the dead letters only after its message was taken, and is applied once even if this is interrupted.
 * RD2 a message is in the dead letters once: one that is given up on again replaces its older letter.
 */

import type { Address } from '../kernel/address.ts'
import { checkEnvelope, type Message } from '../kernel/envelope.ts'
import { TroupeError } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { DeadLetter, Store } from '../kernel/ports.ts'

export interface Redriven {
  /** How many were taken by their actors. */
  readonly taken: number
  readonly refused: readonly { readonly id: string; readonly error: TroupeError }[]
}

/** What a redrive needs of the system. */
export interface Redriving {
  deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetter[]>
  tell(to: Address, message: Message, options: { readonly idempotencyKey: string }): Promise<void>
}

/** Most letters that are looked through. */
const most = 10_000

/** Sends the dead letters with these ids as messages from outside. What is refused stays; what is given up on again comes back as a new letter. */
export async function redrive(system: Redriving, store: Store, ids: readonly string[]): Promise<Redriven> {
  const wanted = new Set(ids)
  const refused: { id: string; error: TroupeError }[] = []
  let taken = 0
  for (const letter of (await system.deadLetters({ limit: most })).filter((one) => wanted.has(one.id))) {
    try {
      await send(system, letter)
      await store.takeDeadLetters([letter.id])
      taken++
    } catch (error) {
      const known = TroupeError.is(error) ? error : kernelErrors.make('internal', { what: 'a redrive failed' }, error)
      refused.push({ id: letter.id, error: known })
      if (await cameBack(system, letter)) await store.takeDeadLetters([letter.id])
    }
  }
  return { taken, refused }
}

async function cameBack(system: Redriving, letter: DeadLetter): Promise<boolean> {
  const letters = await system.deadLetters({ kind: letter.address.kind, limit: most })
  return letters.some(({ envelope }) => keyIn(envelope) === keyOf(letter))
}

function keyIn(envelope: string): unknown {
  try {
    return (JSON.parse(envelope) as { readonly idempotencyKey?: unknown } | null)?.idempotencyKey
  } catch {
    // A text that could not be read as an envelope has no key.
    return undefined
  }
}

const keyOf = (letter: DeadLetter): string => `redrive:${letter.id}`

/** The key drops the second of two sends, should a crash come between the send and the end of the letter. */
function send(system: Redriving, letter: DeadLetter): Promise<void> {
  const { message } = checkEnvelope(JSON.parse(letter.envelope))
  return system.tell(letter.address, message, { idempotencyKey: keyOf(letter) })
}
