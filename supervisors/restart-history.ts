/**
 * Owns: what a supervisor remembers of its restarts: which child, why, when; bounded.
 * Does not own: counting them against the intensity (intensity).
 * Invariants: S16 at most `limit` restarts are remembered, the newest; `total` counts them all.
 */

import type { ExitReason, Json } from '#runtime'
import type { ChildKey } from './children.ts'

/** One restart attempt. */
export interface RestartRecord {
  /** The id of the child; null for children without one. */
  readonly child: ChildKey | null
  readonly reason: ExitReason
  /** Wall time, milliseconds since 1970. */
  readonly at: number
}

export class RestartHistory {
  readonly #limit: number
  #records: RestartRecord[] = []
  #total = 0

  constructor(limit = 100) {
    this.#limit = limit
  }

  get total(): number {
    return this.#total
  }

  add(record: RestartRecord): void {
    this.#total++
    this.#records.push(record)
    if (this.#records.length > this.#limit) this.#records = this.#records.slice(-this.#limit)
  }

  /** Oldest first. */
  list(): readonly RestartRecord[] {
    return [...this.#records]
  }

  /** The newest `count` as plain data, for the exit reason `gave_up`. */
  json(count: number): Json {
    return this.#records.slice(-count).map(({ child, reason, at }) => ({ child, reason: reason as unknown as Json, at }))
  }
}
