/**
 * Owns: who waits for one end: functions that are called once, in the order in which they came.
 * Does not own: the end.
 * Invariants: LN1 a function that was forgotten is not called. LN2 forgetting costs the same however many wait.
 */

interface Listener<T> {
  readonly run: (value: T) => void
  before: Listener<T> | undefined
  after: Listener<T> | undefined
  there: boolean
}

/** Linked by themselves: most ends have one listener, for which a set would be four times as large. */
export class Listeners<T> {
  #first: Listener<T> | undefined
  #last: Listener<T> | undefined

  /** Adds a listener. Returns how to forget it. */
  add(run: (value: T) => void): () => void {
    const listener: Listener<T> = { run, before: this.#last, after: undefined, there: true }
    if (this.#last) this.#last.after = listener
    else this.#first = listener
    this.#last = listener
    return () => this.#forget(listener)
  }

  /** Calls all of them, and forgets them. One that is forgotten by an earlier one is not called (LN1). */
  tell(value: T): void {
    for (let listener = this.#first; listener; listener = this.#first) {
      this.#forget(listener)
      listener.run(value)
    }
  }

  #forget(listener: Listener<T>): void {
    if (!listener.there) return
    listener.there = false
    const { before, after } = listener
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    listener.before = listener.after = undefined
  }
}
