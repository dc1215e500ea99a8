/**
 * Owns: the shell of every supervisor: a server that boots its children, feeds exits and retries to its strategy, performs the
 * decisions, answers management calls, and stops everything at its end.
 * Does not own: the deciding (strategies), calls (management), the processes of children (child-runner).
 * Invariants: S19 children start strictly one after the other in order and stop in the reverse order (ST1, SH5); children without
 * ids stop all at once (SH6). S20 it is deaf while it starts or stops children; retries wait at the end of its mailbox (RF1). S21 a
 * supervisor over its intensity exits with `gave_up`, which is abnormal, so that a transient parent spec restarts it.
 */

import {
  type Address,
  crashed,
  describe,
  describeExit,
  type ExitReason,
  type InitResult,
  type Json,
  type Message,
  type ProcessSelf,
  type Ref,
  type Scheduled,
  type Server,
  type Signal,
  type StartResult,
  shutdown,
} from '#runtime'
import { ChildRunner } from './child-runner.ts'
import type { FullChildSpec, StartFunction, SupervisionContext } from './child-spec.ts'
import { type Child, type ChildKey, Children } from './children.ts'
import { dynamic, simpleOneForOne } from './dynamic.ts'
import { backoffDelay } from './intensity.ts'
import { keepStarted, type Managed, manage } from './management.ts'
import { oneForAll } from './one-for-all.ts'
import { oneForOne } from './one-for-one.ts'
import { restForOne } from './rest-for-one.ts'
import { RestartHistory } from './restart-history.ts'
import type { ReportContext, Strategy, StrategyState, SupervisorDecision, SupervisorEvent } from './strategy.ts'
import { type FullSupervisorSpec, fullSupervisorSpec, type StrategyName, type SupervisorSpec } from './supervisor-spec.ts'

/** A spec, or a function that makes one at every start; it may decline with `ignore`. */
export type SupervisorInit = SupervisorSpec | (() => SupervisorSpec | 'ignore' | Promise<SupervisorSpec | 'ignore'>)

const strategies: { readonly [S in StrategyName]: Strategy } = {
  one_for_one: oneForOne,
  one_for_all: oneForAll,
  rest_for_one: restForOne,
  dynamic,
  simple_one_for_one: simpleOneForOne,
}

/** The message by which a supervisor reminds itself of a child that is restarting. */
class TryAgain implements Message {
  readonly type = 'supervisor.try_again'
  readonly key: ChildKey
  constructor(key: ChildKey) {
    this.key = key
  }
}

type Performers = {
  readonly [D in SupervisorDecision['decision']]: (decision: Extract<SupervisorDecision, { decision: D }>) => void | Promise<void>
}
type SignalHandlers = {
  readonly [S in Signal['signal']]: (signal: Extract<Signal, { signal: S }>) => void | Promise<void>
}

/** How many restarts the exit reason `gave_up` tells of. */
const toldRestarts = 10

export class Supervisor implements Server, Managed {
  readonly children = new Children()
  readonly history = new RestartHistory()
  readonly #context: SupervisionContext
  readonly #init: SupervisorInit
  readonly #retries = new Set<Scheduled>()
  #self!: ProcessSelf
  #spec!: FullSupervisorSpec
  #runner!: ChildRunner
  #window: readonly number[] = []
  /** Why the latest restart was due. */
  #cause: ExitReason = shutdown
  #nextKey = 1
  #ending = false

  constructor(context: SupervisionContext, init: SupervisorInit) {
    this.#context = context
    this.#init = init
  }

  get spec(): FullSupervisorSpec {
    return this.#spec
  }

  get strategy(): Strategy {
    return strategies[this.#spec.strategy]
  }

  get runner(): ChildRunner {
    return this.#runner
  }

  alive(ref: Ref): boolean {
    return this.#context.processes.alive(ref)
  }

  nextKey(): ChildKey {
    return this.#nextKey++
  }

  async init(self: ProcessSelf): Promise<InitResult> {
    self.trapExits(true)
    this.#self = self
    this.#runner = new ChildRunner(this.#context, self.ref, this.children, (child, reason) =>
      this.#report('shutdown_error', child.key, reason),
    )
    try {
      const given = typeof this.#init === 'function' ? await this.#init() : this.#init
      if (given === 'ignore') return { init: 'ignore' }
      this.#spec = fullSupervisorSpec(given)
    } catch (thrown) {
      return { init: 'error', reason: crashed(thrown) }
    }
    return this.#boot()
  }

  handle(signal: Signal): void | Promise<void> {
    return (this.#signals[signal.signal] as (signal: Signal) => void | Promise<void>)(signal)
  }

  async terminate(): Promise<void> {
    this.#ending = true
    for (const retry of this.#retries) retry.cancel()
    if (this.strategy.keepsSpecs) await this.#stopInOrder([...this.children].reverse())
    else await this.#runner.stopTogether([...this.children])
  }

  /** ST5: a child that fails stops those before it, youngest first; there is no retry in this phase. */
  async #boot(): Promise<InitResult> {
    for (const spec of this.#spec.children) {
      const result = await this.#runner.start(spec, spec.args)
      if (this.#gone()) break
      keepStarted(this, spec.id, spec, spec.args, result)
      if (result.started === 'ok' || result.started === 'ignore') continue
      const reason = startFailure(result)
      this.#report('start_error', spec.id, reason)
      await this.#stopInOrder([...this.children].reverse())
      return { init: 'error', reason: failedToStart(spec, reason) }
    }
    return { init: 'ok' }
  }

  readonly #signals: SignalHandlers = {
    exit: ({ from, reason }) => {
      const child = this.children.byRef(from)
      // X2: an old incarnation or a stranger.
      if (child?.state !== 'running') return
      return this.#feed({ event: 'exited', child, reason, now: this.#context.sources.clock.monotonic() })
    },
    down: () => undefined,
    call: ({ request, reply, fail }) => {
      const answered = (answer: unknown): void => {
        if (!this.#gone()) reply(answer)
      }
      try {
        const answer = manage(this, request, this.#self.ref)
        if (answer instanceof Promise) return answer.then(answered, fail)
        answered(answer)
      } catch (thrown) {
        fail(thrown)
      }
      return undefined
    },
    message: ({ message }) => {
      if (!(message instanceof TryAgain)) return this.#reportStray(message)
      const child = this.children.get(message.key)
      // RF5: terminate_child took the mark away, so there is nothing to try.
      if (child?.state !== 'restarting') return
      const reason = this.children.endOf(child.key) ?? shutdown
      return this.#feed({ event: 'retry', child, reason, now: this.#context.sources.clock.monotonic() })
    },
  }

  readonly #performers: Performers = {
    report: ({ context, child, reason }) => this.#report(context, child.key, reason),
    clear: ({ child }) => this.children.stopped(child.key),
    forget: ({ child }) => this.children.forget(child.key),
    count: ({ window, child, reason }) => {
      this.#window = window
      this.#cause = reason
      const at = this.#context.sources.clock.now()
      this.history.add({ child: this.strategy.keepsSpecs ? child.key : null, reason, at })
    },
    restart: async ({ stop, start }) => {
      await this.#stopInOrder(stop)
      if (this.strategy.keepsSpecs) for (const child of start) this.children.stopped(child.key)
      for (const child of start) {
        if (this.#gone()) return
        if (!(await this.#startAgain(child))) return
      }
    },
    mark_restarting: ({ child, reason }) => this.children.restarting(child.key, reason),
    retry: ({ child }) => this.#retryLater(child),
    give_up: ({ child, reason }) => {
      const metadata = { supervisor: this.#self.ref.label, child: String(child.key), reason: describeExit(reason) }
      this.#context.telemetry.emit('supervisor.gave_up', { restarts: this.#window.length }, metadata)
      const id = this.strategy.keepsSpecs ? child.key : null
      this.#finish({ type: 'gave_up', child: id, history: this.history.json(toldRestarts) })
    },
    shut_down: () => this.#finish(shutdown),
  }

  async #feed(event: SupervisorEvent): Promise<void> {
    const state: StrategyState = {
      children: this.children,
      window: this.#window,
      limit: this.#spec,
      autoShutdown: this.#spec.autoShutdown,
      backoff: this.#spec.backoff,
    }
    for (const decision of this.strategy.decide(state, event)) {
      if (this.#ending || this.#gone()) return
      await (this.#performers[decision.decision] as (d: SupervisorDecision) => void | Promise<void>)(decision)
    }
  }

  /** One start of a restart; false when it failed, because then the rest of the slice waits for the retry (RF4). */
  async #startAgain(child: Child): Promise<boolean> {
    const result = await this.#runner.start(child.spec, child.args)
    if (this.#gone()) return false
    if (result.started === 'ok') {
      this.children.started(child.key, result.ref)
      this.#runner.watch(result.ref)
      const metadata = { supervisor: this.#self.ref.label, child: String(child.key), reason: describeExit(this.#cause) }
      this.#context.telemetry.emit('supervisor.restarted', { restarts: this.#window.length }, metadata)
      return true
    }
    if (result.started === 'ignore') {
      await this.#feed({ event: 'declined', child })
      return true
    }
    await this.#feed({ event: 'start_failed', child, reason: startFailure(result) })
    return false
  }

  #retryLater(child: Child): void {
    const again = new TryAgain(child.key)
    const { backoff } = this.#spec
    if (!backoff) return this.#self.post(again)
    const { clock, random } = this.#context.sources
    const retry = clock.schedule(backoffDelay(backoff, this.#window.length, random.next()), () => {
      this.#retries.delete(retry)
      this.#self.post(again)
    })
    this.#retries.add(retry)
  }

  /** One after the other; temporary children are forgotten, because their spec ends with them (SG2). */
  async #stopInOrder(children: readonly Child[]): Promise<void> {
    for (const child of children) {
      if (this.#gone()) return
      await this.#runner.stop(child, false)
      if (child.spec.restart === 'temporary') this.children.forget(child.key)
      else this.children.stopped(child.key)
    }
  }

  #finish(reason: ExitReason): void {
    this.#ending = true
    this.#self.stop(reason)
  }

  /** True after a kill: what was under way must have no effect any more. */
  #gone(): boolean {
    return !this.#context.processes.alive(this.#self.ref)
  }

  #report(context: ReportContext, child: ChildKey, reason: ExitReason): void {
    const metadata = { supervisor: this.#self.ref.label, child: String(child), context, reason: describeExit(reason) }
    this.#context.telemetry.emit('supervisor.report', {}, metadata)
  }

  #reportStray(message: Message): void {
    const metadata = { supervisor: this.#self.ref.label, child: '', context: 'unexpected_message', reason: describe(message) }
    this.#context.telemetry.emit('supervisor.report', {}, metadata)
  }
}

const startFailures: {
  readonly [S in 'error' | 'already_started']: (result: Extract<StartResult, { started: S }>) => ExitReason
} = {
  error: ({ reason }) => reason,
  already_started: ({ ref }) => ({ type: 'stopped', reason: { already_started: ref.label } }),
}

function startFailure(result: Extract<StartResult, { started: 'error' | 'already_started' }>): ExitReason {
  return (startFailures[result.started] as (r: StartResult) => ExitReason)(result)
}

function failedToStart(spec: FullChildSpec, reason: ExitReason): ExitReason {
  return { type: 'shutdown', detail: { failed_to_start_child: [spec.id, reason as unknown as Json] } }
}

/**
 * The start function of a supervisor, for child specs of type `supervisor`.
 *
 * @example
 * const sub: ChildSpec = { id: 'sub', type: 'supervisor', start: startSupervisor({ strategy: 'one_for_all', children: [] }) }
 */
export function startSupervisor(
  init: SupervisorInit,
  options: { readonly address?: Address; readonly name?: string } = {},
): StartFunction {
  return (starter) => starter.spawn(new Supervisor(starter, init), options)
}
