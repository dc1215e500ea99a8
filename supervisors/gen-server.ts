/**
 * Owns: request and reply servers from plain callbacks, as gen_server has them: calls with deferred answers, casts, continue,
 * inactivity timeout, stop with reply, crash reports.
 * Does not own: the making of calls and the table of processes (kernel), several requests at once (requests).
 * Invariants: GS1 a continue runs before anything else in the mailbox (G13). GS2 any next message cancels an inactivity timeout, a
 * status query does not (G14). GS3 `terminate` sees the state from before a callback that failed (G19); the answer of a stop with
 * reply is sent after it, also if it fails (G7).
 */

import {
  crashed,
  describe,
  describeExit,
  type ExitReason,
  errorData,
  type InitResult,
  isClean,
  type Message,
  type Processes,
  type ProcessSelf,
  type Ref,
  type Scheduled,
  type Server,
  type Signal,
} from '#runtime'
import type { SupervisionContext } from './child-spec.ts'
import { supervisionErrors } from './supervision-errors.ts'

/** Who waits for an answer: keep it and answer later. An answer to somebody who is gone is dropped. */
export interface From {
  readonly client: Ref | undefined
  reply(value: unknown): void
}

/** What comes after a callback: at once `continue`, or `timeout` milliseconds without any message. */
export interface After {
  readonly continue?: unknown
  readonly timeout?: number
}

export type GenInit<S> =
  | { readonly init: 'ok'; readonly state: S; readonly after?: After; readonly info?: unknown }
  | { readonly init: 'ignore' }
  | { readonly init: 'stop'; readonly reason: ExitReason }

/** What a callback answers. Throwing one of these is the same as returning it (G11). */
export type GenResult<S> =
  | { readonly next: 'reply'; readonly reply: unknown; readonly state: S; readonly after?: After }
  | { readonly next: 'noreply'; readonly state: S; readonly after?: After }
  | { readonly next: 'stop'; readonly reason: ExitReason; readonly state: S; readonly reply?: unknown }

/** What `handleInfo` gets: signals of links and monitors, messages that are no casts, and `timeout`. */
export type Info = Exclude<Signal, { signal: 'call' }> | { readonly signal: 'timeout' }

type Soon<T> = T | Promise<T>

/** The callbacks. Only `init` must be there. */
export interface GenServer<S> {
  init(self: ProcessSelf): Soon<GenInit<S>>
  handleCall?(request: unknown, from: From, state: S): Soon<GenResult<S>>
  handleCast?(message: unknown, state: S): Soon<GenResult<S>>
  handleInfo?(info: Info, state: S): Soon<GenResult<S>>
  handleContinue?(term: unknown, state: S): Soon<GenResult<S>>
  terminate?(reason: ExitReason, state: S): Soon<void>
  /** What others may see of it in status answers and crash reports. */
  formatStatus?(status: ServerStatus): ServerStatus
}

/** A server as it is shown: in answers to `getStatus`, and in crash reports. */
export interface ServerStatus {
  readonly state: unknown
  readonly message: unknown
  readonly reason: ExitReason | undefined
  readonly client: Ref | undefined
}

export interface GenServerOptions {
  /** Gets the report of an abnormal end, besides telemetry. */
  readonly onCrash?: (report: ServerStatus) => void
}

class Cast implements Message {
  readonly type = 'server.cast'
  readonly message: unknown
  constructor(message: unknown) {
    this.message = message
  }
}

/** Wakes the server: its inactivity timeout is over, or a continue of its init is due. */
class Wake implements Message {
  readonly type = 'server.wake'
  readonly armed: number
  constructor(armed: number) {
    this.armed = armed
  }
}

class StatusQuery {
  readonly type = 'server.status'
}

const results: ReadonlySet<unknown> = new Set<GenResult<unknown>['next']>(['reply', 'noreply', 'stop'])
const isResult = <S>(value: unknown): value is GenResult<S> =>
  value !== null && typeof value === 'object' && 'next' in value && results.has(value.next)

/**
 * A server that runs `callbacks`.
 *
 * @example
 * const counter = genServer<number>(context, {
 *   init: () => ({ init: 'ok', state: 0 }),
 *   handleCall: (_request, _from, n) => ({ next: 'reply', reply: n, state: n }),
 *   handleCast: (by, n) => ({ next: 'noreply', state: n + Number(by) }),
 * })
 */
export function genServer<S>(
  context: Omit<SupervisionContext, 'processes'>,
  callbacks: GenServer<S>,
  options: GenServerOptions = {},
): Server {
  return new GenServerShell(context, callbacks, options)
}

/** Sends without waiting: always succeeds, promises nothing about delivery. */
export function cast(processes: Processes, target: Parameters<Processes['send']>[0], message: unknown, from?: Ref): void {
  processes.send(target, new Cast(message), from)
}

/** The state of a server as its `formatStatus` shows it. Does not count as a message. */
export async function getStatus(processes: Processes, target: Parameters<Processes['call']>[0]): Promise<ServerStatus> {
  return (await processes.call(target, new StatusQuery())) as ServerStatus
}

class GenServerShell<S> implements Server {
  readonly #context: Omit<SupervisionContext, 'processes'>
  readonly #callbacks: GenServer<S>
  readonly #options: GenServerOptions
  #self!: ProcessSelf
  #state!: S
  #continue: { readonly term: unknown } | undefined
  #armed = 0
  #timer: Scheduled | undefined
  /** The answer of a stop with reply, sent at the very end. */
  #lastReply: (() => void) | undefined
  #message: unknown
  #client: Ref | undefined

  constructor(context: Omit<SupervisionContext, 'processes'>, callbacks: GenServer<S>, options: GenServerOptions) {
    this.#context = context
    this.#callbacks = callbacks
    this.#options = options
  }

  async init(self: ProcessSelf): Promise<InitResult> {
    this.#self = self
    const result: GenInit<S> = await this.#callbacks.init(self)
    if (result?.init === 'ignore') return { init: 'ignore' }
    if (result?.init === 'stop') return { init: 'error', reason: result.reason }
    if (result?.init !== 'ok') throw badReturn('init', result)
    this.#state = result.state
    this.#after(result.after)
    // The starter hears of the start first; whatever wakes the server next, the continue goes before it.
    if (this.#continue) self.post(new Wake(-1))
    return result.info === undefined ? { init: 'ok' } : { init: 'ok', info: result.info }
  }

  async handle(signal: Signal): Promise<void> {
    if (!(await this.#continueAll())) return
    if (signal.signal === 'call' && signal.request instanceof StatusQuery) return signal.reply(this.#status(undefined))
    if (signal.signal === 'message' && signal.message instanceof Wake) {
      if (signal.message.armed !== this.#armed) return
      if (await this.#step('handleInfo', () => this.#info({ signal: 'timeout' }), 'timeout')) await this.#continueAll()
      return
    }
    this.#disarm()
    if (await this.#dispatch(signal)) await this.#continueAll()
  }

  async terminate(reason: ExitReason): Promise<void | ExitReason> {
    this.#timer?.cancel()
    let end = reason
    try {
      await this.#callbacks.terminate?.(reason, this.#state)
    } catch (thrown) {
      // G22: the crash of terminate is the reason that everybody hears.
      end = crashed(thrown)
    }
    this.#lastReply?.()
    if (!isClean(end)) this.#reportCrash(end)
    return end
  }

  #dispatch(signal: Signal): Promise<boolean> {
    if (signal.signal === 'call') {
      const { from: client, request, reply } = signal
      this.#client = client
      const from: From = { client, reply }
      const call = () => this.#required('handleCall', request)(request, from, this.#state)
      return this.#step('handleCall', call, request, from)
    }
    this.#client = signal.signal === 'message' ? signal.from : undefined
    if (signal.signal === 'message' && signal.message instanceof Cast) {
      const { message } = signal.message
      return this.#step('handleCast', () => this.#required('handleCast', message)(message, this.#state), message)
    }
    return this.#step('handleInfo', () => this.#info(signal), signal)
  }

  /** G12: an unexpected message is reported and dropped when nobody wants it. */
  #info(info: Info): Soon<GenResult<S>> {
    if (this.#callbacks.handleInfo) return this.#callbacks.handleInfo(info, this.#state)
    const metadata = { supervisor: this.#self.ref.label, child: '', context: 'unexpected_message', reason: info.signal }
    this.#context.telemetry.emit('supervisor.report', {}, metadata)
    return { next: 'noreply', state: this.#state }
  }

  #required<C extends 'handleCall' | 'handleCast' | 'handleContinue'>(from: C, got: unknown): NonNullable<GenServer<S>[C]> {
    const callback = this.#callbacks[from]
    if (!callback) throw supervisionErrors.make('server.no_callback', { from, got: describe(got) })
    return callback.bind(this.#callbacks) as NonNullable<GenServer<S>[C]>
  }

  /** Runs continues until there is none; false when one of them stops the server. */
  async #continueAll(): Promise<boolean> {
    while (this.#continue) {
      const { term } = this.#continue
      this.#continue = undefined
      if (!(await this.#step('handleContinue', () => this.#required('handleContinue', term)(term, this.#state), term)))
        return false
    }
    return true
  }

  /** One callback and what follows from its result; false when the server stops. A throw of anything but a result is a crash. */
  async #step(from: string, callback: () => Soon<GenResult<S>>, message: unknown, client?: From): Promise<boolean> {
    this.#message = message
    let result: GenResult<S>
    try {
      result = await callback()
    } catch (thrown) {
      if (!isResult<S>(thrown)) throw thrown
      result = thrown
    }
    if (!isResult<S>(result) || (result.next === 'reply' && !client)) throw badReturn(from, result)
    this.#state = result.state
    if (result.next === 'stop') {
      const { reply, reason } = result
      if (client && reply !== undefined) this.#lastReply = () => client.reply(reply)
      this.#self.stop(reason)
      return false
    }
    if (result.next === 'reply') client?.reply(result.reply)
    this.#after(result.after)
    return true
  }

  #after(after: After | undefined): void {
    if (!after) return
    if ('continue' in after) this.#continue = { term: after.continue }
    if (after.timeout === undefined) return
    const wake = new Wake(++this.#armed)
    this.#timer = this.#context.sources.clock.schedule(after.timeout, () => this.#self.post(wake))
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    // A wake that is already queued is for an arming that no longer counts.
    this.#armed++
  }

  #status(reason: ExitReason | undefined): ServerStatus {
    const status = { state: this.#state, message: this.#message, reason, client: this.#client }
    try {
      return this.#callbacks.formatStatus?.(status) ?? status
    } catch (thrown) {
      // G24: whatever it was to hide must not be shown because hiding failed.
      const hidden = `formatStatus failed: ${errorData(thrown).message}`
      return { state: hidden, message: hidden, reason, client: this.#client }
    }
  }

  #reportCrash(reason: ExitReason): void {
    const status = this.#status(reason)
    const shown = { address: this.#self.ref.label, reason: describeExit(status.reason ?? reason), type: describe(status.message) }
    this.#context.telemetry.emit('actor.crashed', {}, shown)
    this.#options.onCrash?.(status)
  }
}

function badReturn(from: string, got: unknown): Error {
  return supervisionErrors.make('server.bad_return', { from, got: describe(got) })
}
