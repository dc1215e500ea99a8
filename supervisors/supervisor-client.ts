/**
 * Owns: how supervisors are started from outside and how their management calls are made, as typed functions.
 * Does not own: what the calls do (management).
 * Invariants: S22 calls have no time limit, as in OTP (M3); to a supervisor that is gone they fail with `actor.not_found`.
 */

import { type Address, describeExit, type ExitReason, type Json, type Processes, type Ref } from '#runtime'
import type { ChildId, ChildSpec, FullChildSpec, SupervisionContext } from './child-spec.ts'
import type { ChildCounts, ChildRow, ManagementAnswers, ManagementRequest, RestartReport, StartedChild } from './management.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { Supervisor, type SupervisorInit } from './supervisor.ts'
import { dynamicChildSpec } from './supervisor-spec.ts'

/** The calls of one supervisor. All reject with `actor.not_found` when it is gone, `actor.stopped` when it ends before it answers. */
export interface SupervisorClient {
  readonly target: Ref | Address
  /** Adds a child as the youngest. Rejects with `childspec.*`, `child.already_started`, `child.already_present`, `child.limit`, `child.start_failed`. */
  startChild(spec: ChildSpec): Promise<StartedChild>
  /** simple_one_for_one: starts the template with these arguments after its own. */
  startInstance(...args: readonly unknown[]): Promise<StartedChild>
  /** Starts a stopped child in its old place. Rejects with `child.not_found`, `child.running`, `child.restarting`, `child.start_failed`. */
  restartChild(id: ChildId): Promise<StartedChild>
  /** Stops a child by its policy, or cancels its restart: by id, or by ref where children have no ids. Rejects with `child.not_found`. */
  terminateChild(child: ChildId | Ref): Promise<undefined>
  /** Forgets a stopped child. Rejects with `child.not_found`, `child.running`, `child.restarting`. */
  deleteChild(id: ChildId): Promise<undefined>
  /** The spec with its defaults. Rejects with `child.not_found`. */
  getChildSpec(child: ChildId | Ref): Promise<FullChildSpec>
  /** Youngest first. */
  whichChildren(): Promise<readonly ChildRow[]>
  countChildren(): Promise<ChildCounts>
  /** The last restarts with causes and times. */
  history(): Promise<RestartReport>
  /** Ends the supervisor in good order; resolves with its exit reason. */
  stop(reason?: ExitReason): Promise<ExitReason>
}

/** One management call as data. @param from the asking process, so that a call to itself is refused instead of waiting for ever */
export function askSupervisor<R extends ManagementRequest>(
  processes: Processes,
  target: Ref | Address,
  request: R,
  from?: Ref,
): Promise<ManagementAnswers[R['ask']]> {
  const options = from ? { timeout: Number.POSITIVE_INFINITY, from } : { timeout: Number.POSITIVE_INFINITY }
  return processes.call(target, request, options) as Promise<ManagementAnswers[R['ask']]>
}

/**
 * The calls of the supervisor at `target`.
 *
 * @param options `dynamic`: it is a dynamic one, so specs are checked before they are sent (C3)
 * @example
 * const client = supervisorClient(processes, ref)
 * console.log(await client.whichChildren())
 */
export function supervisorClient(
  processes: Processes,
  target: Ref | Address,
  options: { readonly dynamic?: boolean } = {},
): SupervisorClient {
  const ask = <R extends ManagementRequest>(request: R) => askSupervisor(processes, target, request)
  return {
    target,
    async startChild(spec) {
      if (options.dynamic) dynamicChildSpec(spec)
      return ask({ ask: 'start_child', spec })
    },
    startInstance: (...args) => ask({ ask: 'start_instance', args }),
    restartChild: (id) => ask({ ask: 'restart_child', id }),
    terminateChild: (child) => ask({ ask: 'terminate_child', child }),
    deleteChild: (id) => ask({ ask: 'delete_child', id }),
    getChildSpec: (child) => ask({ ask: 'get_childspec', child }),
    whichChildren: () => ask({ ask: 'which_children' }),
    countChildren: () => ask({ ask: 'count_children' }),
    history: () => ask({ ask: 'history' }),
    async stop(reason) {
      const ref = 'id' in target ? target : processes.whereis(target)
      return ref ? processes.stop(ref, reason) : { type: 'noproc' }
    },
  }
}

/** A supervisor that runs: its ref and its calls. */
export interface RunningSupervisor extends SupervisorClient {
  readonly target: Ref
}

/**
 * Starts a supervisor and its children; resolves when all are started, or with undefined when its init declined.
 *
 * @param options `parent`: the process that it is linked to and ends with; `address`: its name
 * @throws `server.start_failed` with the exit reason: the spec was refused, or a child failed and the others were stopped again
 * @example
 * const children = [{ id: 'a', start: startServer(() => ({ handle() {} })) }]
 * const supervisor = await superviseAll(context, { strategy: 'one_for_one', children })
 */
export async function superviseAll(
  context: SupervisionContext,
  init: SupervisorInit,
  options: { readonly parent?: Ref; readonly address?: Address; readonly name?: string } = {},
): Promise<RunningSupervisor | undefined> {
  const result = await context.processes.spawn(new Supervisor(context, init), { name: 'supervisor', ...options })
  if (result.started === 'ignore') return undefined
  if (result.started === 'ok') {
    const dynamic = typeof init === 'object' && init.strategy === 'dynamic'
    return supervisorClient(context.processes, result.ref, { dynamic }) as RunningSupervisor
  }
  const reason: ExitReason =
    result.started === 'error' ? result.reason : { type: 'stopped', reason: { already_started: result.ref.label } }
  const fields = { name: options.name ?? 'supervisor', text: describeExit(reason), reason: reason as unknown as Json }
  throw supervisionErrors.make('server.start_failed', fields)
}
