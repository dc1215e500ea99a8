/**
 * Owns: going on with a value that is there now, or comes later.
 * Does not own: what is done with it.
 * Invariants: WH1 what is there now is used now, because waiting for it would cost more than most starts of a child.
 */

/** Calls `then` with the value: at once if it is there, otherwise when it comes. */
export function when<T, R>(value: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
