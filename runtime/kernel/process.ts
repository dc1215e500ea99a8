/**
 * Owns: the contract of processes: refs, servers, exit signals, links, monitors, starts. OTP's process model as interfaces.
 * Does not own: the table that implements it (process-table), actors and their turns (cell), who restarts what (supervisors).
 * Invariants: P1 a dead process never runs again; a new life has a new ref. P2 signals from A to B keep their order. P3 a Down or
 * Exit is sent only after the names of the dead process are free (otp-semantics M-4).
 */

import type { Address } from './address.ts'
import type { Message } from './envelope.ts'
import type { ExitReason } from './exit.ts'
import type { Json } from './json.ts'

/** One life of a process: OTP's pid. Two refs are the same life when their `id` is equal. */
export interface Ref {
  /** Unique within this runtime; grows with every start. */
  readonly id: number
  /** The address that it is registered under, if any. */
  readonly address: Address | undefined
  /** A text for people: the address and the life, such as `counter/c1#42`. */
  readonly label: string
}

export interface MonitorRef {
  readonly id: number
  readonly target: Ref | Address
}

/** What a server finds in its mailbox besides messages. `exit` only when it traps exits. */
export type Signal =
  | { readonly signal: 'exit'; readonly from: Ref; readonly reason: ExitReason }
  | {
      readonly signal: 'down'
      readonly monitor: MonitorRef
      readonly ref: Ref | undefined
      readonly address: Address | undefined
      readonly reason: ExitReason
    }
  /** A request that waits for an answer: call `reply` once, now or later. */
  | {
      readonly signal: 'call'
      readonly from: Ref | undefined
      readonly request: unknown
      reply(value: unknown): void
      fail(error: unknown): void
    }
  | { readonly signal: 'message'; readonly from: Ref | undefined; readonly message: Message }

export type InitResult =
  | { readonly init: 'ok'; readonly info?: unknown }
  | { readonly init: 'ignore' }
  | { readonly init: 'error'; readonly reason: ExitReason }

export type StartResult =
  | { readonly started: 'ok'; readonly ref: Ref; readonly info?: unknown }
  | { readonly started: 'ignore' }
  | { readonly started: 'error'; readonly reason: ExitReason }
  | { readonly started: 'already_started'; readonly ref: Ref }

/** What runs in a process. It handles one thing at a time: while a promise of it is pending, its mailbox waits (OTP: the process is busy). */
export interface Server {
  /** Runs before the starter gets its answer. A throw is a failed start. Absent = ok. */
  init?(self: ProcessSelf): InitResult | Promise<InitResult>
  /** One signal. A throw (or rejection) is a crash. */
  handle(signal: Signal): void | Promise<void>
  /**
   * Runs at an orderly end: a stop of its own, a crash, the exit of its parent while it traps exits, an exit that its handler answers with
   * `stop`. Not at a kill, and not when a process that does not trap exits is ended by a signal. May return another exit reason.
   */
  terminate?(reason: ExitReason): void | ExitReason | Promise<void | ExitReason>
  /** Called once when the process is dead, whatever its end, after its links and monitors were told. Must not throw. */
  ended?(reason: ExitReason): void
  /**
   * The fast lane of actors: entries that were posted as they are, without a signal around them. A throw is a crash. `take` gives the next
   * such entry, or undefined at a signal or at the end, so that a server may take several in one go.
   */
  receive?(entry: unknown, take: () => unknown): void | Promise<void>
}

/** What a server knows about itself. */
export interface ProcessSelf {
  readonly ref: Ref
  readonly parent: Ref | undefined
  /** Ends this process after the current signal, through `terminate`. */
  stop(reason: ExitReason): void
  /** Puts a message at the end of its own mailbox. */
  post(message: Message): void
  trapExits(trap: boolean): void
}

export interface SpawnOptions {
  readonly address?: Address
  /** Who starts it. It is linked to the new process (unless `link` is false) and its exit always reaches a trapping server through `terminate`. */
  readonly parent?: Ref
  readonly link?: boolean
  readonly trapExits?: boolean
  /** Milliseconds that init may take; then the start fails with `timeout`. Default: no limit. */
  readonly startTimeout?: number
  /** A label for refs without an address. */
  readonly name?: string
  /** Bound of posted entries and the answer when it is reached; default: no bound. */
  readonly mailbox?: { readonly limit: number; readonly overflow: 'refuse' | 'drop-oldest' | 'drop-new' }
}

/** Everything that supervision needs from the runtime. */
export interface Processes {
  /** Starts a process; resolves when its init has returned. Never rejects. */
  spawn(server: Server, options?: SpawnOptions): Promise<StartResult>
  /** Sends the exit signal `reason` (OTP's exit/2). `killed` cannot be trapped. */
  exit(target: Ref, reason: ExitReason, from?: Ref): void
  /** Ends `target` in good order, through its `terminate`, whether it traps or not (OTP's stop/3); resolves with its exit reason, `noproc` if it is gone. */
  stop(target: Ref, reason?: ExitReason, timeout?: number): Promise<ExitReason>
  alive(target: Ref): boolean
  whereis(address: Address): Ref | undefined
  send(target: Ref | Address, message: Message, from?: Ref): void
  /** Request and answer. @param timeout milliseconds, Infinity for none. Rejects with `ask.deadline`, `actor.not_found`, `actor.stopped`, `ask.itself`. */
  call(target: Ref | Address, request: unknown, options?: { readonly timeout?: number; readonly from?: Ref }): Promise<unknown>
  link(a: Ref, b: Ref): void
  unlink(a: Ref, b: Ref): void
  /** `watcher` gets a `down` signal when the target ends; at once, with `noproc`, when there is none. */
  monitor(watcher: Ref, target: Ref | Address): MonitorRef
  /** Takes the monitor back; a Down that is already queued is removed with `flush`. Returns whether the monitor still stood. */
  demonitor(monitor: MonitorRef, flush?: boolean): boolean
  /** Calls `listener` once when the target is dead (after its links and monitors were told); at once with `noproc` when it is already. Returns how to stop listening. */
  onExit(target: Ref, listener: (reason: ExitReason) => void): () => void
  /** Holds the dispatch of a process (its mailbox keeps filling), for tests and debugging. */
  pause(target: Ref): void
  resume(target: Ref): void
  /** All living processes, oldest first. */
  list(): readonly ProcessInfo[]
}

export interface ProcessInfo {
  readonly ref: Ref
  readonly parent: Ref | undefined
  readonly status: 'starting' | 'waiting' | 'busy' | 'paused' | 'stopping'
  readonly mailbox: number
  readonly data?: Json
}
