/**
 * Owns: tasks: functions that run as supervised processes and whose value somebody waits for (Task.Supervisor).
 * Does not own: their supervisor, which is any dynamic one.
 * Invariants: TK1 a linked task ends with its owner and its crash reaches the owner; an unlinked one's crash is only told (T2, T3). TK2
 * after a wait that timed out, neither the value nor a Down comes any more (T4). TK3 a task runs only after its owner knows it, and
 * not at all when the owner dies before (T6).
 */

import {
  type Address,
  type Clock,
  describeExit,
  type ExitReason,
  type Json,
  killed,
  type Message,
  type MonitorRef,
  normal,
  type ProcessSelf,
  type Ref,
  type Server,
  type Signal,
  shutdown,
} from '#runtime'
import type { ChildSpec, Restart, Shutdown, SupervisionContext } from './child-spec.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { askSupervisor } from './supervisor-client.ts'

/** The work of a task. `signal` is aborted when the task ends before its work, because running code cannot be killed. */
export type TaskWork<T> = (signal: AbortSignal) => T | Promise<T>

export type TaskOutcome<T> =
  | { readonly outcome: 'value'; readonly value: T }
  | { readonly outcome: 'exit'; readonly reason: ExitReason }

/** What an owner gets that asked for messages: first this, then a Down with `normal`. */
export interface TaskMessage extends Message {
  readonly type: 'task.value'
  readonly task: Ref
  readonly value: unknown
}

/** A running task. Only its owner may wait for it. */
export interface Task<T> {
  readonly ref: Ref
  readonly owner: Ref | undefined
  readonly monitor: MonitorRef | undefined
  readonly settled: Settlement<T>
}

/** The outcome of a task, and who waits for it. */
export class Settlement<T> {
  #outcome: TaskOutcome<T> | undefined
  #waiting: ((outcome: TaskOutcome<T>) => void) | undefined
  #closed = false

  get closed(): boolean {
    return this.#closed
  }

  settle(outcome: TaskOutcome<T>): void {
    if (this.#outcome || this.#closed) return
    this.#outcome = outcome
    this.#waiting?.(outcome)
  }

  close(): void {
    this.#closed = true
    this.#outcome = undefined
  }

  /** The outcome, or undefined when `timeout` milliseconds pass without one. */
  wait(clock: Clock, timeout: number): Promise<TaskOutcome<T> | undefined> {
    if (this.#outcome) return Promise.resolve(this.#outcome)
    return new Promise((resolve) => {
      const expire = (): void => {
        this.#waiting = undefined
        resolve(undefined)
      }
      const timer = timeout === Number.POSITIVE_INFINITY ? undefined : clock.schedule(timeout, expire)
      this.#waiting = (outcome) => {
        timer?.cancel()
        resolve(outcome)
      }
    })
  }
}

export interface TaskOptions {
  /** Default 5000 milliseconds. */
  readonly shutdown?: Shutdown
  /** The value and the Down come into the owner's mailbox instead of being waited for. */
  readonly messages?: boolean
}

const go: Message = { type: 'task.go' }
/** How long a task waits for its owner to let it run, milliseconds. */
const patience = 5000

/**
 * Tasks under the dynamic supervisor at `target`.
 *
 * @example
 * const tasks = new Tasks(context, supervisor.target)
 * const task = await tasks.asyncNolink(owner, () => 6 * 7)
 * console.log(await tasks.await(task, owner))
 */
export class Tasks {
  readonly #context: SupervisionContext
  readonly #target: Ref | Address

  constructor(context: SupervisionContext, target: Ref | Address) {
    this.#context = context
    this.#target = target
  }

  /** A task linked to `owner`. Rejects with `child.limit` when its supervisor is full. */
  async<T>(owner: Ref, work: TaskWork<T>, options: TaskOptions = {}): Promise<Task<T>> {
    return this.#begin(owner, work, options, true)
  }

  /** A task whose crash does not touch `owner`, which may also be no process at all. */
  asyncNolink<T>(owner: Ref | undefined, work: TaskWork<T>, options: TaskOptions = {}): Promise<Task<T>> {
    return this.#begin(owner, work, options, false)
  }

  /** A task that nobody waits for; it may be restarted. Resolves with its first process. */
  async start(work: TaskWork<unknown>, options: { readonly restart?: Restart; readonly shutdown?: Shutdown } = {}): Promise<Ref> {
    const { restart = 'temporary', shutdown: policy = 5000 } = options
    const server = (): Server => new TaskServer(this.#context, work, undefined, () => undefined, true)
    const spec: ChildSpec = {
      id: 'task',
      restart,
      shutdown: policy,
      start: (starter) => starter.spawn(server(), { name: 'task' }),
    }
    const { ref } = await askSupervisor(this.#context.processes, this.#target, { ask: 'start_child', spec })
    return ref!
  }

  /**
   * The value of a task; afterwards it is closed.
   *
   * @param timeout milliseconds, default 5000
   * @throws `task.failed` with the exit reason, `task.timeout`, `task.not_owner`
   */
  async await<T>(task: Task<T>, asker: Ref | undefined, timeout = patience): Promise<T> {
    this.#checkOwner(task, asker)
    const outcome = await task.settled.wait(this.#context.sources.clock, timeout)
    this.#close(task)
    if (outcome?.outcome === 'value') return outcome.value
    if (!outcome) throw supervisionErrors.make('task.timeout', { task: task.ref.label, milliseconds: timeout })
    throw supervisionErrors.make('task.failed', {
      task: task.ref.label,
      text: describeExit(outcome.reason),
      reason: outcome.reason as unknown as Json,
    })
  }

  /** The outcome as data, or undefined when there is none within `timeout` milliseconds; then the task may be asked again. @throws `task.not_owner` */
  async yield<T>(task: Task<T>, asker: Ref | undefined, timeout = patience): Promise<TaskOutcome<T> | undefined> {
    this.#checkOwner(task, asker)
    const outcome = await task.settled.wait(this.#context.sources.clock, timeout)
    if (outcome) this.#close(task)
    return outcome
  }

  /** Ends a task, or takes the outcome that it already has. @throws `task.not_owner` */
  async shutdown<T>(task: Task<T>, asker: Ref | undefined, policy: Shutdown = 5000): Promise<TaskOutcome<T> | undefined> {
    this.#checkOwner(task, asker)
    const { processes, sources } = this.#context
    if (task.owner) processes.unlink(task.owner, task.ref)
    processes.exit(task.ref, policy === 'brutal_kill' ? killed : shutdown, task.owner)
    const impatient = (): void => processes.exit(task.ref, killed, task.owner)
    const timer = typeof policy === 'number' ? sources.clock.schedule(policy, impatient) : undefined
    const outcome = await task.settled.wait(sources.clock, Number.POSITIVE_INFINITY)
    timer?.cancel()
    this.#close(task)
    const asked = outcome?.outcome === 'exit' && (outcome.reason.type === 'shutdown' || outcome.reason.type === 'killed')
    return asked ? undefined : outcome
  }

  async #begin<T>(owner: Ref | undefined, work: TaskWork<T>, options: TaskOptions, linked: boolean): Promise<Task<T>> {
    const { processes } = this.#context
    const settled = new Settlement<T>()
    const deliver = (ref: Ref, value: T): void => {
      if (settled.closed) return
      settled.settle({ outcome: 'value', value })
      const message: TaskMessage = { type: 'task.value', task: ref, value }
      if (owner && options.messages) processes.send(owner, message, ref)
    }
    const server = new TaskServer(this.#context, work, owner, deliver as (ref: Ref, value: unknown) => void, false)
    const spec: ChildSpec = {
      id: 'task',
      restart: 'temporary',
      shutdown: options.shutdown ?? 5000,
      start: (starter) => starter.spawn(server, { name: 'task' }),
    }
    const { ref } = await askSupervisor(processes, this.#target, { ask: 'start_child', spec })
    const started = ref!
    if (owner && linked) processes.link(owner, started)
    const monitor = owner && options.messages ? processes.monitor(owner, started) : undefined
    processes.onExit(started, (reason) => settled.settle({ outcome: 'exit', reason }))
    processes.send(started, go, owner)
    return { ref: started, owner, monitor, settled }
  }

  #checkOwner<T>(task: Task<T>, asker: Ref | undefined): void {
    if (task.owner?.id !== asker?.id) throw supervisionErrors.make('task.not_owner', { task: task.ref.label })
  }

  #close<T>(task: Task<T>): void {
    task.settled.close()
    if (task.monitor) this.#context.processes.demonitor(task.monitor, true)
  }
}

class TaskServer implements Server {
  readonly #context: SupervisionContext
  readonly #work: TaskWork<unknown>
  readonly #owner: Ref | undefined
  readonly #deliver: (ref: Ref, value: unknown) => void
  readonly #atOnce: boolean
  #self!: ProcessSelf

  constructor(
    context: SupervisionContext,
    work: TaskWork<unknown>,
    owner: Ref | undefined,
    deliver: (ref: Ref, value: unknown) => void,
    atOnce: boolean,
  ) {
    this.#context = context
    this.#work = work
    this.#owner = owner
    this.#deliver = deliver
    this.#atOnce = atOnce
  }

  init(self: ProcessSelf): { readonly init: 'ok' } {
    this.#self = self
    if (this.#atOnce) self.post(go)
    else this.#waitForOwner(self.ref)
    return { init: 'ok' }
  }

  async handle(signal: Signal): Promise<void> {
    if (signal.signal === 'down') return this.#self.stop({ type: 'shutdown', detail: { owner: describeExit(signal.reason) } })
    if (signal.signal !== 'message' || signal.message.type !== go.type) return
    this.#stopWaiting()
    const aborter = new AbortController()
    const forget = this.#context.processes.onExit(this.#self.ref, () => aborter.abort())
    const value = await this.#work(aborter.signal)
    if (!this.#context.processes.alive(this.#self.ref)) return
    forget()
    this.#deliver(this.#self.ref, value)
    this.#self.stop(normal)
  }

  #stopWaiting: () => void = () => undefined

  #waitForOwner(self: Ref): void {
    const { processes, sources } = this.#context
    const monitor = this.#owner && processes.monitor(self, this.#owner)
    const timer = sources.clock.schedule(patience, () => processes.exit(self, { type: 'timeout' }))
    const forget = processes.onExit(self, () => timer.cancel())
    this.#stopWaiting = () => {
      timer.cancel()
      forget()
      if (monitor) processes.demonitor(monitor, true)
    }
  }
}
