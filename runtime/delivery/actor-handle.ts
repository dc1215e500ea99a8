/**
 * Owns: the typed handle of one actor: what an app holds.
 * Does not own: the verbs' meaning (system).
 * Invariants: AH1 a handle is no life: it stays right when its actor stops, restarts or moves. AH2 a wrong message or reply type does not compile.
 */

import type { Address } from '../kernel/address.ts'
import { formatAddress } from '../kernel/address.ts'
import type { AsksOf, Behaviour, MessagesOf, ReplyOf } from '../kernel/behaviour.ts'
import type { Message } from '../kernel/envelope.ts'
import type { ExitReason } from '../kernel/exit.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { ProcessCell } from '../kernel/process-cell.ts'
import type { ActorInfo, AskOptions, SendOptions, System } from './system.ts'

const done: Promise<void> = Promise.resolve()

// biome-ignore lint/suspicious/noExplicitAny: any behaviour; its message and reply types are taken from it by inference
export class ActorHandle<B extends Behaviour<any, any>> {
  readonly address: Address
  readonly #system: System
  readonly #behaviour: B
  readonly #fast: boolean
  #cell: ProcessCell | undefined

  constructor(system: System, behaviour: B, address: Address, checkAll: boolean) {
    this.#system = system
    this.#behaviour = behaviour
    this.address = address
    this.#fast = behaviour.durability === 'volatile' && !checkAll
  }

  /** Starts the actor with an input. @throws `actor.already_started`, `actor.start_failed` */
  spawn(input?: unknown): Promise<void> {
    return this.#system.spawn(this.#behaviour, this.address.key, input)
  }

  /**
   * Sends a message. Resolves, for a durable actor, when it can no longer be lost; for a volatile one, when it is in its mailbox.
   *
   * @throws `message.unknown_type`, `message.invalid`, `message.too_large`, `mailbox.full`, `actor.not_found`, `actor.stopped`, `actor.crashed`, `actor.fenced`
   */
  tell(message: MessagesOf<B>, options?: SendOptions): Promise<void> {
    if (!this.#fast) return this.#system.tell(this.address, message as Message, options)
    const cell = this.#living()
    if (!cell) return Promise.reject(kernelErrors.make('actor.not_found', { address: formatAddress(this.address) }))
    const refused = this.#system.volatile.post(cell, this.address, message as Message)
    return refused ? Promise.reject(refused) : done
  }

  /**
   * Sends a message and waits for its answer.
   *
   * @throws what `tell` throws, `ask.deadline`, and the error that the actor answers with
   */
  ask<M extends AsksOf<B>>(message: M, options?: AskOptions): Promise<ReplyOf<B, M['type']>> {
    return this.#system.ask(this.address, message as Message, options) as Promise<ReplyOf<B, M['type']>>
  }

  /** What the actor shows: the present state, then the newest one after each turn. A slow reader skips, it never queues. */
  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<unknown> {
    return this.#system.watch(this.address, options.signal)
  }

  /** What is known of the actor; undefined when it never existed. */
  info(): Promise<ActorInfo | undefined> {
    return this.#system.lookup(this.address)
  }

  /** Ends its life in good order. A durable actor keeps its state and comes back with its next message. */
  stop(reason?: ExitReason): Promise<ExitReason> {
    return this.#system.stopActor(this.address, reason)
  }

  #living(): ProcessCell | undefined {
    if (!this.#cell || this.#cell.dead) this.#cell = this.#system.volatile.cell(this.address)
    return this.#cell
  }
}
