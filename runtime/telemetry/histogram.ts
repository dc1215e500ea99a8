/**
 * Owns: a distribution of measurements in bounded memory.
 * Does not own: what is measured.
 * Invariants: H1 a quantile is within 2.5 % of the exact one (nearest rank), for values ≥ 0.001. H2 memory does not grow with the number of
 * values, only with the logarithm of their range.
 */

/** Width of a bucket: neighbours differ by this factor, so its middle is at most half of that away from any value in it. */
const growth = 1.05
const logGrowth = Math.log(growth)
/** Values below this are counted as this: a microsecond, where measurements are milliseconds. */
const least = 0.001

export interface HistogramSummary {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/**
 * Counts values in buckets that grow by 5 %.
 *
 * @example
 * const latency = new Histogram()
 * for (const milliseconds of [3, 4, 5]) latency.add(milliseconds)
 * latency.quantile(0.5) // about 4
 */
export class Histogram {
  readonly #buckets = new Map<number, number>()
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  /** Counts one value. Not a number or infinite: not counted, because one such value would spoil the sum for good. */
  add(value: number): void {
    if (!Number.isFinite(value)) return
    this.#count++
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const bucket = Math.floor(Math.log(Math.max(value, least)) / logGrowth)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  get count(): number {
    return this.#count
  }

  /** The value that a share `q` (0 to 1) of all values does not exceed; 0 when there are none. */
  quantile(q: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil(Math.min(Math.max(q, 0), 1) * this.#count))
    if (rank === this.#count) return this.#max
    let seen = 0
    for (const bucket of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      seen += this.#buckets.get(bucket)!
      if (seen >= rank) return Math.min(Math.max(Math.exp((bucket + 0.5) * logGrowth), this.#min), this.#max)
    }
    return this.#max
  }

  summary(): HistogramSummary {
    const empty = this.#count === 0
    return {
      count: this.#count,
      sum: this.#sum,
      min: empty ? 0 : this.#min,
      max: empty ? 0 : this.#max,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
    }
  }
}
