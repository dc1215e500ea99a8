/**
 * Owns: the trace of an execution as data: its steps and model calls, and the sums of it.
 * Does not own: running it (execution actor), printing it (bridge/cli).
 * Invariants: ET1 a trace is plain JSON. ET2 what is not known (usage, cost) is absent and counted as unknown, never 0. ET3 a call that the
 * cache answered costs nothing and is no paid call.
 */

import type { ErrorData, Json } from '#runtime'
import { type Quantiles, quantilesOf } from './evaluation/quantiles.ts'

export type ExecutionStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'

/** A message as the model got it. */
export interface TraceMessage {
  readonly role: string
  readonly content: Json
}

export interface TokenCounts {
  readonly input: number
  readonly output: number
}

/** `hit`: answered by the cache. `joined`: an equal call was in flight and its answer was shared. `miss`: the model was called. `off`: no cache was asked. */
export type CacheOutcome = 'hit' | 'joined' | 'miss' | 'off'

/** One call of a language model. */
export interface CallTrace {
  readonly model: string
  readonly messages: readonly TraceMessage[]
  /** Absent while it runs and when it failed. */
  readonly completion?: string
  /** Absent when the provider did not say. */
  readonly tokens?: TokenCounts
  /** US dollars. Absent when the price of the model is not known. */
  readonly cost?: number
  /** From the first try to the answer, in milliseconds. */
  readonly milliseconds?: number
  /** Tries after the first. */
  readonly retries: number
  readonly cache: CacheOutcome
  /** It was started before a crash and again after it. */
  readonly resumed?: boolean
  readonly error?: ErrorData
}

export type StepStatus = 'running' | 'completed' | 'failed'

export interface StepTrace {
  readonly step: string
  readonly module: string
  readonly status: StepStatus
  /** Wall time, milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt?: number
  readonly inputs: { readonly [field: string]: Json }
  readonly outputs?: { readonly [field: string]: Json }
  readonly calls: readonly CallTrace[]
  readonly error?: ErrorData
}

/** One run of one program version. */
export interface ExecutionTrace {
  readonly execution: string
  readonly program: string
  readonly version: number
  readonly status: ExecutionStatus
  /** Wall times, milliseconds since 1970. */
  readonly createdAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly inputs: { readonly [field: string]: Json }
  readonly outputs?: { readonly [field: string]: Json }
  readonly steps: readonly StepTrace[]
  readonly error?: ErrorData
}

/** Sums over calls, of one execution or of many. */
export interface CallTotals {
  readonly calls: number
  /** Calls that reached the model: neither hit nor joined. */
  readonly paid: number
  readonly hits: number
  readonly joined: number
  readonly retries: number
  readonly resumed: number
  readonly failed: number
  /** Tokens of paid calls. */
  readonly tokens: TokenCounts
  /** Paid calls whose tokens are not known. */
  readonly unknownTokens: number
  /** US dollars of the paid calls whose cost is known. */
  readonly cost: number
  readonly unknownCost: number
}

export const noCalls: CallTotals = {
  calls: 0,
  paid: 0,
  hits: 0,
  joined: 0,
  retries: 0,
  resumed: 0,
  failed: 0,
  tokens: { input: 0, output: 0 },
  unknownTokens: 0,
  cost: 0,
  unknownCost: 0,
}

/** The sum of two totals, so that totals of parts may be kept and added up in any order. */
export function addTotals(a: CallTotals, b: CallTotals): CallTotals {
  return {
    calls: a.calls + b.calls,
    paid: a.paid + b.paid,
    hits: a.hits + b.hits,
    joined: a.joined + b.joined,
    retries: a.retries + b.retries,
    resumed: a.resumed + b.resumed,
    failed: a.failed + b.failed,
    tokens: { input: a.tokens.input + b.tokens.input, output: a.tokens.output + b.tokens.output },
    unknownTokens: a.unknownTokens + b.unknownTokens,
    cost: a.cost + b.cost,
    unknownCost: a.unknownCost + b.unknownCost,
  }
}

/** Totals of one call. A call that still runs counts as paid with unknown tokens and cost, because its provider may already bill it. */
export function totalsOfCall(call: CallTrace): CallTotals {
  const paid = call.cache === 'miss' || call.cache === 'off'
  return {
    calls: 1,
    paid: paid ? 1 : 0,
    hits: call.cache === 'hit' ? 1 : 0,
    joined: call.cache === 'joined' ? 1 : 0,
    retries: call.retries,
    resumed: call.resumed ? 1 : 0,
    failed: call.error ? 1 : 0,
    tokens: paid && call.tokens ? call.tokens : noCalls.tokens,
    unknownTokens: paid && !call.tokens ? 1 : 0,
    cost: paid ? (call.cost ?? 0) : 0,
    unknownCost: paid && call.cost === undefined ? 1 : 0,
  }
}

/** Totals of an execution. */
export function totalsOf(trace: Pick<ExecutionTrace, 'steps'>): CallTotals {
  return trace.steps.flatMap((step) => step.calls.map(totalsOfCall)).reduce(addTotals, noCalls)
}

/** Milliseconds from its start to its end; undefined while it has no end. */
export function durationOf(trace: Pick<ExecutionTrace, 'startedAt' | 'endedAt'>): number | undefined {
  return trace.startedAt === undefined || trace.endedAt === undefined ? undefined : Math.max(0, trace.endedAt - trace.startedAt)
}

/** What is told of many executions. */
export interface ExecutionSummary {
  readonly executions: number
  readonly statuses: { readonly [S in ExecutionStatus]: number }
  readonly totals: CallTotals
  /** Milliseconds of the ended ones. */
  readonly latency: Quantiles | undefined
}

/**
 * Sums over executions.
 *
 * @example summaryOf([]).statuses.completed // 0
 */
export function summaryOf(traces: Iterable<ExecutionTrace>): ExecutionSummary {
  const statuses: Record<ExecutionStatus, number> = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }
  const durations: number[] = []
  let totals = noCalls
  let executions = 0
  for (const trace of traces) {
    executions++
    statuses[trace.status]++
    totals = addTotals(totals, totalsOf(trace))
    const duration = durationOf(trace)
    if (duration !== undefined) durations.push(duration)
  }
  return { executions, statuses, totals, latency: quantilesOf(durations) }
}
