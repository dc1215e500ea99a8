/**
 * Owns: starting and stopping the processes of children: start results, shutdown policies, one after the other or all at once.
 * Does not own: when it is done and what is kept of it (supervisor, management, strategies).
 * Invariants: S13 a child that is stopped is dead before `stop` resolves, and a child that ignores a finite shutdown is killed after
 * exactly that time (SH1–SH3). S14 waiting is for the death itself, not for the link's notice, so that a child that unlinked itself
 * cannot hang its supervisor (SH7). S15 a supervisor that was killed stops nobody any more.
 */

import {
  crashed,
  describe,
  type ExitReason,
  killed,
  type Ref,
  type Scheduled,
  type Server,
  type SpawnOptions,
  type StartResult,
  shutdown,
} from '#runtime'
import type { FullChildSpec, Restart, Shutdown, Starter, SupervisionContext } from './child-spec.ts'
import type { Child, Children } from './children.ts'
import { supervisionErrors } from './supervision-errors.ts'

const startResults: ReadonlySet<unknown> = new Set<StartResult['started']>(['ok', 'ignore', 'error', 'already_started'])

const isStartResult = (value: unknown): value is StartResult =>
  value !== null && typeof value === 'object' && 'started' in value && startResults.has(value.started)

const isThenable = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && 'then' in value && typeof value.then === 'function'

/** Ends that are taken without a report when they were asked for (SH8). */
export function isExpectedEnd(reason: ExitReason, restart: Restart, policy: Shutdown, isDynamic: boolean): boolean {
  if (reason.type === 'killed') return policy === 'brutal_kill'
  if (reason.type === 'shutdown') return reason.detail === undefined || isDynamic || restart !== 'permanent'
  return reason.type === 'normal' && restart !== 'permanent'
}

export class ChildRunner {
  readonly #context: SupervisionContext
  readonly #self: Ref
  readonly #children: Children
  readonly #starter: Starter
  readonly #unexpected: (child: Child, reason: ExitReason) => void

  constructor(
    context: SupervisionContext,
    self: Ref,
    children: Children,
    unexpected: (child: Child, reason: ExitReason) => void,
  ) {
    const spawn = (server: Server, options: Omit<SpawnOptions, 'parent'> = {}): Promise<StartResult> =>
      context.processes.spawn(server, { ...options, parent: self })
    this.#context = context
    this.#self = self
    this.#children = children
    this.#unexpected = unexpected
    this.#starter = {
      processes: context.processes,
      sources: context.sources,
      telemetry: context.telemetry,
      parent: self,
      spawn,
    }
  }

  /** Runs the start function of `spec`. Never rejects: whatever it throws or answers becomes a start result (ST3). */
  start(spec: FullChildSpec, args: readonly unknown[]): StartResult | Promise<StartResult> {
    const failed = (thrown: unknown): StartResult => ({ started: 'error', reason: crashed(thrown) })
    const checked = (result: unknown): StartResult => {
      if (isStartResult(result)) return result
      return failed(supervisionErrors.make('child.bad_start', { id: describe(spec.id), got: describe(result) }))
    }
    try {
      const result: unknown = spec.start(this.#starter, ...args)
      return isThenable(result) ? Promise.resolve(result).then(checked, failed) : checked(result)
    } catch (thrown) {
      return failed(thrown)
    }
  }

  /** Remembers how the process of a child will have ended, for later reports. */
  watch(ref: Ref): void {
    this.#context.processes.onExit(ref, (reason) => this.#children.ended(ref, reason))
  }

  /** Stops the process of `child` by its own policy; does nothing when it has none. */
  async stop(child: Child, isDynamic: boolean): Promise<void> {
    const ref = child.state === 'running' ? child.ref : undefined
    if (!ref) return
    const known = this.#children.endOf(child.key)
    const end = await this.#end(ref, child.spec.shutdown)
    const reason = known ?? end
    if (!isExpectedEnd(reason, child.spec.restart, child.spec.shutdown, isDynamic)) this.#unexpected(child, reason)
  }

  /** Stops all of them at once, each by its own policy (SH6). */
  async stopTogether(children: readonly Child[]): Promise<void> {
    await Promise.all(children.map((child) => this.stop(child, true)))
  }

  #end(ref: Ref, policy: Shutdown): Promise<ExitReason> {
    const { processes, sources } = this.#context
    return new Promise((resolve) => {
      let timer: Scheduled | undefined
      processes.onExit(ref, (reason) => {
        timer?.cancel()
        resolve(reason)
      })
      if (policy === 'brutal_kill') return processes.exit(ref, killed, this.#self)
      processes.exit(ref, shutdown, this.#self)
      if (policy === 'infinity' || !processes.alive(ref)) return
      timer = sources.clock.schedule(policy, () => {
        if (processes.alive(this.#self)) processes.exit(ref, killed, this.#self)
      })
    })
  }
}
