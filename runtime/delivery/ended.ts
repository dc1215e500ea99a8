/**
 * Owns: what becomes of deliveries to a durable actor that has ended.
 * Does not own: its end (durable-cell).
 * Invariants: ID1 holds beyond the end: a recorded answer is given also then. EA1 nothing waits for an actor that will never answer.
 */

import { formatAddress } from '../kernel/address.ts'
import type { Delivery } from '../kernel/delivery.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { DurableContext } from './durable-context.ts'
import { joinKey } from './idempotency.ts'
import type { Inbox } from './inbox.ts'

export async function refuseEnded(context: DurableContext, inbox: Inbox, hand: readonly Delivery[]): Promise<void> {
  const address = formatAddress(inbox.address)
  const stopped = kernelErrors.make('actor.stopped', { address, reason: 'it has ended' })
  for (const delivery of hand) {
    if (delivery.body.type === 'start') delivery.failed(kernelErrors.make('actor.already_started', { address }))
    else if (delivery.body.type !== 'message') delivery.done()
    else if (!(await answered(context, inbox, delivery))) context.refused(inbox, delivery, stopped)
  }
  for (const token of [...inbox.joined.values()].flat()) context.asks.fail(token, stopped)
  inbox.joined.clear()
}

async function answered(context: DurableContext, inbox: Inbox, delivery: Delivery): Promise<boolean> {
  try {
    return await joinKey(context, inbox, delivery)
  } catch (error) {
    delivery.failed(error)
    return true
  }
}
