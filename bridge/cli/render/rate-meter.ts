/**
 * Owns: the rate of something that is counted, over the last seconds, and the time that the rest will take.
 * Does not own: clocks (times are given), printing.
 * Invariants: RM1 the rate tells of this run only: what was done before the first sample counts for nothing.
 */

interface Sample {
  readonly at: number
  readonly done: number
}

/** Rate over a sliding window. */
export class RateMeter {
  readonly #window: number
  #samples: Sample[] = []

  /** @param window milliseconds that are looked back at; default 8,000 */
  constructor(window = 8000) {
    this.#window = window
  }

  /**
   * @param at monotonic milliseconds
   * @param done how many are done at that time
   */
  add(at: number, done: number): void {
    this.#samples.push({ at, done })
    // The newest sample that is outside of the window stays, so that a slow run has a rate, too.
    const inside = this.#samples.findIndex((sample) => sample.at >= at - this.#window)
    if (inside > 1) this.#samples = this.#samples.slice(inside - 1)
  }

  /** How many in a second; undefined until it can be told. */
  get perSecond(): number | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (!first || !last || last.at <= first.at) return undefined
    return ((last.done - first.done) * 1000) / (last.at - first.at)
  }

  /** Milliseconds that `remaining` more will take at this rate; undefined when nothing moves. */
  forecast(remaining: number): number | undefined {
    const rate = this.perSecond
    return remaining <= 0 ? 0 : rate === undefined || rate <= 0 ? undefined : (remaining * 1000) / rate
  }
}
