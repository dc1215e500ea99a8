/**
 * Owns: turning a stretch of work into figures: operations per second, heap bytes for each thing made, percentiles of latencies.
 * Does not own: the work.
 * Invariants: SW1 bytes are those that are still held after a full collection; without `--expose-gc` they are not told.
 */

import type { Figures } from './contender.ts'

/** Operations per second of `work`, which does `count` of them. */
export async function perSecond(count: number, work: () => Promise<void>): Promise<Figures> {
  const begun = performance.now()
  await work()
  return { perSecond: count / ((performance.now() - begun) / 1000) }
}

/** Things per second that `work` makes, and bytes of heap for each; `made` says how many there are, and keeps them alive. */
export async function heapPer(count: number, made: () => number, work: () => Promise<void>): Promise<Figures> {
  const before = heap()
  const speed = await perSecond(count, work)
  const after = heap()
  if (made() < count) throw new Error(`expected ${count} things, got ${made()}`)
  return before === undefined || after === undefined ? speed : { ...speed, bytes: (after - before) / count }
}

function heap(): number | undefined {
  if (!globalThis.gc) return undefined
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Median and 99th percentile of latencies in milliseconds. */
export function percentiles(latencies: Float64Array): { readonly p50: number; readonly p99: number } {
  const sorted = latencies.toSorted()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
