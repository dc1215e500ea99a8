/**
 * Owns: what happens to a message whose idempotency key may have been used before.
 * Does not own: the record (a row of the turn's commit).
 * Invariants: ID1 the same key within its retention gives the recorded answer and no second turn, also after a restart. ID2 a key that was used
 * for another message is refused.
 */

import { formatAddress } from '../kernel/address.ts'
import type { Delivery } from '../kernel/delivery.ts'
import type { Answer } from '../kernel/envelope.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { DurableContext } from './durable-context.ts'
import type { Inbox } from './inbox.ts'

/** True when the delivery was answered from the record (or refused, or joined to a call under way), so that the actor need not see it. */
export async function joinKey(context: DurableContext, inbox: Inbox, delivery: Delivery): Promise<boolean> {
  const used = delivery.key
  if (!used) return false
  const row = await context.storedReply(inbox.address, used.key)
  if (!row || row.expires <= context.sources.clock.now()) return false
  if (row.digest !== used.digest) {
    context.refused(
      inbox,
      delivery,
      kernelErrors.make('idempotency.conflict', { address: formatAddress(inbox.address), key: used.key }),
    )
    return true
  }
  const token = delivery.reply
  if (token) {
    if (row.answer !== undefined) context.asks.answer(token, row.answer as unknown as Answer, inbox.address)
    else inbox.joined.set(used.key, [...(inbox.joined.get(used.key) ?? []), token])
  }
  delivery.done()
  return true
}

/** Gives an answer also to the calls that joined its key. */
export function answerJoined(context: DurableContext, inbox: Inbox, key: string, answer: Answer): void {
  for (const token of inbox.joined.get(key) ?? []) context.asks.answer(token, answer, inbox.address)
  inbox.joined.delete(key)
}
