/**
 * Owns: one process: its mailbox, its life from init to death, exit signals as it takes them.
 * Does not own: names, monitors, calls (process-table), when it runs (dispatcher).
 * Invariants: P1, P2. P6 a process handles one entry at a time; while a promise of it is pending its mailbox waits. P7 a process dies
 * once, and what it was doing then has no effect any more.
 */

import type { Deadlines } from './deadlines.ts'
import type { Dispatcher, Runnable } from './dispatcher.ts'
import type { Message } from './envelope.ts'
import { crashed, type ExitReason } from './exit.ts'
import { Listeners } from './listeners.ts'
import { Mailbox, type Pushed } from './mailbox.ts'
import type { InitResult, ProcessInfo, ProcessSelf, Ref, Server, Signal, SpawnOptions, StartResult } from './process.ts'

/** What a cell needs from the table that it is in. */
export interface Host {
  readonly dispatcher: Dispatcher
  readonly deadlines: Deadlines
  buried(cell: ProcessCell, reason: ExitReason): void
}

type Entry = Signal | { readonly signal: 'stop'; readonly reason: ExitReason }

/** Boxes signals, so that one `instanceof` tells them from raw entries, whatever these look like. */
class Boxed {
  readonly entry: Entry
  constructor(entry: Entry) {
    this.entry = entry
  }
}

const isBoxed = (entry: unknown): boolean => entry instanceof Boxed

type Status = 'starting' | 'waiting' | 'busy' | 'stopping' | 'dead'

const nothing = (): void => undefined

export class ProcessCell implements Runnable, ProcessSelf {
  readonly ref: Ref
  readonly parent: Ref | undefined
  /** Most processes are linked to one other, their supervisor; the map is for those with more. */
  #peer: ProcessCell | undefined
  #links: Map<number, ProcessCell> | undefined
  #watchers: Set<number> | undefined
  #watching: Set<number> | undefined
  readonly server: Server
  readonly #host: Host
  readonly #mailbox: Mailbox<unknown>
  #take: (() => unknown) | undefined
  #trap: boolean
  #status: Status = 'starting'
  #paused = false
  #queued = false
  #stop: ExitReason | undefined
  #listeners: Listeners<ExitReason> | undefined
  #started: ((result: StartResult) => void) | undefined

  constructor(host: Host, ref: Ref, server: Server, options: SpawnOptions) {
    this.#host = host
    this.ref = ref
    this.server = server
    this.parent = options.parent
    this.#trap = options.trapExits ?? false
    const { limit = Number.POSITIVE_INFINITY, overflow = 'refuse' } = options.mailbox ?? {}
    this.#mailbox = new Mailbox<unknown>(limit, overflow, isBoxed)
  }

  get dead(): boolean {
    return this.#status === 'dead'
  }

  /** A link to `peer`, on this side only. */
  link(peer: ProcessCell): void {
    if (this.#links) this.#links.set(peer.ref.id, peer)
    else if (this.#peer === undefined || this.#peer === peer) this.#peer = peer
    else {
      const first = this.#peer
      this.#peer = undefined
      this.#links = new Map([[first.ref.id, first] as const, [peer.ref.id, peer] as const])
    }
  }

  unlink(id: number): void {
    if (this.#peer?.ref.id === id) this.#peer = undefined
    else this.#links?.delete(id)
  }

  /** Takes all links of this side away, and returns their other sides. */
  takeLinks(): readonly ProcessCell[] {
    const linked = this.#links ? [...this.#links.values()] : this.#peer ? [this.#peer] : []
    this.#links = this.#peer = undefined
    return linked
  }

  // Most processes have no monitors, so the sets are made when they are first looked at.
  get monitored(): boolean {
    return this.#watchers !== undefined || this.#watching !== undefined
  }

  /** Monitors that watch this process. */
  get watchers(): Set<number> {
    this.#watchers ??= new Set()
    return this.#watchers
  }

  /** Monitors by which it watches others. */
  get watching(): Set<number> {
    this.#watching ??= new Set()
    return this.#watching
  }

  get limit(): number {
    return this.#mailbox.limit
  }

  info(): ProcessInfo {
    const status = this.#paused && this.#status === 'waiting' ? 'paused' : this.#status === 'dead' ? 'stopping' : this.#status
    return { ref: this.ref, parent: this.parent, status, mailbox: this.#mailbox.size }
  }

  /** Runs init and tells the starter. */
  boot(done: (result: StartResult) => void, timeout?: number): void {
    this.#started = done
    if (!this.server.init) return this.#booted({ init: 'ok' })
    const deadline = this.#host.deadlines.add(timeout ?? Number.POSITIVE_INFINITY, () => this.#refuseStart({ type: 'timeout' }))
    this.#await(
      () => this.server.init!(this),
      (result) => {
        deadline.cancel()
        this.#booted(result)
      },
      (thrown) => {
        deadline.cancel()
        this.#refuseStart(crashed(thrown))
      },
    )
  }

  /** Adds a message as a signal. */
  post(message: Message, from?: Ref): void {
    this.postSignal({ signal: 'message', from, message })
  }

  /** Adds an entry for `Server.receive`, within the bound of the mailbox. */
  postRaw(entry: unknown, dropped: (oldest: unknown) => void = nothing): Pushed {
    if (this.#status === 'dead') return 'refused'
    const pushed = this.#mailbox.push(entry, dropped)
    if (!this.#queued) this.#wake()
    return pushed
  }

  postSignal(signal: Entry): void {
    if (this.#status === 'dead') return
    this.#mailbox.pushSignal(new Boxed(signal))
    this.#wake()
  }

  postCall(call: Signal & { readonly signal: 'call' }): void {
    this.postSignal(call)
  }

  requestStop(reason: ExitReason): void {
    this.postSignal({ signal: 'stop', reason })
  }

  /** An exit signal as OTP's table has it (otp-semantics L2); `killed` by a link is an ordinary reason. */
  signalExit(reason: ExitReason, from: Ref | undefined): void {
    if (this.#status === 'dead') return
    if (this.#trap) this.postSignal({ signal: 'exit', from: from ?? this.ref, reason })
    else if (reason.type !== 'normal' || from?.id === this.ref.id) this.die(reason)
  }

  stop(reason: ExitReason): void {
    if (this.#stop || this.#status === 'dead' || this.#status === 'stopping') return
    this.#stop = reason
    // Outside of a handler nobody looks at the wish, so it goes through the mailbox's urgent lane.
    if (this.#status === 'waiting') {
      this.#mailbox.pushUrgent(new Boxed({ signal: 'stop', reason }))
      this.#wake()
    }
  }

  trapExits(trap: boolean): void {
    this.#trap = trap
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  /** Calls `listener` with the exit reason, after links and monitors were told. Returns how to forget it. */
  listen(listener: (reason: ExitReason) => void): () => void {
    this.#listeners ??= new Listeners()
    return this.#listeners.add(listener)
  }

  flushDown(monitor: number): void {
    this.#mailbox.remove((entry) => entry instanceof Boxed && entry.entry.signal === 'down' && entry.entry.monitor.id === monitor)
  }

  /** Ends the process now, without `terminate` (P7). */
  die(reason: ExitReason): void {
    if (this.#status === 'dead') return
    this.#status = 'dead'
    this.#mailbox.remove(() => true)
    const started = this.#started
    this.#started = undefined
    this.#host.buried(this, reason)
    started?.({ started: 'error', reason })
    this.server.ended?.(reason)
    this.#listeners?.tell(reason)
  }

  run(share: number): boolean {
    // It stays marked as queued while it runs: whatever it posts to itself must not queue it a second time (D3).
    this.#queued = true
    for (let handled = 1; handled <= share; handled++) {
      const entry = this.#status !== 'waiting' || this.#paused ? undefined : this.#mailbox.shift()
      if (entry === undefined) {
        this.#queued = false
        return false
      }
      if (entry instanceof Boxed) this.#handle(entry.entry)
      else this.#receive(entry)
      if ((handled & 15) === 0 && this.#host.dispatcher.spent) break
    }
    this.#queued = this.#status === 'waiting' && !this.#paused && this.#mailbox.size > 0
    return this.#queued
  }

  #receive(entry: unknown): void {
    let pending: void | Promise<void>
    try {
      this.#take ??= () => this.#next()
      pending = this.server.receive!(entry, this.#take)
    } catch (thrown) {
      return this.#crash(thrown)
    }
    if (pending !== undefined) this.#busy(pending)
    else if (this.#stop) this.#terminate(this.#stop)
  }

  #handle(entry: Entry): void {
    if (entry.signal === 'stop') return this.#terminate(entry.reason)
    // OTP: a process that traps exits still ends with its parent (G21), through terminate.
    if (entry.signal === 'exit' && this.parent && entry.from.id === this.parent.id) return this.#terminate(entry.reason)
    let pending: void | Promise<void>
    try {
      pending = this.server.handle(entry)
    } catch (thrown) {
      return this.#crash(thrown)
    }
    if (pending !== undefined) this.#busy(pending)
    else if (this.#stop) this.#terminate(this.#stop)
  }

  #busy(pending: Promise<void>): void {
    this.#status = 'busy'
    pending.then(
      () => this.#idle(),
      (thrown) => {
        if (this.#status === 'busy') this.#crash(thrown)
      },
    )
  }

  #idle(): void {
    if (this.#status !== 'busy') return
    if (this.#stop) return this.#terminate(this.#stop)
    this.#status = 'waiting'
    this.#wake()
  }

  #next(): unknown {
    if (this.#mailbox.peek() instanceof Boxed) return undefined
    return this.#mailbox.shift()
  }

  #wake(): void {
    if (this.#queued || this.#paused || this.#status !== 'waiting' || this.#mailbox.size === 0) return
    this.#queued = true
    this.#host.dispatcher.schedule(this)
  }

  #booted(result: InitResult): void {
    if (this.#status !== 'starting') return
    if (result.init === 'error') return this.#refuseStart(result.reason)
    const started = this.#started
    if (result.init === 'ignore') {
      this.#started = undefined
      this.#leaveParent()
      this.die({ type: 'normal' })
      return started?.({ started: 'ignore' })
    }
    this.#started = undefined
    this.#status = 'waiting'
    started?.(result.info === undefined ? { started: 'ok', ref: this.ref } : { started: 'ok', ref: this.ref, info: result.info })
    if (this.#stop && !this.dead) this.#terminate(this.#stop)
    else this.#wake()
  }

  /** The starter learns of it from its answer, so no exit signal may follow (ST7); the name is free before that (G17). */
  #refuseStart(reason: ExitReason): void {
    if (this.#status !== 'starting') return
    this.#leaveParent()
    this.die(reason)
  }

  #leaveParent(): void {
    if (!this.parent) return
    const parent = this.#links?.get(this.parent.id) ?? this.#peer
    if (parent?.ref.id !== this.parent.id) return
    parent.unlink(this.ref.id)
    this.unlink(this.parent.id)
  }

  #crash(thrown: unknown): void {
    this.#terminate(crashed(thrown))
  }

  #terminate(reason: ExitReason): void {
    // Killed from within its own handler: that end stands, and no callback runs after it (P7).
    if (this.#status === 'dead') return
    this.#status = 'stopping'
    if (!this.server.terminate) return this.die(reason)
    this.#await(
      () => this.server.terminate!(reason),
      (other) => this.die(other ?? reason),
      (thrown) => this.die(crashed(thrown)),
    )
  }

  /** Runs a callback that may answer now or later. */
  #await<T>(call: () => T | Promise<T>, done: (value: T) => void, failed: (thrown: unknown) => void): void {
    let value: T | Promise<T>
    try {
      value = call()
    } catch (thrown) {
      return failed(thrown)
    }
    if (value instanceof Promise) value.then(done, failed)
    else done(value)
  }
}
