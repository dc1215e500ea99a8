/**
 * Owns: what a dead letter says about a delivery.
 * Does not own: where it is kept (store), redrive (system).
 */

import type { Address } from '../kernel/address.ts'
import type { Delivery } from '../kernel/delivery.ts'
import type { TroupeError } from '../kernel/errors.ts'
import { describe, errorData } from '../kernel/errors.ts'
import type { DeadLetter } from '../kernel/ports.ts'
import type { Sources } from '../kernel/sources.ts'

/** The record of a delivery that `address` never took. Messages are kept as envelopes, so that they can be sent again. */
export function deadLetter(address: Address, delivery: Delivery, error: TroupeError, sources: Sources): DeadLetter {
  const id = sources.ids.next()
  const at = sources.clock.now()
  const { body } = delivery
  const message = body.type === 'message' ? body.message : { type: delivery.label, body: describe(body, 2000) }
  const envelope = {
    v: 1,
    id: delivery.id ?? id,
    to: address,
    ...(delivery.from === undefined ? {} : { from: delivery.from }),
    message,
    ...(delivery.reply?.to === undefined ? {} : { reply: delivery.reply }),
    ...(delivery.key === undefined ? {} : { idempotencyKey: delivery.key.key }),
    sentAt: at,
  }
  return {
    id,
    address,
    envelope: JSON.stringify(envelope),
    reason: error.code,
    error: errorData(error),
    tries: delivery.tries,
    at,
  }
}
