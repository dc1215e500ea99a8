/**
 * Owns: messages where they arrive: checks at the entry, messages of volatile actors, committed rows, and what is told of those that nobody will take.
 * Does not own: mailboxes (hosts), the order of rows (relay), dead letters' storage (committer).
 * Invariants: B1. AR1 a committed row is taken, becomes a dead letter, or stays in the outbox; an actor that asked hears which when it is not taken.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import { type AnyBehaviour, checkMessage } from '../kernel/behaviour.ts'
import { Delivery } from '../kernel/delivery.ts'
import { decodeEnvelope, type Envelope, type Message, type ReplyToken } from '../kernel/envelope.ts'
import { errorData, TroupeError } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import { plain, plainBound } from '../kernel/plain.ts'
import type { DeadLetter, Position } from '../kernel/ports.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import type { Committer } from './committer.ts'
import type { DurableHost } from './durable-host.ts'
import { checkSize } from './message-size.ts'
import type { Fate } from './relay.ts'
import type { VolatileHost } from './volatile-host.ts'

export interface ArrivalsOptions {
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly committer: Committer
  readonly messageBytes: number
  readonly epochOf: (partition: number) => number | undefined
  /** @throws `actor.unknown_kind` */
  readonly behaviour: (kind: string) => AnyBehaviour
  readonly durable: () => DurableHost
  readonly volatile: () => VolatileHost
}

export class Arrivals {
  readonly #options: ArrivalsOptions

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  /** A message for a durable actor as its schema gives it. @throws `message.unknown_type`, `message.invalid`, `message.not_json`, `message.too_large` */
  checked(behaviour: AnyBehaviour, to: Address, message: Message): Message {
    const checked = checkMessage(behaviour, to, message)
    // A small plain message, as nearly all are, need not be written out to know that it is one.
    if (plainBound(checked) <= this.#options.messageBytes) return checked
    plain(checked, 'message', formatAddress(to), 'message.not_json')
    checkSize(JSON.stringify(checked), this.#options.messageBytes, to)
    return checked
  }

  /**
   * A message that no commit holds, such as those of volatile actors: what cannot be delivered is told through telemetry, or as the answer.
   *
   * @param isAnswer an answer need not be in the protocol of who asked
   */
  route(to: Address, message: Message, from: Address, reply: ReplyToken | undefined, isAnswer = false): void {
    const { sources, telemetry, behaviour, volatile, durable } = this.#options
    const failed = (error: unknown): void => {
      const reason = errorData(error).message
      telemetry.emit('message.refused', {}, { address: formatAddress(to), type: message.type, reason })
      if (reply) volatile().answer(reply, { ok: false, error: errorData(error) }, to)
    }
    const options = { id: sources.ids.next(), from, reply, failed }
    try {
      const receiver = behaviour(to.kind)
      if (receiver.durability === 'volatile') return volatile().deliver(to, new Delivery({ type: 'message', message }, options))
      const checked = isAnswer ? message : this.checked(receiver, to, message)
      durable().push(durable().inbox(to, receiver), new Delivery({ type: 'message', message: checked }, options))
    } catch (error) {
      failed(error)
    }
  }

  /** An actor that asked, and whose message will never be taken, hears why. */
  answer(token: ReplyToken, error: TroupeError, from: Address): void {
    if (token.to === undefined || token.as === undefined) return
    const message: Message & { readonly error: unknown } = { type: token.as, error: errorData(error) }
    this.route(token.to, message, from, undefined, true)
  }

  /** A committed message on its way. */
  relayed(text: string, position: Position, { taken, kept }: Fate): void {
    const durable = this.#options.durable()
    let envelope: Envelope | undefined
    try {
      envelope = decodeEnvelope(text)
      const { id, to, reply, from } = envelope
      const behaviour = this.#options.behaviour(to.kind)
      const message = envelope.answers === undefined ? checkMessage(behaviour, to, envelope.message) : envelope.message
      const options = { id, reply, from, position, done: taken, failed: kept }
      durable.push(durable.inbox(to, behaviour), new Delivery({ type: 'message', message }, options))
    } catch (error) {
      this.#undeliverable(envelope, text, error, position, { taken, kept })
    }
  }

  #undeliverable(envelope: Envelope | undefined, text: string, error: unknown, position: Position, { taken, kept }: Fate): void {
    const { sources, telemetry, committer, epochOf } = this.#options
    const partition = Number(position.source.slice(1))
    const epoch = epochOf(partition)
    if (epoch === undefined) return kept()
    const cause = TroupeError.is(error)
      ? error
      : kernelErrors.make('internal', { what: 'an outbox row could not be read' }, error)
    const to = envelope?.to ?? { kind: 'unknown', key: 'unknown' }
    const letter: DeadLetter = {
      id: sources.ids.next(),
      address: to,
      envelope: text,
      reason: cause.code,
      error: errorData(cause),
      tries: 1,
      at: sources.clock.now(),
    }
    const type = envelope?.message.type ?? 'unknown'
    const buried = (): void => {
      telemetry.emit('message.dead', { tries: 1 }, { address: formatAddress(to), type, reason: cause.message })
      taken()
      if (envelope?.reply) this.answer(envelope.reply, cause, to)
    }
    committer.bury(letter, partition, epoch).then(buried, kept)
  }
}
