/**
 * Owns: all processes of this runtime: starts, names, links, monitors, calls, the door `Processes`.
 * Does not own: one process's life (process-cell), restarts (supervisors).
 * Invariants: P1, P2, P3 of process.ts. P4 a name has one living holder. P5 an answer after the deadline of its call reaches nobody.
 */

import { type Address, formatAddress } from './address.ts'
import { AddressMap } from './address-map.ts'
import { Deadlines } from './deadlines.ts'
import { Dispatcher, type DispatcherOptions } from './dispatcher.ts'
import type { Message } from './envelope.ts'
import { describeExit, type ExitReason, killed, noproc, normal } from './exit.ts'
import type { Json } from './json.ts'
import { kernelErrors } from './kernel-errors.ts'
import type { MonitorRef, Processes, ProcessInfo, Ref, Server, SpawnOptions, StartResult } from './process.ts'
import { type Host, ProcessCell } from './process-cell.ts'
import type { Sources } from './sources.ts'

/** Time-out of a call without its own, milliseconds (OTP's). */
export const defaultCallTimeout = 5000

/**
 * An empty table of processes.
 *
 * @example
 * const processes = createProcesses({ sources: realSources() })
 * const started = await processes.spawn({ handle: (signal) => { if (signal.signal === 'call') signal.reply('pong') } })
 * if (started.started === 'ok') console.log(await processes.call(started.ref, 'ping'))
 */
export function createProcesses(options: {
  readonly sources: Sources
  readonly dispatcher?: Dispatcher | DispatcherOptions
}): ProcessTable {
  return new ProcessTable(options.sources, options.dispatcher)
}

interface Monitor {
  readonly ref: MonitorRef
  readonly watcher: ProcessCell
  readonly target: ProcessCell | undefined
}

/** Its label is made when somebody looks at it, because there are many more processes than reports. */
class ProcessRef implements Ref {
  readonly id: number
  readonly address: Address | undefined
  readonly #name: string | undefined

  constructor(id: number, address: Address | undefined, name: string | undefined) {
    this.id = id
    this.address = address
    this.#name = name
  }

  get label(): string {
    return `${this.address ? formatAddress(this.address) : (this.#name ?? 'process')}#${this.id}`
  }
}

export class ProcessTable implements Processes, Host {
  readonly sources: Sources
  readonly dispatcher: Dispatcher
  readonly deadlines: Deadlines
  readonly #cells = new Map<number, ProcessCell>()
  readonly #names = new AddressMap<ProcessCell>()
  readonly #monitors = new Map<number, Monitor>()
  #nextProcess = 1
  #nextMonitor = 1

  constructor(sources: Sources, dispatcher?: Dispatcher | DispatcherOptions) {
    this.sources = sources
    this.dispatcher = dispatcher instanceof Dispatcher ? dispatcher : new Dispatcher(sources.clock, dispatcher)
    this.deadlines = new Deadlines(sources.clock)
  }

  spawn(server: Server, options: SpawnOptions = {}): Promise<StartResult> {
    return new Promise((resolve) => this.start(server, options, resolve))
  }

  /** `spawn` without a promise: for starts that must not wait for the event loop. Returns the cell, or undefined when the name is taken. */
  start(server: Server, options: SpawnOptions, done: (result: StartResult) => void): ProcessCell | undefined {
    const holder = options.address && this.#names.get(options.address)
    if (holder) {
      done({ started: 'already_started', ref: holder.ref })
      return undefined
    }
    const id = this.#nextProcess++
    const ref = new ProcessRef(id, options.address, options.name)
    const parent = options.parent && this.#cells.get(options.parent.id)
    const cell = new ProcessCell(this, ref, server, options)
    this.#cells.set(id, cell)
    if (options.address) this.#names.set(options.address, cell)
    if (parent && options.link !== false) joinCells(parent, cell)
    cell.boot(done, options.startTimeout)
    // A parent that died before it could be linked must not leave an orphan behind.
    if (options.parent && !parent && options.link !== false) cell.signalExit(noproc, options.parent)
    return cell
  }

  exit(target: Ref, reason: ExitReason, from?: Ref): void {
    const cell = this.#cells.get(target.id)
    if (!cell) return
    if (reason.type === 'killed') cell.die(killed)
    else cell.signalExit(reason, from)
  }

  stop(target: Ref, reason: ExitReason = normal, timeout = Number.POSITIVE_INFINITY): Promise<ExitReason> {
    if (Number.isNaN(timeout) || timeout < 0)
      return Promise.reject(kernelErrors.make('deadline.invalid', { got: String(timeout) }))
    const cell = this.#cells.get(target.id)
    if (!cell) return Promise.resolve(noproc)
    return new Promise((resolve, reject) => {
      const deadline = this.deadlines.add(timeout, () => {
        forget()
        reject(kernelErrors.make('ask.deadline', { address: target.label, type: 'stop', milliseconds: timeout }))
      })
      const forget = cell.listen((end) => {
        deadline.cancel()
        resolve(end)
      })
      cell.requestStop(reason)
    })
  }

  alive(target: Ref): boolean {
    return this.#cells.has(target.id)
  }

  whereis(address: Address): Ref | undefined {
    return this.#names.get(address)?.ref
  }

  /** The living cell of a ref or name, for the parts of the runtime that are on a fast path. */
  cell(target: Ref | Address): ProcessCell | undefined {
    return 'id' in target ? this.#cells.get(target.id) : this.#names.get(target)
  }

  send(target: Ref | Address, message: Message, from?: Ref): void {
    this.cell(target)?.post(message, from)
  }

  call(
    target: Ref | Address,
    request: unknown,
    options: { readonly timeout?: number; readonly from?: Ref } = {},
  ): Promise<unknown> {
    const timeout = options.timeout ?? defaultCallTimeout
    const label = 'id' in target ? target.label : formatAddress(target)
    const type = requestType(request)
    if (Number.isNaN(timeout) || timeout < 0)
      return Promise.reject(kernelErrors.make('deadline.invalid', { got: String(timeout) }))
    const cell = this.cell(target)
    if (!cell) return Promise.reject(kernelErrors.make('actor.not_found', { address: label }))
    if (options.from && options.from.id === cell.ref.id)
      return Promise.reject(kernelErrors.make('ask.itself', { address: label }))
    return new Promise((resolve, reject) => {
      let open = true
      const close = (): boolean => {
        if (!open) return false
        open = false
        deadline.cancel()
        forget()
        return true
      }
      const deadline = this.deadlines.add(timeout, () => {
        if (close()) reject(kernelErrors.make('ask.deadline', { address: label, type, milliseconds: timeout }))
      })
      const forget = cell.listen((reason) => {
        if (close()) reject(stoppedError(label, reason))
      })
      cell.postCall({
        signal: 'call',
        from: options.from,
        request,
        // P5: after the deadline `close` is false and the answer is dropped.
        reply: (value) => void (close() && resolve(value)),
        fail: (error) => void (close() && reject(error)),
      })
    })
  }

  link(a: Ref, b: Ref): void {
    const first = this.#cells.get(a.id)
    const second = this.#cells.get(b.id)
    if (first && second) joinCells(first, second)
    else if (first) first.signalExit(noproc, b)
    else if (second) second.signalExit(noproc, a)
  }

  unlink(a: Ref, b: Ref): void {
    this.#cells.get(a.id)?.unlink(b.id)
    this.#cells.get(b.id)?.unlink(a.id)
  }

  monitor(watcher: Ref, target: Ref | Address): MonitorRef {
    const ref: MonitorRef = { id: this.#nextMonitor++, target }
    const cell = this.cell(target)
    const observer = this.#cells.get(watcher.id)
    if (!observer) return ref
    if (!cell) {
      observer.postSignal(down(ref, noproc, undefined))
      return ref
    }
    this.#monitors.set(ref.id, { ref, watcher: observer, target: cell })
    cell.watchers.add(ref.id)
    observer.watching.add(ref.id)
    return ref
  }

  demonitor(monitor: MonitorRef, flush = false): boolean {
    const found = this.#monitors.get(monitor.id)
    if (found) {
      this.#monitors.delete(monitor.id)
      found.target?.watchers.delete(monitor.id)
      found.watcher.watching.delete(monitor.id)
      return true
    }
    if (flush) for (const cell of this.#cells.values()) cell.flushDown(monitor.id)
    return false
  }

  onExit(target: Ref, listener: (reason: ExitReason) => void): () => void {
    const cell = this.#cells.get(target.id)
    if (cell) return cell.listen(listener)
    listener(noproc)
    return () => undefined
  }

  pause(target: Ref): void {
    this.#cells.get(target.id)?.pause()
  }

  resume(target: Ref): void {
    this.#cells.get(target.id)?.resume()
  }

  /** What one process is doing; undefined when it is dead. */
  info(target: Ref): ProcessInfo | undefined {
    return this.#cells.get(target.id)?.info()
  }

  list(): readonly ProcessInfo[] {
    return [...this.#cells.values()].map((cell) => cell.info())
  }

  /** Called by a cell that died: frees its name first (P3), then tells links, monitors and listeners. */
  buried(cell: ProcessCell, reason: ExitReason): void {
    this.#cells.delete(cell.ref.id)
    const { address } = cell.ref
    if (address && this.#names.get(address) === cell) this.#names.delete(address)
    for (const peer of cell.takeLinks()) {
      peer.unlink(cell.ref.id)
      peer.signalExit(reason, cell.ref)
    }
    if (!cell.monitored) return
    for (const id of cell.watchers) {
      const monitor = this.#monitors.get(id)
      if (!monitor) continue
      this.#monitors.delete(id)
      monitor.watcher.watching.delete(id)
      monitor.watcher.postSignal(down(monitor.ref, reason, cell.ref))
    }
    for (const id of cell.watching) {
      this.#monitors.get(id)?.target?.watchers.delete(id)
      this.#monitors.delete(id)
    }
  }
}

function joinCells(a: ProcessCell, b: ProcessCell): void {
  if (a === b) return
  a.link(b)
  b.link(a)
}

function down(monitor: MonitorRef, reason: ExitReason, ref: Ref | undefined) {
  const address = 'id' in monitor.target ? monitor.target.address : monitor.target
  return { signal: 'down', monitor, ref: ref ?? ('id' in monitor.target ? monitor.target : undefined), address, reason } as const
}

function requestType(request: unknown): string {
  const type = request !== null && typeof request === 'object' && 'type' in request ? request.type : request
  return typeof type === 'string' ? type : 'call'
}

/** The failure of a call whose target ended: `fields.exit` holds the exit reason as data. */
export function stoppedError(address: string, reason: ExitReason): Error {
  return kernelErrors.make('actor.stopped', { address, reason: describeExit(reason), exit: reason as unknown as Json })
}
