/**
 * Owns: what is known of a job of executions while it runs: traces, failures, totals, rate.
 * Does not own: running it (triage), showing it (render).
 * Invariants: TA1 what an earlier run did is counted as done, and not in rate and latency.
 */

import { addTotals, type CallTotals, durationOf, type ExecutionTrace, noCalls, totalsOf } from '#actors'
import type { ErrorData } from '#runtime'
import type { Progress } from '../render/progress.ts'
import { RateMeter } from '../render/rate-meter.ts'

/** What is known of the job while it runs. */
export class Tally {
  readonly traces: (ExecutionTrace | undefined)[]
  readonly errors = new Map<number, string>()
  readonly latencies: number[] = []
  readonly #meter = new RateMeter()
  readonly #atOnce: number
  done = 0
  running = 0
  earlier = 0
  totals: CallTotals = noCalls

  /** @param size how many examples the job has @param atOnce how many of them run at the same time */
  constructor(size: number, atOnce: number) {
    this.#atOnce = atOnce
    this.traces = new Array(size).fill(undefined)
  }

  /** @param began wall time at which this run began */
  ended(at: number, trace: ExecutionTrace, began: number): void {
    this.traces[at] = trace
    if (trace.status !== 'completed') this.errors.set(at, trace.error?.code ?? trace.status)
    if (endedBefore(trace, began)) this.earlier++
    else this.latencies.push(durationOf(trace) ?? 0)
    this.totals = addTotals(this.totals, totalsOf(trace))
  }

  /** What stands in the way of every mail, once that is clear: the first ones all failed with it, and none succeeded. */
  get hopeless(): ErrorData | undefined {
    const error = this.traces.find((trace) => trace?.error)?.error
    const alike = [...this.errors.values()].every((code) => code === error?.code)
    return this.done === this.errors.size && this.done >= this.#atOnce && alike ? error : undefined
  }

  /** Counts one as done at a monotonic time. */
  count(at: number): void {
    this.done++
    if (this.done > this.earlier) this.#meter.add(at, this.done)
  }

  progress(title: string, elapsed: number, restarts: number): Progress {
    const { totals, done, earlier, running, errors, traces } = this
    return {
      title,
      unit: 'mail',
      total: traces.length,
      done,
      earlier,
      failed: errors.size,
      running,
      tokens: totals.tokens,
      cost: totals.unknownCost > 0 ? undefined : totals.cost,
      cacheHits: totals.hits + totals.joined,
      restarts,
      elapsed,
      rate: this.#meter.perSecond,
      remaining: this.#meter.forecast(traces.length - done),
    }
  }
}

export const endedBefore = (trace: ExecutionTrace, time: number): boolean => (trace.endedAt ?? 0) < time
