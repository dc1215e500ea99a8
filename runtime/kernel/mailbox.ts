/**
 * Owns: one process's mailbox: a bounded normal lane and an unbounded urgent lane for signals of the runtime.
 * Does not own: what happens to a refused or dropped message (its sender is told by the caller of `push`).
 * Invariants: MB1 each lane is first in, first out. MB2 a full lane never grows: the overflow answer decides. MB3 signals are never refused
 * nor thrown out, because an exit that is lost would leave a child alive.
 */

/** What happens to a message for a full mailbox. */
export type Overflow = 'refuse' | 'drop-oldest' | 'drop-new'

/** What `push` did: `accepted`, or which entry fell out and why. */
export type Pushed = 'accepted' | 'refused' | 'dropped-new' | 'dropped-oldest'

/** A queue in a ring that grows by doubling: no allocation per entry, and no work per entry when it is long. */
export class Queue<T> {
  #ring: (T | undefined)[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(entry: T): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = entry
  }

  unshift(entry: T): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#head = (this.#head - 1) & (this.#ring.length - 1)
    this.#ring[this.#head] = entry
    this.#size++
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const ring = this.#ring
    const entry = ring[this.#head]
    ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (ring.length - 1)
    // A burst must not keep its memory for ever: an empty large ring is given back.
    if (--this.#size === 0 && ring.length > 1024) this.#ring = []
    if (this.#size === 0) this.#head = 0
    return entry
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head]
  }

  /** Removes the entries that `match`; keeps the order of the rest. Returns how many went. */
  remove(match: (entry: T) => boolean): number {
    const kept: T[] = []
    const before = this.#size
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) if (!match(entry)) kept.push(entry)
    for (const entry of kept) this.push(entry)
    return before - kept.length
  }

  #grow(): void {
    const old = this.#ring
    const ring: (T | undefined)[] = new Array(Math.max(4, old.length * 2))
    for (let i = 0; i < this.#size; i++) ring[i] = old[(this.#head + i) & (old.length - 1)]
    this.#ring = ring
    this.#head = 0
  }
}

export class Mailbox<T> {
  readonly #normal = new Queue<T>()
  #urgent: Queue<T> | undefined
  readonly limit: number
  readonly overflow: Overflow
  readonly #isSignal: (entry: T) => boolean

  /**
   * @param limit most entries of the normal lane; Infinity for none
   * @param isSignal tells the entries that `drop-oldest` may not throw out (MB3)
   */
  constructor(limit: number, overflow: Overflow, isSignal: (entry: T) => boolean = () => false) {
    this.limit = limit
    this.overflow = overflow
    this.#isSignal = isSignal
  }

  get size(): number {
    return this.#normal.size + (this.#urgent ? this.#urgent.size : 0)
  }

  /** Adds to the normal lane. `dropped` is called with the entry that `drop-oldest` throws out. */
  push(entry: T, dropped?: (oldest: T) => void): Pushed {
    if (this.#normal.size < this.limit) {
      this.#normal.push(entry)
      return 'accepted'
    }
    if (this.overflow === 'refuse') return 'refused'
    if (this.overflow === 'drop-new') return 'dropped-new'
    const oldest = this.#oldest()
    // Only signals wait: their number is not the sender's doing, but its message would make the lane longer still.
    if (oldest === undefined) return 'dropped-new'
    dropped?.(oldest)
    this.#normal.push(entry)
    return 'dropped-oldest'
  }

  /** Takes out the oldest entry that is no signal; the signals before it stay where they were. */
  #oldest(): T | undefined {
    const before: T[] = []
    let found: T | undefined
    for (let entry = this.#normal.shift(); entry !== undefined; entry = this.#normal.shift()) {
      if (!this.#isSignal(entry)) {
        found = entry
        break
      }
      before.push(entry)
    }
    for (let i = before.length - 1; i >= 0; i--) this.#normal.unshift(before[i]!)
    return found
  }

  /** Adds a signal in the order of messages, whatever the limit (MB3). */
  pushSignal(entry: T): void {
    this.#normal.push(entry)
  }

  /** Adds a signal that overtakes messages (MB3). */
  pushUrgent(entry: T): void {
    this.#urgent ??= new Queue()
    this.#urgent.push(entry)
  }

  /** Puts an entry back where it was taken from. */
  unshift(entry: T): void {
    this.#normal.unshift(entry)
  }

  shift(): T | undefined {
    return this.#urgent !== undefined && this.#urgent.size > 0 ? this.#urgent.shift() : this.#normal.shift()
  }

  peek(): T | undefined {
    return this.#urgent !== undefined && this.#urgent.size > 0 ? this.#urgent.peek() : this.#normal.peek()
  }

  remove(match: (entry: T) => boolean): number {
    return this.#normal.remove(match) + (this.#urgent?.remove(match) ?? 0)
  }
}
