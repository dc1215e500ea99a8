/**
 * Owns: the steps of the golden traces (README of the corpus, §3): what each does, and how answers are written.
 * Does not own: the world that they are done to (otp-world).
 * Invariants: OT7 a step that has no target alive does nothing and answers `noproc`.
 */

import type { ProcessTable, Ref } from '#runtime'
import {
  type AutoShutdown,
  type ChildRow,
  type ChildSpec,
  checkChildSpecs,
  type ManagementRequest,
  type StartedChild,
} from '#supervisors'
import { fromError, type Step, type Term, toReason } from './otp-terms.ts'
import { Cue } from './otp-worker.ts'

/** What steps may use of a world. */
export interface StepWorld {
  childSpec(parent: string, term: Term | undefined): ChildSpec
  ref(label: string | undefined): Ref
  sleep(ms: number): Promise<void>
}

export const byText = (a: Term, b: Term): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

export const managementRequests: { readonly [step: string]: (step: Step, world: StepWorld) => ManagementRequest } = {
  start_child: (step, world) =>
    step.key === undefined
      ? { ask: 'start_child', spec: world.childSpec(step.sup ?? 'top', step.spec) }
      : { ask: 'start_instance', args: [step.key, step.worker] },
  terminate_child: (step, world) => ({
    ask: 'terminate_child',
    child: step.ref === undefined ? (step.id ?? '') : world.ref(step.ref),
  }),
  restart_child: (step) => ({ ask: 'restart_child', id: step.id ?? '' }),
  delete_child: (step) => ({ ask: 'delete_child', id: step.id ?? '' }),
  get_childspec: (step, world) => ({
    ask: 'get_childspec',
    child: step.ref === undefined ? (step.id ?? '') : world.ref(step.ref),
  }),
  which_children: () => ({ ask: 'which_children' }),
  count_children: () => ({ ask: 'count_children' }),
}

export type Label = (ref: number) => Term

export function startedTerm(answer: unknown, label: Label): Term {
  const started = answer as StartedChild
  const ok = started.ref ? label(started.ref.id) : null
  return started.info === undefined ? { ok } : { ok, info: started.info as Term }
}

export const answerTerms: {
  readonly [A in ManagementRequest['ask']]: (answer: unknown, label: Label, unordered: boolean) => Term
} = {
  start_child: startedTerm,
  start_instance: startedTerm,
  restart_child: startedTerm,
  terminate_child: () => 'ok',
  delete_child: () => 'ok',
  get_childspec(answer) {
    const { id, restart, shutdown: policy, significant, type } = answer as ChildSpec
    return { ok: { id, restart, shutdown: policy, significant, type } as Term }
  },
  which_children(answer, label, unordered) {
    const rows = (answer as readonly ChildRow[]).map(({ id, ref, type }): Term => {
      return [id, typeof ref === 'object' ? label(ref.id) : (ref ?? null), type]
    })
    return unordered ? rows.sort(byText) : rows
  },
  count_children(answer) {
    const { specs, active, supervisors, workers } = answer as { [count: string]: number }
    return [specs, active, supervisors, workers] as Term
  },
  history: (answer) => answer as Term,
}

export interface Deed {
  readonly table: ProcessTable
  readonly ref: Ref
  readonly parent: Ref | undefined
  readonly stranger: Ref | undefined
  readonly step: Step
  readonly world: StepWorld
}

export const withoutTarget: { readonly [step: string]: true } = { wait: true, check_childspecs: true, parent_exit: true }
export const nowhere: Ref = { id: -1, address: undefined, label: 'nowhere' }

/** The steps that are no management calls. */
export const deeds: { readonly [step: string]: (deed: Deed) => Term | Promise<Term> } = {
  exit: ({ table, ref, step }) => {
    table.send(ref, new Cue('exit', step.reason ?? 'normal'))
    return 'ok'
  },
  crash: ({ table, ref, step }) => {
    table.send(ref, new Cue('crash', step.reason ?? 'boom'))
    return 'ok'
  },
  kill: ({ table, ref }) => {
    table.exit(ref, { type: 'killed' })
    return 'ok'
  },
  signal: ({ table, ref, stranger, step }) => {
    const reason = step.reason === 'kill' ? ({ type: 'killed' } as const) : toReason(step.reason ?? 'normal')
    table.exit(ref, reason, stranger)
    return 'ok'
  },
  message: ({ table, ref }) => {
    table.send(ref, { type: 'stray' })
    return 'ok'
  },
  parent_exit: ({ table, ref, parent, step }) => {
    table.exit(ref, toReason(step.reason ?? 'shutdown'), parent)
    return 'ok'
  },
  stop: async ({ table, ref, step }) => {
    await table.stop(ref, toReason(step.reason ?? 'normal'))
    return 'ok'
  },
  wait: async ({ step, world }) => {
    await world.sleep(step.ms ?? 0)
    return 'ok'
  },
  check_childspecs: ({ step, world }) => {
    try {
      const specs = (step.specs ?? []).map((spec) => world.childSpec('top', spec))
      checkChildSpecs(specs, step.auto_shutdown as AutoShutdown | undefined)
      return 'ok'
    } catch (error) {
      return fromError(error, false, () => null)
    }
  },
}
