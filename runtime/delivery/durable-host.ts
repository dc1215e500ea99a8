/**
 * Owns: all durable actors of this node: their inboxes, when they live, restart after failed starts, passivation, dead letters.
 * Does not own: one life (durable-cell), who supervises it (the starter that is passed in), leases (ownership).
 * Invariants: DH1 an address has one life at a time. DH2 an actor with work that waits is started, with growing pauses after failures, until it
 * takes the work or it is given up with an error to every sender. DH3 a quarantined actor answers with its error and keeps its snapshot.
 */

import { type Address, address as checkAddress, formatAddress, partitionOf } from '../kernel/address.ts'
import { AddressMap } from '../kernel/address-map.ts'
import type { AnyBehaviour } from '../kernel/behaviour.ts'
import type { Deadlines } from '../kernel/deadlines.ts'
import type { Delivery } from '../kernel/delivery.ts'
import type { Message, ReplyToken } from '../kernel/envelope.ts'
import { errorData, errorFrom, TroupeError } from '../kernel/errors.ts'
import { crashed, describeExit, type ExitReason, isClean, normal, shutdown } from '../kernel/exit.ts'
import type { Json } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import { LiveParts } from '../kernel/live-parts.ts'
import type { LoadedActor, OutboxRow, ReplyRow, Store } from '../kernel/ports.ts'
import type { SpawnOptions, StartResult } from '../kernel/process.ts'
import type { ProcessTable } from '../kernel/process-table.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import type { Asks } from './asks.ts'
import type { Committer, PendingTurn } from './committer.ts'
import { deadLetter } from './dead-letter.ts'
import { DurableCell } from './durable-cell.ts'
import type { DurableContext } from './durable-context.ts'
import { Inbox } from './inbox.ts'
import { Loader } from './loader.ts'
import type { OutboxGate, Relay } from './relay.ts'
import type { Starter } from './starter.ts'
import type { TimerService } from './timer-service.ts'
import type { DraftContext } from './turn-draft.ts'

export interface Limits {
  /** Bytes of one message; 1 MiB. */
  readonly messageBytes: number
  /** Bytes of one snapshot: over the first a warning event, over the second an error. 256 KiB and 16 MiB. */
  readonly snapshotWarnBytes: number
  readonly snapshotBytes: number
}

export interface DurableHostOptions {
  readonly store: Store
  readonly processes: ProcessTable
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly asks: Asks
  readonly committer: Committer
  readonly relay: Relay
  readonly timers: TimerService
  readonly partitions: number
  readonly limits: Limits
  readonly epochOf: (partition: number) => number | undefined
  readonly isDurable: (to: Address) => boolean
  readonly tellVolatile: (to: Address, message: Message, from: Address, reply: ReplyToken | undefined) => void
  /** Sends an error as the answer to the actor that a token names. */
  readonly answer: (token: ReplyToken, error: TroupeError, from: Address) => void
  readonly starter: Starter
}

const wakeUp = Symbol('wake-up')
const firstPause = 10
const longestPause = 5000

export class DurableHost implements DurableContext {
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly asks: Asks
  readonly timers: TimerService
  readonly #options: DurableHostOptions
  readonly #deadlines: Deadlines
  readonly #loader: Loader
  readonly #inboxes = new AddressMap<Inbox>()
  #stopped = false

  constructor(options: DurableHostOptions) {
    this.#options = options
    this.sources = options.sources
    this.telemetry = options.telemetry
    this.asks = options.asks
    this.timers = options.timers
    this.#deadlines = options.processes.deadlines
    this.#loader = new Loader(options.store)
    this.#sweepLater()
  }

  /** The inbox of an address, made on first use. @throws `address.invalid` */
  inbox(address: Address, behaviour: AnyBehaviour): Inbox {
    let inbox = this.#inboxes.get(address)
    if (!inbox) {
      checkAddress(address.kind, address.key)
      const live: LiveParts = new LiveParts(address, this.sources.clock, this.telemetry, (_, delivery) =>
        this.push(found, delivery),
      )
      const found = new Inbox(address, behaviour, partitionOf(address, this.#options.partitions), live)
      inbox = found
      this.#inboxes.set(address, inbox)
    }
    return inbox
  }

  known(address: Address): Inbox | undefined {
    return this.#inboxes.get(address)
  }

  all(): IterableIterator<Inbox> {
    return this.#inboxes.values()
  }

  push(inbox: Inbox, delivery: Delivery): void {
    if (this.#stopped) return delivery.failed(kernelErrors.make('system.stopped', { what: delivery.label }))
    if (inbox.gone || this.epochOf(inbox.partition) === undefined) {
      const { address, partition } = inbox
      return delivery.failed(kernelErrors.make('actor.fenced', { address: formatAddress(address), partition }))
    }
    if (inbox.push(delivery)) return this.wake(inbox)
    const { address, behaviour } = inbox
    const full = kernelErrors.make('mailbox.full', { address: formatAddress(address), limit: behaviour.mailbox.limit })
    this.refused(inbox, delivery, full)
  }

  wake(inbox: Inbox): void {
    if (inbox.cell && !inbox.cell.dead) {
      if (inbox.signalled || inbox.size === 0) return
      inbox.signalled = true
      inbox.cell.postRaw(wakeUp)
    } else if (inbox.size > 0) this.activate(inbox)
  }

  /** Starts a life under the actor's supervisor, unless there is one or one is being started (DH1). */
  activate(inbox: Inbox): void {
    if (inbox.starting || inbox.gone || this.#stopped || (inbox.cell && !inbox.cell.dead)) return
    inbox.starting = true
    void this.#start(inbox).then((result) => {
      inbox.starting = false
      this.#activated(inbox, result)
    })
  }

  /** Loads first, because a supervisor starts its children one after the other and must not wait for the store at each. */
  async #start(inbox: Inbox): Promise<StartResult> {
    try {
      await inbox.settled()
      inbox.preloaded = { actor: await this.load(inbox.address) }
    } catch (error) {
      return { started: 'error', reason: crashed(error) }
    }
    if (this.#stopped || inbox.gone) return { started: 'error', reason: shutdown }
    return this.#options.starter({
      address: inbox.address,
      behaviour: inbox.behaviour,
      start: (options) => this.startLife(inbox, options),
    })
  }

  #activated(inbox: Inbox, result: StartResult): void {
    inbox.preloaded = undefined
    if (this.#stopped || inbox.gone) return
    if (result.started === 'ok' || result.started === 'already_started') {
      inbox.failures = 0
      return this.wake(inbox)
    }
    const reason: ExitReason = result.started === 'error' ? result.reason : normal
    const error = reason.type === 'crashed' ? errorFrom(reason.error) : undefined
    const quarantined = TroupeError.is(error, 'actor.quarantined')
    if (quarantined)
      this.telemetry.emit('actor.quarantined', {}, { address: formatAddress(inbox.address), reason: error.message })
    inbox.failures++
    // A store that is away says nothing about the actor: its start is tried until the store is back.
    const passing = error?.retry === 'later'
    if (!passing && (quarantined || inbox.failures >= inbox.behaviour.tries)) {
      const cause = quarantined
        ? error
        : kernelErrors.make('actor.start_failed', { address: formatAddress(inbox.address), reason: describeExit(reason) }, error)
      for (const delivery of inbox.take(Number.POSITIVE_INFINITY)) this.refused(inbox, delivery, cause)
      inbox.failures = 0
      return
    }
    this.#later(inbox)
  }

  #later(inbox: Inbox): void {
    const pause = Math.min(firstPause * 2 ** inbox.failures, longestPause)
    this.#deadlines.add(pause, () => {
      if (inbox.size > 0) this.activate(inbox)
    })
  }

  /** One life, for supervisors: what a child spec's start function calls. */
  async startLife(inbox: Inbox, options: SpawnOptions): Promise<StartResult> {
    // A restart of what is over is declined, because a failed one would be tried again and again. While the node stops it would begin effects that
    // nobody ends.
    if (this.#stopped || inbox.gone) return { started: 'ignore' }
    const server = new DurableCell(this, inbox)
    const result = await this.#options.processes.spawn(server, { ...options, address: inbox.address })
    if (result.started !== 'ok') return result
    const cell = this.#options.processes.cell(result.ref)
    // It may have died between its start and this continuation.
    if (!cell) return result
    inbox.cell = cell
    inbox.shown = server
    inbox.signalled = false
    inbox.failures = 0
    inbox.active = this.sources.clock.monotonic()
    cell.listen((reason) => this.#ended(inbox, cell, reason))
    inbox.live.show(() => server.view())
    this.wake(inbox)
    return result
  }

  #ended(inbox: Inbox, cell: unknown, reason: ExitReason): void {
    if (inbox.cell !== cell) return
    inbox.cell = inbox.shown = undefined
    inbox.signalled = false
    // T6: after a crash the running effects belong to the next life; any other end takes them along.
    inbox.live.stop(isClean(reason) || reason.type === 'killed' || reason.type === 'fenced')
    this.telemetry.emit('actor.stopped', {}, { address: formatAddress(inbox.address), reason: describeExit(reason) })
    if (inbox.size > 0) this.#later(inbox)
  }

  /** The partition belongs to another owner now: nothing of it may go on here. */
  lost(partition: number): void {
    for (const inbox of [...this.#inboxes.values()]) {
      if (inbox.partition !== partition) continue
      inbox.gone = true
      const fields = { address: formatAddress(inbox.address), partition }
      if (inbox.cell) this.#options.processes.exit(inbox.cell.ref, { type: 'fenced' })
      inbox.live.stop(true)
      inbox.live.end()
      inbox.failAll(kernelErrors.make('actor.fenced', fields))
      // These were taken: their turns may be committed, only their answers come from elsewhere.
      this.asks.failFor(inbox.address, () => kernelErrors.make('actor.moved', fields))
      this.#inboxes.delete(inbox.address)
    }
  }

  epochOf(partition: number): number | undefined {
    return this.#options.epochOf(partition)
  }

  load(address: Address): Promise<LoadedActor | undefined> {
    return this.#patiently('load', () => this.#loader.load(address))
  }

  storedReply(address: Address, key: string): Promise<ReplyRow | undefined> {
    return this.#patiently('reply', () => this.#options.store.reply(address, key))
  }

  /** Reads again while the store is away, because failing here would crash an actor for what is not its fault. */
  async #patiently<T>(operation: string, read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await read()
      } catch (error) {
        if (!TroupeError.is(error) || error.retry !== 'later' || this.#stopped) throw error
        this.telemetry.emit('store.failed', {}, { operation, reason: error.message })
        const pause = Math.min(firstPause * 2 ** attempt, longestPause)
        await new Promise<void>((resolve) => this.#deadlines.add(pause, resolve))
      }
    }
  }

  draft(inbox: Inbox, epoch: number): DraftContext {
    const { relay, limits, isDurable } = this.#options
    const { address, behaviour, partition } = inbox
    return {
      address,
      behaviour,
      partition,
      sources: this.sources,
      messageBytes: limits.messageBytes,
      isDurable,
      reserve: () => relay.reserve(partition, epoch),
    }
  }

  encode(inbox: Inbox, state: Json): string {
    const { snapshotBytes, snapshotWarnBytes } = this.#options.limits
    const text = JSON.stringify(state)
    // No character has more than three bytes per code unit, so most texts need no counting.
    if (text.length * 3 <= Math.min(snapshotWarnBytes, snapshotBytes)) return text
    const bytes = Buffer.byteLength(text)
    const address = formatAddress(inbox.address)
    if (bytes > snapshotBytes) throw kernelErrors.make('snapshot.too_large', { address, bytes, limit: snapshotBytes })
    if (bytes > snapshotWarnBytes) this.telemetry.emit('snapshot.large', { bytes }, { address })
    return text
  }

  commit(turn: PendingTurn): void {
    this.#options.committer.submit(turn)
  }

  isFinal(error: unknown): boolean {
    return this.#stopped || TroupeError.is(error, 'actor.fenced') || TroupeError.is(error, 'actor.moved')
  }

  settle(partition: number, gate: OutboxGate, row: OutboxRow | null): void {
    this.#options.relay.settle(partition, gate, row)
  }

  refused(inbox: Inbox, delivery: Delivery, error: TroupeError): void {
    this.telemetry.emit(
      'message.refused',
      {},
      { address: formatAddress(inbox.address), type: delivery.label, reason: error.message },
    )
    if (!delivery.position) return delivery.failed(error)
    // Its sender committed it and cannot be told any more: it may not be lost either.
    const epoch = this.epochOf(inbox.partition)
    if (epoch === undefined) return delivery.failed(error)
    void this.bury(inbox, delivery, error, epoch)
  }

  async bury(inbox: Inbox, delivery: Delivery, error: TroupeError, epoch: number): Promise<void> {
    const letter = deadLetter(inbox.address, delivery, error, this.sources)
    try {
      await this.#options.committer.bury(letter, inbox.partition, epoch)
      this.telemetry.emit(
        'message.dead',
        { tries: delivery.tries },
        { address: formatAddress(inbox.address), type: delivery.label, reason: error.message },
      )
    } catch (cause) {
      this.telemetry.emit('store.failed', {}, { operation: 'dead letter', reason: errorData(cause).message })
      return delivery.failed(error)
    }
    if (!delivery.position) return delivery.failed(error)
    delivery.done()
    // Its sender committed it and went on; if it asked for an answer, this is the answer.
    if (delivery.reply?.to) this.#options.answer(delivery.reply, error, inbox.address)
  }

  tellVolatile(to: Address, message: Message, from: Address, reply: ReplyToken | undefined): void {
    this.#options.tellVolatile(to, message, from, reply)
  }

  /** Ends one actor's life in good order; it comes back with the next message. */
  async stopOne(inbox: Inbox, reason: ExitReason): Promise<ExitReason> {
    if (!inbox.cell) return { type: 'noproc' }
    return this.#options.processes.stop(inbox.cell.ref, reason)
  }

  /** Takes no more work; resolves when every turn under way is committed. */
  async stop(): Promise<void> {
    this.#stopped = true
    const error = kernelErrors.make('system.stopped', { what: 'a message that was waiting' })
    for (const inbox of this.#inboxes.values()) {
      inbox.failAll(error)
      inbox.live.stop(true)
      inbox.live.end()
    }
    await Promise.all([...this.#inboxes.values()].map((inbox) => this.stopOne(inbox, { type: 'shutdown' })))
  }

  #sweepLater(): void {
    this.#deadlines.add(1000, () => {
      if (this.#stopped) return
      this.#sweep()
      this.#sweepLater()
    })
  }

  /** Passivation: who has had nothing to do for its idle time leaves memory. */
  #sweep(): void {
    const now = this.sources.clock.monotonic()
    for (const inbox of this.#inboxes.values()) {
      if (inbox.size > 0 || inbox.starting || inbox.joined.size > 0 || !inbox.live.idle) continue
      if (!inbox.cell) {
        if (now - inbox.active > 1000) this.#inboxes.delete(inbox.address)
      } else if (now - inbox.active >= inbox.behaviour.idleTimeout) void this.stopOne(inbox, normal)
    }
  }
}
