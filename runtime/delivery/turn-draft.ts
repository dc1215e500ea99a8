/**
 * Owns: what a batch of one actor's turns will write and do: decisions sorted into rows of the commit and things to do after it.
 * Does not own: deciding (logic), committing (committer).
 * Invariants: T1 everything that can be observed is in `after`. T2 the rows of one draft are written all or none. L2 `after` keeps the order of the decisions.
 */

import { type Address, formatAddress, sameAddress } from '../kernel/address.ts'
import { type AnyBehaviour, checkReply } from '../kernel/behaviour.ts'
import type { Delivery } from '../kernel/delivery.ts'
import { type Answer, type Envelope, encodeEnvelope, type Message, type ReplyToken } from '../kernel/envelope.ts'
import type { ExitReason } from '../kernel/exit.ts'
import type { Json } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Decision } from '../kernel/logic.ts'
import { plain } from '../kernel/plain.ts'
import type { EffectRow, OutboxRow, ReplyRow, TimerRow, TurnWrite } from '../kernel/ports.ts'
import type { Sources } from '../kernel/sources.ts'
import { checkSize } from './message-size.ts'
import type { OutboxGate } from './relay.ts'

/** What the draft needs from its surroundings. */
export interface DraftContext {
  readonly address: Address
  readonly behaviour: AnyBehaviour
  readonly partition: number
  readonly sources: Sources
  /** Most bytes of one message. */
  readonly messageBytes: number
  /** True when the kind is durable: only then the message goes through the outbox. */
  readonly isDurable: (to: Address) => boolean
  /** The next place in the outbox of the actor's partition; undefined when the partition is lost. */
  readonly reserve: () => OutboxGate | undefined
}

/** What is done once the draft is committed. */
export type After =
  | { readonly type: 'decision'; readonly decision: Decision }
  | { readonly type: 'answer'; readonly token: ReplyToken; readonly answer: Answer }
  | { readonly type: 'tell'; readonly to: Address; readonly message: Message; readonly reply: ReplyToken | undefined }

interface Timers {
  readonly set: Map<string, Omit<TimerRow, 'address'>>
  readonly cancel: Set<string>
}

const none: readonly never[] = []
const noTimers: TurnWrite['timers'] = { set: none, cancel: none }
const noEffects: TurnWrite['effects'] = { start: none, end: none }

export class TurnDraft {
  readonly #context: DraftContext
  readonly outbox: { readonly gate: OutboxGate; readonly envelope: string }[] = []
  // Most turns have none of these, so the collections are made with the first of their kind.
  #timers: Timers | undefined
  #effects: Map<string, Omit<EffectRow, 'address' | 'epoch'>> | undefined
  #endedEffects: Set<string> | undefined
  readonly replies: Omit<ReplyRow, 'address'>[] = []
  readonly facts: { readonly name: string; readonly data: Json }[] = []
  readonly after: After[] = []
  /** Set when the actor ends with this draft. */
  stop: ExitReason | undefined
  #sequence = 0
  #number = 0
  #delivery: Delivery | undefined

  constructor(context: DraftContext) {
    this.#context = context
  }

  /** True when committing it would change nothing but the state. */
  get writesNothing(): boolean {
    return (
      this.outbox.length + this.replies.length + this.facts.length === 0 &&
      (this.#timers === undefined || this.#timers.set.size + this.#timers.cancel.size === 0) &&
      (this.#effects?.size ?? 0) + (this.#endedEffects?.size ?? 0) === 0 &&
      this.stop === undefined
    )
  }

  /** Timers that it sets and cancels; undefined when it touches none. */
  get timers():
    | { readonly set: ReadonlyMap<string, Omit<TimerRow, 'address'>>; readonly cancel: ReadonlySet<string> }
    | undefined {
    return this.#timers
  }

  /** The first turn of a new actor: what its start decided, numbered `sequence`. */
  start(sequence: number, decisions: readonly Decision[]): void {
    this.#sequence = sequence
    this.#number = 0
    this.add(decisions)
  }

  /** Begins the turn of one delivery, numbered `sequence`. */
  begin(sequence: number, delivery: Delivery): void {
    this.#sequence = sequence
    this.#number = 0
    this.#delivery = delivery
    const body = delivery.body
    if (body.type === 'timer') this.#cancelTimer(body.id)
    if (body.type === 'settled') this.#endEffect(body.id)
    if (delivery.key !== undefined) this.#keep(delivery.key.key, delivery.key.digest, undefined)
  }

  /** @throws errors of replies and messages that do not fit; then the turn must be given up */
  add(decisions: readonly Decision[]): void {
    for (const decision of decisions)
      (TurnDraft.#sorters[decision.type] as (draft: TurnDraft, decision: Decision) => void)(this, decision)
  }

  static readonly #later = (draft: TurnDraft, decision: Decision): void => {
    draft.after.push({ type: 'decision', decision })
  }

  /** One table for all drafts, because one of its own would be most of what a draft costs. */
  static readonly #sorters: {
    readonly [T in Decision['type']]: (draft: TurnDraft, decision: Extract<Decision, { type: T }>) => void
  } = {
    run: TurnDraft.#later,
    emit: TurnDraft.#later,
    log: TurnDraft.#later,
    start_volatile: TurnDraft.#later,
    stop_volatile: TurnDraft.#later,
    send_volatile: TurnDraft.#later,
    tell: (draft, { to, message, replyAs, deadline }) => draft.#tell(to, message, replyAs, deadline),
    reply: (draft, { token, answer }) => draft.#reply(token, answer),
    start_effect: (draft, decision) => {
      const { id, src } = decision
      const owner = formatAddress(draft.#context.address)
      const input = decision.input === undefined ? undefined : plain(decision.input, `input of ${src}`, owner)
      draft.#effects ??= new Map()
      draft.#effects.set(id, { id, src, input, turn: draft.#sequence, number: draft.#number++ })
      TurnDraft.#later(draft, decision)
    },
    stop_effect: (draft, decision) => {
      draft.#endEffect(decision.id)
      TurnDraft.#later(draft, decision)
    },
    set_timer: (draft, { id, delay, payload }) => {
      const due = draft.#context.sources.clock.now() + Math.max(0, delay)
      draft.#timers ??= { set: new Map(), cancel: new Set() }
      draft.#timers.cancel.delete(id)
      draft.#timers.set.set(id, { id, due, payload, armed: draft.#sequence })
    },
    cancel_timer: (draft, { id }) => draft.#cancelTimer(id),
    fact: (draft, { name, data }) =>
      void draft.facts.push({ name, data: plain(data, `fact ${name}`, formatAddress(draft.#context.address)) }),
    stop: (draft, { reason }) => {
      draft.stop = reason
    },
  }

  #cancelTimer(id: string): void {
    this.#timers ??= { set: new Map(), cancel: new Set() }
    this.#timers.set.delete(id)
    this.#timers.cancel.add(id)
  }

  #endEffect(id: string): void {
    // One that was asked for in this very draft was never stored: there is nothing to delete.
    if (this.#effects?.delete(id)) return
    this.#endedEffects ??= new Set()
    this.#endedEffects.add(id)
  }

  #tell(to: Address, message: Message, replyAs: string | undefined, deadline: number | undefined): void {
    const { address, sources } = this.#context
    const id = `${formatAddress(address)}:${this.#sequence}:${this.#number++}`
    const reply: ReplyToken | undefined = replyAs === undefined ? undefined : { id, to: address, as: replyAs, type: message.type }
    if (!this.#context.isDurable(to)) return void this.after.push({ type: 'tell', to, message, reply })
    const envelope: Envelope = {
      v: 1,
      id,
      to,
      from: address,
      message: message as Envelope['message'],
      ...(reply === undefined ? {} : { reply }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(this.#delivery?.id === undefined ? {} : { causation: this.#delivery.id }),
      sentAt: sources.clock.now(),
    }
    this.#enqueue(envelope, message)
  }

  #reply(token: ReplyToken, given: Answer): void {
    const { address, behaviour, sources } = this.#context
    const value = given.ok ? checkReply(behaviour, address, token.type, given.value) : undefined
    const answer: Answer = given.ok ? { ok: true, value: value as Json | undefined } : given
    if (token.idempotencyKey !== undefined) this.#keep(token.idempotencyKey, token.digest ?? '', answer)
    if (token.to === undefined) return void this.after.push({ type: 'answer', token, answer })
    if (token.as === undefined) return
    const message = {
      type: token.as,
      ...(answer.ok ? { value: answer.value } : { error: answer.error }),
    } as unknown as Envelope['message']
    const id = `${formatAddress(address)}:${this.#sequence}:${this.#number++}`
    if (sameAddress(token.to, address) || this.#context.isDurable(token.to)) {
      this.#enqueue({ v: 1, id, to: token.to, from: address, message, answers: token.id, sentAt: sources.clock.now() }, message)
    } else this.after.push({ type: 'tell', to: token.to, message, reply: undefined })
  }

  #enqueue(envelope: Envelope, message: Message): void {
    plain(message, 'message', formatAddress(envelope.to), 'message.not_json')
    const text = encodeEnvelope(envelope)
    checkSize(text, this.#context.messageBytes, envelope.to)
    const gate = this.#context.reserve()
    if (!gate)
      throw kernelErrors.make('actor.fenced', {
        address: formatAddress(this.#context.address),
        partition: this.#context.partition,
      })
    this.outbox.push({ gate, envelope: text })
  }

  #keep(key: string, digest: string, answer: Answer | undefined): void {
    const { behaviour, sources } = this.#context
    const row = {
      key,
      digest,
      ...(answer === undefined ? {} : { answer: answer as unknown as Json }),
      expires: sources.clock.now() + behaviour.replyRetention,
    }
    const at = this.replies.findIndex((kept) => kept.key === key)
    if (at >= 0) this.replies[at] = row
    else this.replies.push(row)
  }

  /** The write of the whole draft. */
  write(row: TurnWrite['row'], expected: number, remove: boolean): TurnWrite {
    const timers = this.#timers
    const started = this.#effects
    const ended = this.#endedEffects
    return {
      row,
      expected,
      outbox: this.outbox.length === 0 ? none : this.outbox.map(({ gate, envelope }) => ({ sequence: gate.sequence, envelope })),
      timers: timers ? { set: [...timers.set.values()], cancel: [...timers.cancel] } : noTimers,
      effects: started || ended ? { start: [...(started?.values() ?? none)], end: [...(ended ?? none)] } : noEffects,
      replies: this.replies,
      facts: this.facts,
      remove,
    }
  }

  /** Tells the relay what became of its places in the outbox. */
  settle(
    committed: boolean,
    partition: number,
    settle: (partition: number, gate: OutboxGate, row: OutboxRow | null) => void,
  ): void {
    for (const { gate, envelope } of this.outbox)
      settle(partition, gate, committed ? { partition, sequence: gate.sequence, envelope } : null)
  }
}
