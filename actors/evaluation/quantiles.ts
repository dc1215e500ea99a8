/**
 * Owns: quantiles of measured values: durations, lengths, costs.
 * Does not own: what is measured, and how it is printed.
 * Invariants: Q1 a quantile is a value that was measured (nearest rank), so that it is never better than any that happened.
 */

import { describe } from '#runtime'
import { evaluationErrors } from './evaluation-errors.ts'

/** A summary of measured values, in their own unit. */
export interface Quantiles {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/**
 * The smallest value that at least the share `q` of the values does not exceed (nearest rank).
 *
 * @param sorted the values, ascending; at least one
 * @param q a share from 0 to 1: 0.5 is the median, 0.99 is p99
 * @throws `quantile.invalid`
 * @example quantile([1, 2, 3, 4], 0.5) // 2
 */
export function quantile(sorted: readonly number[], q: number): number {
  if (!(q >= 0 && q <= 1)) throw evaluationErrors.make('quantile.invalid', { expected: 'a share from 0 to 1', got: describe(q) })
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
  if (value === undefined) throw evaluationErrors.make('quantile.invalid', { expected: 'at least one value', got: 'none' })
  return value
}

/**
 * Summary of `values`, in any order; undefined when there is none, because no number would be true.
 *
 * @throws `quantile.invalid` for a value that is not a finite number
 * @example quantilesOf([30, 10, 20])?.median // 20
 */
export function quantilesOf(values: readonly number[]): Quantiles | undefined {
  if (values.length === 0) return undefined
  const wrong = values.find((value) => !Number.isFinite(value))
  if (wrong !== undefined) throw evaluationErrors.make('quantile.invalid', { expected: 'finite numbers', got: String(wrong) })
  // A typed array sorts by value without a comparison function, which matters for a million durations.
  const sorted = Array.from(Float64Array.from(values).sort())
  return {
    count: sorted.length,
    min: sorted[0]!,
    mean: sorted.reduce((sum, value) => sum + value / sorted.length, 0),
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1)!,
  }
}
