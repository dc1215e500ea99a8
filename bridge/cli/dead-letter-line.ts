/**
 * Owns: a dead letter as the command line shows it.
 * Does not own: dead letters (runtime), their drawing (commands/dead-letters).
 * Invariants: CH1. DLL1 whatever is in the envelope is shown: the message, or the text that could not be read as one.
 */

import type { DeadLetter, Json } from '#runtime'
import type { DeadLetterLine } from './host.ts'

export function deadLetterLine({ id, address, reason, error, tries, at, envelope }: DeadLetter): DeadLetterLine {
  return { id, address, reason, error, tries, at, message: messageOf(envelope) }
}

function messageOf(envelope: string): Json {
  try {
    const parsed = JSON.parse(envelope) as { readonly message?: Json } | null
    return parsed?.message ?? envelope
  } catch {
    // What could not be read as an envelope is shown as the text that it is.
    return envelope
  }
}
