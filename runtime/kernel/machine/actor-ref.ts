/**
 * Owns: references to actors outside of the cell, in the shape in which XState's actions take a target.
 * Does not own: the message's way there (the cell performs a `tell`).
 * Invariants: A1. AR1 a reference may be kept in a context: it is stored as plain data and comes back as a reference.
 */

import type { ActorRef, AnyEventObject, EventObject, Snapshot } from 'xstate'
import { type Address, address as checked, formatAddress } from '../address.ts'
import { kernelErrors } from '../kernel-errors.ts'

/** An address, or anything that has one. */
export type Target = Address | { readonly address: Address }

export function addressIn(target: Target): Address {
  const { kind, key } = 'address' in target ? target.address : target
  return checked(kind, key)
}

/** XState only ever asks it for its identity; the runtime does the rest. */
export class ForeignRef {
  readonly address: Address
  readonly id: string
  readonly sessionId: string
  readonly ref: this

  constructor(to: Address) {
    this.address = to
    this.id = formatAddress(to)
    this.sessionId = this.id
    this.ref = this
  }

  send(event: EventObject): never {
    throw kernelErrors.make('logic.unsupported', {
      address: this.id,
      what: `actorRef(…).send(${event.type}): it would be sent before the turn is committed; use sendTo or tell as an action`,
    })
  }

  getSnapshot(): never {
    throw kernelErrors.make('logic.unsupported', {
      address: this.id,
      what: 'reading another actor’s snapshot; ask it, or watch it',
    })
  }

  toJSON(): { readonly xstate$$type: 1; readonly address: Address } {
    return { xstate$$type: 1, address: this.address }
  }
}

/** A reference to another actor, typed by the events that it takes. */
export type ActorReference<E extends EventObject = AnyEventObject> = ActorRef<Snapshot<unknown>, E> & {
  readonly address: Address
}

/**
 * A reference to any actor of the runtime, for `sendTo` and for contexts.
 *
 * @param target its address, or anything that has one (an actor handle, another reference, a reference read back from JSON)
 * @throws `address.invalid`
 * @example
 * const machine = setup({}).createMachine({
 *   context: { till: actorRef({ kind: 'till', key: 'front' }) },
 *   on: { pay: { actions: sendTo(({ context }) => context.till, { type: 'paid' }) } },
 * })
 */
export function actorRef<E extends EventObject = AnyEventObject>(target: Target): ActorReference<E> {
  return new ForeignRef(addressIn(target)) as unknown as ActorReference<E>
}
