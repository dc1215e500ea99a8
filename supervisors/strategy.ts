/**
 * Owns: the contract of strategies, and all of their deciding that does not depend on which one it is: the table of exit reasons and
 * restart types, intensity, failed starts, auto shutdown.
 * Does not own: which siblings a restart takes along (one file per strategy), performing (supervisor).
 * Invariants: S6 a strategy is pure: the same state and event give the same decisions. S7 only an exit that the table restarts
 * invokes the slice; no other end disturbs siblings (X1). S8 every restart attempt is counted once, however many children it starts (SG4).
 */

import { type ExitReason, isClean } from '#runtime'
import type { AutoShutdown, Restart } from './child-spec.ts'
import type { Child, ChildrenView } from './children.ts'
import { type Backoff, countRestart, type Intensity } from './intensity.ts'

/** What a strategy may look at. */
export interface StrategyState {
  readonly children: ChildrenView
  /** Times of counted restarts, oldest first, monotonic milliseconds. */
  readonly window: readonly number[]
  readonly limit: Intensity
  readonly autoShutdown: AutoShutdown
  readonly backoff: Backoff | undefined
}

/** What happened. `now` is in monotonic milliseconds. */
export type SupervisorEvent =
  | { readonly event: 'exited'; readonly child: Child; readonly reason: ExitReason; readonly now: number }
  /** The next attempt of a child that is restarting. */
  | { readonly event: 'retry'; readonly child: Child; readonly reason: ExitReason; readonly now: number }
  /** A start during a restart failed. */
  | { readonly event: 'start_failed'; readonly child: Child; readonly reason: ExitReason }
  /** A start during a restart declined. */
  | { readonly event: 'declined'; readonly child: Child }

/** Where a report comes from (OTP's context). */
export type ReportContext = 'child_terminated' | 'start_error' | 'shutdown_error' | 'shutdown'

/** What is to be done, in this order. */
export type SupervisorDecision =
  | { readonly decision: 'report'; readonly context: ReportContext; readonly child: Child; readonly reason: ExitReason }
  /** Keep the spec, without a process. */
  | { readonly decision: 'clear'; readonly child: Child }
  | { readonly decision: 'forget'; readonly child: Child }
  | { readonly decision: 'count'; readonly window: readonly number[]; readonly child: Child; readonly reason: ExitReason }
  /** Stop one after the other, then start one after the other; the first start that fails ends it. */
  | { readonly decision: 'restart'; readonly stop: readonly Child[]; readonly start: readonly Child[] }
  | { readonly decision: 'mark_restarting'; readonly child: Child; readonly reason: ExitReason }
  /** Try again later: at the end of the mailbox, or after the backoff. */
  | { readonly decision: 'retry'; readonly child: Child }
  | { readonly decision: 'give_up'; readonly child: Child; readonly reason: ExitReason }
  | { readonly decision: 'shut_down' }

export interface Strategy {
  readonly name: string
  /** Whether a child without a process stays listed. */
  readonly keepsSpecs: boolean
  decide(state: StrategyState, event: SupervisorEvent): readonly SupervisorDecision[]
}

/** What a restart of `child` takes along: `stop` youngest first, `start` oldest first. */
export type Slice = (
  children: ChildrenView,
  child: Child,
) => { readonly stop: readonly Child[]; readonly start: readonly Child[] }

type Fate = 'restart' | 'clear' | 'forget'

/** otp-semantics 1.3, line by line: what follows from a clean and from an abnormal end. */
const fates: { readonly [R in Restart]: { readonly clean: Fate; readonly abnormal: Fate } } = {
  permanent: { clean: 'restart', abnormal: 'restart' },
  transient: { clean: 'clear', abnormal: 'restart' },
  temporary: { clean: 'forget', abnormal: 'forget' },
}

/** Temporary children are stopped with their slice but never started again (SG2). */
export const restartable = (children: readonly Child[]): Child[] => children.filter((c) => c.spec.restart !== 'temporary')

type Deciders = {
  readonly [E in SupervisorEvent['event']]: (
    state: StrategyState,
    event: Extract<SupervisorEvent, { event: E }>,
  ) => readonly SupervisorDecision[]
}

/** A strategy that differs from the others only in its slice. */
export function strategyOf(name: string, keepsSpecs: boolean, slice: Slice): Strategy {
  const leave = (child: Child): SupervisorDecision =>
    keepsSpecs && child.spec.restart !== 'temporary' ? { decision: 'clear', child } : { decision: 'forget', child }

  const attempt = (state: StrategyState, child: Child, reason: ExitReason, now: number): readonly SupervisorDecision[] => {
    const window = countRestart(state.window, now, state.limit)
    if (window)
      return [
        { decision: 'count', window, child, reason },
        { decision: 'restart', ...slice(state.children, child) },
      ]
    return [{ decision: 'report', context: 'shutdown', child, reason }, leave(child), { decision: 'give_up', child, reason }]
  }

  const deciders: Deciders = {
    exited(state, { child, reason, now }) {
      const fate = fates[child.spec.restart][isClean(reason) ? 'clean' : 'abnormal']
      const loud = child.spec.restart === 'permanent' || !isClean(reason)
      const report: SupervisorDecision[] = loud ? [{ decision: 'report', context: 'child_terminated', child, reason }] : []
      if (fate !== 'restart') return [...report, leave(child), ...autoShutdown(state, child)]
      if (state.backoff) return [...report, { decision: 'mark_restarting', child, reason }, { decision: 'retry', child }]
      return [...report, ...attempt(state, child, reason, now)]
    },
    retry: (state, { child, reason, now }) => attempt(state, child, reason, now),
    // RF1: the next attempt goes through the mailbox, so that calls and a shutdown get in between.
    start_failed: (_state, { child, reason }) => [
      { decision: 'report', context: 'start_error', child, reason },
      { decision: 'mark_restarting', child, reason },
      { decision: 'retry', child },
    ],
    declined: (_state, { child }) => [leave(child)],
  }
  return {
    name,
    keepsSpecs,
    decide: (state, event) =>
      (deciders[event.event] as (s: StrategyState, e: SupervisorEvent) => SupervisorDecision[])(state, event),
  }
}

/** Whether another significant child is active: has a process or is about to get one (A1). */
const othersActive = (state: StrategyState, child: Child): boolean =>
  [...state.children].some((other) => other !== child && other.spec.significant && other.state !== 'stopped')

const autoShutdownRules: { readonly [A in AutoShutdown]: (state: StrategyState, child: Child) => boolean } = {
  never: () => false,
  any_significant: () => true,
  all_significant: (state, child) => !othersActive(state, child),
}

function autoShutdown(state: StrategyState, child: Child): readonly SupervisorDecision[] {
  return child.spec.significant && autoShutdownRules[state.autoShutdown](state, child) ? [{ decision: 'shut_down' }] : []
}
