/**
 * Owns: the verbs of the actor system: spawn, stop, lookup, tell, ask, watch, monitor, dead letters.
 * Does not own: how actors live (hosts), composition (main.ts).
 * Invariants: SY1 `tell` on a durable actor resolves when the message can no longer be lost. SY2 `ask` settles once. B1.
 */

import { type Address, address, formatAddress } from '../kernel/address.ts'
import { type AnyBehaviour, behaviourTable, checkMessage } from '../kernel/behaviour.ts'
import { Delivery } from '../kernel/delivery.ts'
import { type Duration, type Message, milliseconds } from '../kernel/envelope.ts'
import { errorData } from '../kernel/errors.ts'
import { type ExitReason, noproc, shutdown } from '../kernel/exit.ts'
import { digestOf } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { DeadLetter, Store } from '../kernel/ports.ts'
import type { SpawnOptions, StartResult } from '../kernel/process.ts'
import { ProcessTable } from '../kernel/process-table.ts'
import { nearest } from '../kernel/schema.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import { Arrivals } from './arrivals.ts'
import { Asks, defaultDeadline } from './asks.ts'
import { Committer, type Fence } from './committer.ts'
import { DurableHost, type Limits } from './durable-host.ts'
import type { Inbox } from './inbox.ts'
import type { Ownership } from './ownership.ts'
import { type Redriven, redrive } from './redrive.ts'
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
  /** Milliseconds for which a stop waits for a store that is away; 10 s by default. */
  readonly stopPatience?: number
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
  readonly #arrivals: Arrivals
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
    // A refused epoch that this node has left behind says nothing about the one that it has now.
    const fenced = (fences: readonly Fence[]): void =>
      ownership.deposed(fences.filter((one) => epochOf(one.partition) === one.epoch).map((one) => one.partition))
    this.#committer = new Committer({ store, sources, telemetry, deadlines, fenced })
    this.#relay = new Relay({
      store,
      deadlines,
      telemetry,
      epochOf,
      deliver: (envelope, position, fate) => this.#arrivals.relayed(envelope, position, fate),
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
    this.#arrivals = new Arrivals({
      sources,
      telemetry,
      committer: this.#committer,
      messageBytes: options.limits.messageBytes,
      epochOf,
      behaviour: (kind) => this.behaviour(kind),
      durable: () => this.durable,
      volatile: () => this.volatile,
    })
    this.volatile = new VolatileHost({
      processes: this.processes,
      sources,
      telemetry,
      asks: this.asks,
      route: (to, message, from, reply, isAnswer) => this.#arrivals.route(to, message, from, reply, isAnswer),
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
      tellVolatile: (to, message, from, reply) => this.#arrivals.route(to, message, from, reply),
      answer: (token, error, from) => this.#arrivals.answer(token, error, from),
      starter: this.#starter,
    })
    this.#follow(ownership)
  }

  #follow(ownership: Ownership): void {
    ownership.onLost((partition) => {
      this.#relay.close(partition)
      this.durable.lost(partition)
    })
    ownership.onRegained((partitions) => {
      for (const partition of partitions) this.#relay.open(partition)
      void this.#timers.start()
      void this.#resumeEffects(partitions)
    })
  }

  /** Takes up what an earlier process left: messages in the outbox, timers, effects without a result. */
  async start(): Promise<void> {
    const owned = this.#options.ownership.owned()
    await this.#relay.openAll(owned)
    await this.#timers.start()
    this.#expireLater()
    this.#activate(await this.#options.store.withEffects(owned))
  }

  #activate(addresses: readonly Address[]): void {
    for (const to of addresses) {
      const behaviour = this.behaviours.get(to.kind)
      if (behaviour) this.durable.activate(this.durable.inbox(to, behaviour))
    }
  }

  /** Partitions came back after the store was away: it may go away again while it is read. */
  async #resumeEffects(partitions: readonly number[]): Promise<void> {
    const { store, telemetry } = this.#options
    try {
      this.#activate(await store.withEffects(partitions))
    } catch (error) {
      telemetry.emit('store.failed', {}, { operation: 'withEffects', reason: errorData(error).message })
      this.processes.deadlines.add(effectsPause, () => void this.#resumeEffects(partitions))
    }
  }

  /** Ends all actors in good order: turns under way are committed, nothing new is taken. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#timers.stop()
    this.#relay.stop()
    // A store that stays away may not keep the process: then callers hear that the outcome of their turns is not known.
    const patience = this.processes.deadlines.add(this.#options.stopPatience ?? 10_000, () => this.#committer.stop())
    await this.durable.stop()
    await this.volatile.stopAll()
    await this.#committer.drained()
    patience.cancel()
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
  startLife(behaviour: AnyBehaviour, key: string, input: unknown, options: SpawnOptions): StartResult | Promise<StartResult> {
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
    const checked = this.#arrivals.checked(behaviour, to, message)
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
    const checked = isVolatile && !this.#options.checkAll ? message : this.#arrivals.checked(behaviour, to, message)
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

  /** Sends dead letters again; see `redrive`. */
  redrive(ids: readonly string[]): Promise<Redriven> {
    this.#running('redrive')
    return redrive(this, this.#options.store, ids)
  }

  #running(what: string): void {
    if (this.#stopped) throw kernelErrors.make('system.stopped', { what })
  }

  inboxOf(to: Address): Inbox {
    return this.durable.inbox(to, this.behaviour(to.kind))
  }
}

const expiryPause = 60_000
const effectsPause = 1000
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
