/**
 * Owns: the verbs of the actor system: spawn, stop, lookup, tell, ask, watch, monitor, dead letters.
 * Does not own: how actors live (hosts), composition (main.ts).
 * Invariants: SY1 `tell` on a durable actor resolves when the message can no longer be lost. SY2 `ask` settles once. B1.
 */

import { type Address, address, formatAddress } from '../kernel/address.ts'
import { type AnyBehaviour, behaviourTable, checkMessage } from '../kernel/behaviour.ts'
import { Delivery } from '../kernel/delivery.ts'
import {
  checkEnvelope,
  type Duration,
  decodeEnvelope,
  type Envelope,
  type Message,
  milliseconds,
  type ReplyToken,
} from '../kernel/envelope.ts'
import { errorData, TroupeError } from '../kernel/errors.ts'
import { type ExitReason, noproc, shutdown } from '../kernel/exit.ts'
import { digestOf } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import { plain } from '../kernel/plain.ts'
import type { DeadLetter, Position, Store } from '../kernel/ports.ts'
import type { SpawnOptions, StartResult } from '../kernel/process.ts'
import { ProcessTable } from '../kernel/process-table.ts'
import { nearest } from '../kernel/schema.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import { Asks, defaultDeadline } from './asks.ts'
import { Committer } from './committer.ts'
import { DurableHost, type Limits } from './durable-host.ts'
import type { Inbox } from './inbox.ts'
import { checkSize } from './message-size.ts'
import type { Ownership } from './ownership.ts'
import { Relay } from './relay.ts'
import { type Starter, unsupervised } from './starter.ts'
import { TimerService } from './timer-service.ts'
import { VolatileHost } from './volatile-host.ts'
import { watchActor } from './watch.ts'

export interface SystemOptions {
  readonly behaviours: readonly AnyBehaviour[]
  readonly store: Store
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Name of this node; part of its ask ids. */
  readonly node: string
  readonly partitions: number
  readonly ownership: Ownership
  readonly limits: Limits
  readonly processes?: ProcessTable
  readonly starter?: Starter
  /** Checks volatile local messages too. */
  readonly checkAll?: boolean
}

export interface SendOptions {
  /** The same key within its retention is applied once; its answer is recorded. */
  readonly idempotencyKey?: string
}

export interface AskOptions extends SendOptions {
  /** How long to wait; 5 s by default. */
  readonly deadline?: Duration
  readonly signal?: AbortSignal
}

/** What `lookup` knows of an actor. */
export interface ActorInfo {
  readonly address: Address
  readonly durability: 'durable' | 'volatile'
  readonly living: boolean
  readonly status: string
  readonly sequence: number
  readonly mailbox: number
  readonly version: number | undefined
}

export class System {
  readonly processes: ProcessTable
  readonly asks: Asks
  readonly durable: DurableHost
  readonly volatile: VolatileHost
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>
  readonly #options: SystemOptions
  readonly #committer: Committer
  readonly #relay: Relay
  readonly #timers: TimerService
  readonly #starter: Starter
  #stopped = false

  constructor(options: SystemOptions) {
    this.#options = options
    this.behaviours = behaviourTable(options.behaviours)
    const { store, sources, telemetry, ownership } = options
    this.processes = options.processes ?? new ProcessTable(sources)
    const { deadlines } = this.processes
    this.asks = new Asks(`${options.node}.${sources.ids.next()}`, deadlines, telemetry)
    this.#starter = options.starter ?? unsupervised
    const epochOf = (partition: number): number | undefined => ownership.epochOf(partition)
    this.#committer = new Committer({
      store,
      sources,
      telemetry,
      deadlines,
      fenced: (partitions) => ownership.deposed(partitions),
    })
    this.#relay = new Relay({
      store,
      deadlines,
      telemetry,
      epochOf,
      deliver: (envelope, position, taken) => this.#relayed(envelope, position, taken),
      relayed: (row) => this.#committer.relayed(row),
    })
    this.#timers = new TimerService({
      store,
      sources,
      telemetry,
      partitions: () => ownership.owned(),
      fire: ({ address: to, id, armed, payload }) => {
        const behaviour = this.behaviours.get(to.kind)
        if (behaviour) this.durable.push(this.durable.inbox(to, behaviour), new Delivery({ type: 'timer', id, armed, payload }))
      },
    })
    this.volatile = new VolatileHost({
      processes: this.processes,
      sources,
      telemetry,
      asks: this.asks,
      route: (to, message, from, reply, isAnswer) => this.#route(to, message, from, reply, isAnswer),
    })
    this.durable = new DurableHost({
      store,
      processes: this.processes,
      sources,
      telemetry,
      asks: this.asks,
      committer: this.#committer,
      relay: this.#relay,
      timers: this.#timers,
      partitions: options.partitions,
      limits: options.limits,
      epochOf,
      isDurable: (to) => this.behaviours.get(to.kind)?.durability !== 'volatile',
      tellVolatile: (to, message, from, reply) => this.#route(to, message, from, reply),
      answer: (token, error, from) => this.#answer(token, error, from),
      starter: this.#starter,
    })
    ownership.onLost((partition) => {
      this.#relay.close(partition)
      this.durable.lost(partition)
    })
  }

  /** Takes up what an earlier process left: messages in the outbox, timers, effects without a result. */
  async start(): Promise<void> {
    const owned = this.#options.ownership.owned()
    await this.#relay.openAll(owned)
    await this.#timers.start()
    this.#expireLater()
    for (const to of await this.#options.store.withEffects(owned)) {
      const behaviour = this.behaviours.get(to.kind)
      if (behaviour) this.durable.activate(this.durable.inbox(to, behaviour))
    }
  }

  /** Ends all actors in good order: turns under way are committed, nothing new is taken. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#timers.stop()
    this.#relay.stop()
    await this.durable.stop()
    await this.volatile.stopAll()
    await this.#committer.drained()
    this.asks.failAll(kernelErrors.make('system.stopped', { what: 'an ask that was waiting' }))
    this.processes.deadlines.stop()
  }

  /** Recorded answers are kept for their retention, then dropped in small portions. */
  #expireLater(): void {
    this.processes.deadlines.add(expiryPause, () => {
      const { store, sources, telemetry } = this.#options
      store
        .expireReplies(sources.clock.now(), expiryPortion)
        .catch((error) => telemetry.emit('store.failed', {}, { operation: 'expireReplies', reason: errorData(error).message }))
        .finally(() => this.#expireLater())
    })
  }

  behaviour(kind: string): AnyBehaviour {
    const behaviour = this.behaviours.get(kind)
    if (behaviour) return behaviour
    const known = [...this.behaviours.keys()]
    const near = nearest(kind, known)
    throw kernelErrors.make('actor.unknown_kind', {
      kind,
      known: known.join(', '),
      ...(near === undefined ? {} : { nearest: near }),
    })
  }

  /**
   * Starts an actor with an input. A durable one is committed when this resolves, and is refused when it was ever started before;
   * without a spawn a durable actor starts, without input, with its first message.
   *
   * @throws `actor.already_started`, `actor.start_failed`, and the errors of `tell`
   */
  async spawn(behaviour: AnyBehaviour, key: string, input?: unknown): Promise<void> {
    this.#running('spawn')
    const to = address(behaviour.kind, key)
    this.behaviour(behaviour.kind)
    if (behaviour.durability === 'volatile') {
      const result = await this.#starter({
        address: to,
        behaviour,
        start: (options) => this.volatile.startLife(to, behaviour, input, options),
      })
      return started(to, result)
    }
    const inbox = this.durable.inbox(to, behaviour)
    if (inbox.cell && (inbox.shown?.sequence ?? 0) > 0)
      throw kernelErrors.make('actor.already_started', { address: formatAddress(to) })
    inbox.input = input
    await new Promise<void>((done, failed) => this.durable.push(inbox, new Delivery({ type: 'start' }, { done, failed })))
  }

  /** One life of an actor, for a child spec of a supervisor. */
  startLife(behaviour: AnyBehaviour, key: string, input: unknown, options: SpawnOptions): Promise<StartResult> {
    const to = address(behaviour.kind, key)
    if (behaviour.durability === 'volatile') return this.volatile.startLife(to, behaviour, input, options)
    const inbox = this.durable.inbox(to, behaviour)
    if (input !== undefined) inbox.input = input
    return this.durable.startLife(inbox, options)
  }

  /** Ends the life of an actor in good order. A durable one keeps its state and comes back with its next message. */
  async stopActor(to: Address, reason: ExitReason = shutdown): Promise<ExitReason> {
    const ref = this.processes.whereis(to)
    return ref ? this.processes.stop(ref, reason) : noproc
  }

  async lookup(to: Address): Promise<ActorInfo | undefined> {
    const behaviour = this.behaviour(to.kind)
    const living = behaviour.durability === 'volatile' ? this.volatile.living(to) : this.durable.known(to)?.shown
    const inbox = this.durable.known(to)
    if (living) {
      const mailbox = inbox ? inbox.size : (this.processes.cell(to)?.info().mailbox ?? 0)
      return {
        address: to,
        durability: behaviour.durability,
        living: true,
        status: living.status,
        sequence: living.sequence,
        mailbox,
        version: behaviour.version,
      }
    }
    if (behaviour.durability === 'volatile') return undefined
    const [stored] = await this.#options.store.load([to])
    if (!stored) return undefined
    const { status, sequence, version } = stored.row
    return { address: to, durability: 'durable', living: false, status, sequence, mailbox: inbox?.size ?? 0, version }
  }

  /**
   * Sends a message. For a durable actor it resolves when the message can no longer be lost; for a volatile one when it is in its mailbox.
   *
   * @throws `message.*`, `mailbox.full`, `actor.*`, `idempotency.conflict`, `system.stopped`
   */
  async tell(to: Address, message: Message, options: SendOptions = {}): Promise<void> {
    this.#running('tell')
    const behaviour = this.behaviour(to.kind)
    if (behaviour.durability === 'volatile') {
      const cell = this.volatile.cell(to)
      if (!cell) throw kernelErrors.make('actor.not_found', { address: formatAddress(to) })
      const refused = this.volatile.post(cell, to, this.#options.checkAll ? checkMessage(behaviour, to, message) : message)
      if (refused) throw refused
      return
    }
    const checked = this.#checked(behaviour, to, message)
    const key = keyOf(options, checked)
    const inbox = this.durable.inbox(to, behaviour)
    await new Promise<void>((done, failed) => {
      this.durable.push(
        inbox,
        new Delivery({ type: 'message', message: checked }, { id: this.#options.sources.ids.next(), key, done, failed }),
      )
    })
  }

  /**
   * Sends a message and waits for its answer.
   *
   * @throws the errors of `tell`, `ask.deadline`, `actor.stopped`, `actor.crashed` with the cause, `reply.invalid`, whatever the actor answered as an error
   */
  ask(to: Address, message: Message, options: AskOptions = {}): Promise<unknown> {
    try {
      return this.#ask(to, message, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Not an async function, because handing a promise through one costs more than the rest of an ask. */
  #ask(to: Address, message: Message, options: AskOptions): Promise<unknown> {
    this.#running('ask')
    const behaviour = this.behaviour(to.kind)
    const within = options.deadline === undefined ? defaultDeadline : milliseconds(options.deadline)
    const isVolatile = behaviour.durability === 'volatile'
    const checked = isVolatile && !this.#options.checkAll ? message : this.#checked(behaviour, to, message)
    if (isVolatile) {
      return this.asks.open({ to, type: checked.type, within, signal: options.signal }, (reply, caller) =>
        this.volatile.deliver(to, new Delivery({ type: 'message', message: checked }, { reply }, caller)),
      )
    }
    const key = keyOf(options, checked)
    return this.asks.open({ to, type: checked.type, within, key, signal: options.signal }, (reply, caller) => {
      const id = `${reply.node}:${reply.id}`
      this.durable.push(
        this.durable.inbox(to, behaviour),
        new Delivery({ type: 'message', message: checked }, { id, reply, key }, caller),
      )
    })
  }

  /** What the actor shows after each of its turns, newest first come; a slow reader skips what it missed. Ends with the actor, or with `signal`. */
  watch(to: Address, signal?: AbortSignal): AsyncIterableIterator<unknown> {
    this.#running('watch')
    return watchActor(this, to, signal)
  }

  deadLetters(
    filter: { readonly kind?: string; readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly DeadLetter[]> {
    return this.#options.store.deadLetters({ limit: 100, ...filter })
  }

  /** Sends dead letters again, as messages from outside. What is refused again comes back to the dead letters. Returns how many were taken. */
  async redrive(
    ids: readonly string[],
  ): Promise<{ readonly taken: number; readonly refused: readonly { readonly id: string; readonly error: TroupeError }[] }> {
    this.#running('redrive')
    let taken = 0
    const refused: { id: string; error: TroupeError }[] = []
    for (const letter of (await this.deadLetters({ limit: 10_000 })).filter((one) => ids.includes(one.id))) {
      try {
        const { message } = checkEnvelope(JSON.parse(letter.envelope))
        await this.tell(letter.address, message, { idempotencyKey: `redrive:${letter.id}` })
        // Only now, so that a crash in between sends it twice at worst, and the key drops the second.
        await this.#options.store.takeDeadLetters([letter.id])
        taken++
      } catch (error) {
        refused.push({
          id: letter.id,
          error: TroupeError.is(error) ? error : kernelErrors.make('internal', { what: 'a redrive failed' }, error),
        })
      }
    }
    return { taken, refused }
  }

  #running(what: string): void {
    if (this.#stopped) throw kernelErrors.make('system.stopped', { what })
  }

  #checked(behaviour: AnyBehaviour, to: Address, message: Message): Message {
    const checked = checkMessage(behaviour, to, message)
    plain(checked, 'message', formatAddress(to), 'message.not_json')
    checkSize(JSON.stringify(checked), this.#options.limits.messageBytes, to)
    return checked
  }

  /** A message from a volatile actor. It has no commit that could hold it: what cannot be delivered is told through telemetry, or as the answer. */
  #route(to: Address, message: Message, from: Address, reply: ReplyToken | undefined, isAnswer = false): void {
    const id = this.#options.sources.ids.next()
    const failed = (error: unknown): void => {
      this.#options.telemetry.emit(
        'message.refused',
        {},
        { address: formatAddress(to), type: message.type, reason: errorData(error).message },
      )
      if (reply) this.volatile.answer(reply, { ok: false, error: errorData(error) }, to)
    }
    try {
      const behaviour = this.behaviour(to.kind)
      if (behaviour.durability === 'volatile') {
        return this.volatile.deliver(to, new Delivery({ type: 'message', message }, { id, from, reply, failed }))
      }
      // An answer need not be in the protocol of who asked (B1).
      const checked = isAnswer ? message : this.#checked(behaviour, to, message)
      const delivery = new Delivery({ type: 'message', message: checked }, { id, from, reply, failed })
      this.durable.push(this.durable.inbox(to, behaviour), delivery)
    } catch (error) {
      failed(error)
    }
  }

  /** A committed message on its way: whatever is wrong with it, it is either taken or a dead letter. */
  #relayed(text: string, position: Position, taken: () => void): void {
    let envelope: Envelope | undefined
    try {
      envelope = decodeEnvelope(text)
      const behaviour = this.behaviour(envelope.to.kind)
      const message = envelope.answers === undefined ? checkMessage(behaviour, envelope.to, envelope.message) : envelope.message
      const { id, reply, from } = envelope
      const inbox = this.durable.inbox(envelope.to, behaviour)
      this.durable.push(
        inbox,
        new Delivery({ type: 'message', message }, { id, reply, from, position, done: taken, failed: this.#keptBack }),
      )
    } catch (error) {
      this.#undeliverable(envelope, text, error, position, taken)
    }
  }

  /** The row stays in the outbox: the next owner of the partition hands it over again. */
  readonly #keptBack = (): void => undefined

  #undeliverable(envelope: Envelope | undefined, text: string, error: unknown, position: Position, taken: () => void): void {
    const { sources, telemetry, ownership } = this.#options
    const partition = Number(position.source.slice(1))
    const epoch = ownership.epochOf(partition)
    if (epoch === undefined) return
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
    telemetry.emit(
      'message.dead',
      { tries: 1 },
      { address: formatAddress(to), type: envelope?.message.type ?? 'unknown', reason: cause.message },
    )
    this.#committer.bury(letter, partition, epoch).then(taken, this.#keptBack)
    if (envelope?.reply) this.#answer(envelope.reply, cause, to)
  }

  /** An actor that asked, and whose message will never be taken, hears why. */
  #answer(token: ReplyToken, error: TroupeError, from: Address): void {
    if (token.to === undefined || token.as === undefined) return
    const message: Message & { readonly error: unknown } = { type: token.as, error: errorData(error) }
    this.#route(token.to, message, from, undefined, true)
  }

  inboxOf(to: Address): Inbox {
    return this.durable.inbox(to, this.behaviour(to.kind))
  }
}

const expiryPause = 60_000
const expiryPortion = 1000

function keyOf(options: SendOptions, message: Message): { key: string; digest: string } | undefined {
  return options.idempotencyKey === undefined ? undefined : { key: options.idempotencyKey, digest: digestOf(message) }
}

function started(to: Address, result: StartResult): void {
  const label = formatAddress(to)
  if (result.started === 'ok') return
  if (result.started === 'already_started') throw kernelErrors.make('actor.already_started', { address: label })
  const reason = result.started === 'ignore' ? 'its init declined' : JSON.stringify(result.reason)
  throw kernelErrors.make('actor.start_failed', { address: label, reason })
}
