/**
 * Owns: the management calls of supervisors: requests, answers, and what each does (otp-semantics 1.9).
 * Does not own: automatic restarts (strategies), the shape in which callers use them (supervisor-client).
 * Invariants: S17 a call that is refused changes nothing. S18 starts and stops by call never count as restarts (I4).
 */

import { describe, describeExit, type Json, type Ref, type StartResult } from '#runtime'
import type { ChildRunner } from './child-runner.ts'
import { type ChildId, type ChildSpec, type ChildType, type FullChildSpec, fullChildSpec } from './child-spec.ts'
import type { Child, ChildKey, Children } from './children.ts'
import type { RestartHistory, RestartRecord } from './restart-history.ts'
import type { Strategy } from './strategy.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { dynamicChildSpec, type FullSupervisorSpec } from './supervisor-spec.ts'
import { when } from './when.ts'

export type ManagementRequest =
  | { readonly ask: 'start_child'; readonly spec: ChildSpec }
  | { readonly ask: 'start_instance'; readonly args: readonly unknown[] }
  | { readonly ask: 'restart_child'; readonly id: ChildId }
  | { readonly ask: 'terminate_child'; readonly child: ChildId | Ref }
  | { readonly ask: 'delete_child'; readonly id: ChildId }
  | { readonly ask: 'get_childspec'; readonly child: ChildId | Ref }
  | { readonly ask: 'which_children' }
  | { readonly ask: 'count_children' }
  | { readonly ask: 'history' }

/** A child that was started, or that declined (`ref` undefined). */
export interface StartedChild {
  readonly ref: Ref | undefined
  /** What its start function gave besides. */
  readonly info?: unknown
}

/** A line of `whichChildren`; `id` is null where children have none. */
export interface ChildRow {
  readonly id: ChildId | null
  readonly ref: Ref | 'restarting' | undefined
  readonly type: ChildType
}

export interface ChildCounts {
  /** Child specs; 1 for a template, the number of children for dynamic. */
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** The restarts that a supervisor remembers, oldest first, and how many there were. */
export interface RestartReport {
  readonly total: number
  readonly restarts: readonly RestartRecord[]
}

/** The answer to each request. */
export interface ManagementAnswers {
  readonly start_child: StartedChild
  readonly start_instance: StartedChild
  readonly restart_child: StartedChild
  readonly terminate_child: undefined
  readonly delete_child: undefined
  readonly get_childspec: FullChildSpec
  readonly which_children: readonly ChildRow[]
  readonly count_children: ChildCounts
  readonly history: RestartReport
}

/** What the calls work on. */
export interface Managed {
  readonly spec: FullSupervisorSpec
  readonly strategy: Strategy
  readonly children: Children
  readonly runner: ChildRunner
  readonly history: RestartHistory
  alive(ref: Ref): boolean
  nextKey(): ChildKey
}

type Handlers = {
  readonly [A in ManagementRequest['ask']]: (
    on: Managed,
    request: Extract<ManagementRequest, { ask: A }>,
  ) => ManagementAnswers[A] | Promise<ManagementAnswers[A]>
}

const isRef = (child: ChildId | Ref): child is Ref => typeof child === 'object'
const idText = (child: ChildId | Ref): string => (isRef(child) ? child.label : describe(child))

const handlers: Handlers = {
  start_child(on, { spec }) {
    if (on.strategy.keepsSpecs) return startNamed(on, fullChildSpec(spec, on.spec.autoShutdown))
    if (on.spec.template) throw supervisionErrors.make('child.by_template', { call: 'startChild' })
    const full = dynamicChildSpec(spec)
    return startUnnamed(on, full, [...on.spec.extraArguments, ...full.args])
  },
  start_instance(on, { args }) {
    const { template } = on.spec
    if (!template) {
      const expected = 'simple_one_for_one, for startInstance'
      throw supervisionErrors.make('supervisor.invalid', { field: 'strategy', expected, got: on.strategy.name })
    }
    return startUnnamed(on, template, [...template.args, ...args])
  },
  async restart_child(on, { id }) {
    const child = named(on, id, 'restartChild')
    if (child.state === 'running') throw supervisionErrors.make('child.running', { id: describe(id) })
    if (child.state === 'restarting') throw supervisionErrors.make('child.restarting', { id: describe(id) })
    const result = await on.runner.start(child.spec, child.args)
    if (result.started === 'ok') running(on, id, result.ref)
    return startedChild(id, result)
  },
  async terminate_child(on, { child }) {
    const found = isRef(child) ? byRef(on, child) : named(on, child, 'terminateChild')
    if (!found) return undefined
    await on.runner.stop(found, !on.strategy.keepsSpecs)
    if (on.strategy.keepsSpecs && found.spec.restart !== 'temporary') on.children.stopped(found.key)
    else on.children.forget(found.key)
    return undefined
  },
  delete_child(on, { id }) {
    const child = named(on, id, 'deleteChild')
    if (child.state === 'running') throw supervisionErrors.make('child.running', { id: describe(id) })
    if (child.state === 'restarting') throw supervisionErrors.make('child.restarting', { id: describe(id) })
    on.children.forget(id)
    return undefined
  },
  get_childspec(on, { child }) {
    const found = isRef(child) ? on.children.byRef(child) : on.strategy.keepsSpecs ? on.children.get(child) : undefined
    if (!found) throw supervisionErrors.make('child.not_found', { id: idText(child) })
    return found.spec
  },
  which_children(on) {
    const rows = [...on.children].map((child) => row(on, child))
    return rows.reverse()
  },
  count_children(on) {
    let [active, supervisors] = [0, 0]
    for (const child of on.children) {
      if (isActive(on, child)) active++
      if (child.spec.type === 'supervisor') supervisors++
    }
    const specs = on.spec.template ? 1 : on.children.size
    return { specs, active, supervisors, workers: on.children.size - supervisors }
  },
  history: (on) => ({ total: on.history.total, restarts: on.history.list() }),
}

/** Performs one request, now or later. @throws (or rejects with) the errors of otp-semantics 1.9, `supervisor.unknown_request` */
export function manage(on: Managed, request: unknown, self: Ref): unknown {
  const ask = request !== null && typeof request === 'object' && 'ask' in request ? request.ask : undefined
  if (typeof ask !== 'string' || !Object.hasOwn(handlers, ask))
    throw supervisionErrors.make('supervisor.unknown_request', { supervisor: self.label, got: describe(request) })
  return (handlers[ask as ManagementRequest['ask']] as (on: Managed, request: unknown) => unknown)(on, request)
}

/** A running child: in a static supervisor one that really lives, in the others one that is not restarting (M5, M6). */
function isActive(on: Managed, child: Child): boolean {
  if (!on.strategy.keepsSpecs) return child.state === 'running'
  return child.state === 'running' && child.ref !== undefined && on.alive(child.ref)
}

function row(on: Managed, child: Child): ChildRow {
  const id = on.strategy.keepsSpecs ? (child.key as ChildId) : null
  return { id, ref: child.state === 'restarting' ? 'restarting' : child.ref, type: child.spec.type }
}

function named(on: Managed, id: ChildId | Ref, call: string): Child {
  if (on.spec.template) throw supervisionErrors.make('child.by_template', { call })
  const child = isRef(id) || !on.strategy.keepsSpecs ? undefined : on.children.get(id)
  if (!child) throw supervisionErrors.make('child.not_found', { id: idText(id) })
  return child
}

/** M1, M2: by ref only where children have no ids; a dead ref is fine for a template's children, and only there. */
function byRef(on: Managed, ref: Ref): Child | undefined {
  const child = on.strategy.keepsSpecs ? undefined : on.children.byRef(ref)
  if (child) return child
  if (on.spec.template && !on.alive(ref)) return undefined
  throw supervisionErrors.make('child.not_found', { id: ref.label })
}

function running(on: Managed, key: ChildKey, ref: Ref): void {
  on.children.started(key, ref)
  on.runner.watch(ref)
}

function startNamed(on: Managed, spec: FullChildSpec): StartedChild | Promise<StartedChild> {
  const there = on.children.get(spec.id)
  if (there?.state === 'running' && there.ref) throw alreadyStarted(spec.id, there.ref)
  if (there) throw supervisionErrors.make('child.already_present', { id: describe(spec.id) })
  return when(on.runner.start(spec, spec.args), (result) => {
    keepStarted(on, spec.id, spec, spec.args, result)
    return startedChild(spec.id, result)
  })
}

function startUnnamed(on: Managed, spec: FullChildSpec, args: readonly unknown[]): StartedChild | Promise<StartedChild> {
  if (on.children.size >= on.spec.maxChildren) throw supervisionErrors.make('child.limit', { limit: on.spec.maxChildren })
  return when(on.runner.start(spec, args), (result) => {
    keepStarted(on, on.nextKey(), spec, args, result)
    return startedChild(spec.id, result)
  })
}

/** Lists a child after its first start: running, or declined where specs are kept (ST4). A failed start leaves nothing (ST9). */
export function keepStarted(
  on: Managed,
  key: ChildKey,
  spec: FullChildSpec,
  args: readonly unknown[],
  result: StartResult,
): void {
  const declined = result.started === 'ignore' && on.strategy.keepsSpecs && spec.restart !== 'temporary'
  if (result.started !== 'ok' && !declined) return
  on.children.add(key, spec, args)
  if (result.started === 'ok') running(on, key, result.ref)
}

function startedChild(id: ChildId, result: StartResult): StartedChild {
  if (result.started === 'ok') return result.info === undefined ? { ref: result.ref } : { ref: result.ref, info: result.info }
  if (result.started === 'ignore') return { ref: undefined }
  if (result.started === 'already_started') throw alreadyStarted(id, result.ref)
  const { reason } = result
  const fields = { id: describe(id), text: describeExit(reason), reason: reason as unknown as Json }
  throw supervisionErrors.make('child.start_failed', fields)
}

function alreadyStarted(id: ChildId, ref: Ref): Error {
  return supervisionErrors.make('child.already_started', { id: describe(id), ref: ref.id, label: ref.label })
}
