/**
 * Owns: comparing what happened with what a golden trace says, and saying where they part.
 * Does not own: making it happen (otp-world).
 * Invariants: OT3 one event more, less or out of order is a difference; branches of a `par` block may interleave in any way.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Term, TraceEvent, TraceItem } from './otp-terms.ts'

/** A place in a list of items; inside a `par` block, one place per branch. */
class Place {
  readonly #items: readonly TraceItem[]
  #at = 0
  #branches: Place[] | undefined

  constructor(items: readonly TraceItem[]) {
    this.#items = items
    this.#enter()
  }

  get done(): boolean {
    return this.#at >= this.#items.length
  }

  /** Moves past `event` if it may come next. */
  take(event: TraceEvent): boolean {
    if (this.#branches) {
      if (!this.#branches.some((branch) => branch.take(event))) return false
      this.#enter()
      return true
    }
    if (this.done || !isDeepStrictEqual(this.#items[this.#at], event)) return false
    this.#at++
    this.#enter()
    return true
  }

  /** All events that may come next. */
  next(): TraceEvent[] {
    if (this.#branches) return this.#branches.flatMap((branch) => branch.next())
    return this.done ? [] : [this.#items[this.#at] as TraceEvent]
  }

  /** Opens the block that stands here, and leaves it when all of its branches are done. */
  #enter(): void {
    for (;;) {
      if (this.#branches) {
        if (!this.#branches.every((branch) => branch.done)) return
        this.#branches = undefined
        this.#at++
      }
      const item = this.#items[this.#at]
      if (item === undefined || !('par' in item)) return
      this.#branches = item.par.map((branch) => new Place(branch))
    }
  }
}

const text = (value: unknown): string => JSON.stringify(value)

/** What is wrong with `actual`, in lines; empty when it fits. */
export function compareEvents(expected: readonly TraceItem[], actual: readonly TraceEvent[]): string[] {
  const place = new Place(expected)
  for (const [index, event] of actual.entries()) {
    if (place.take(event)) continue
    const next = place.next()
    return [
      `event ${index + 1} does not fit: ${text(event)}`,
      `  possible here: ${next.length === 0 ? 'nothing more' : next.map(text).join(' or ')}`,
      `  events: ${actual.map(text).join(' ')}`,
    ]
  }
  if (place.done) return []
  return [`missing: ${place.next().map(text).join(' or ')}`, `  events: ${actual.map(text).join(' ') || 'none'}`]
}

export function compareValues(what: string, expected: Term | undefined, actual: Term | undefined): string[] {
  return isDeepStrictEqual(expected, actual)
    ? []
    : [`${what}: expected ${text(expected)}`, `${' '.repeat(what.length)}       got ${text(actual)}`]
}
