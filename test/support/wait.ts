/**
 * Owns: waiting in tests: for a condition, with a deadline that tells what it saw.
 * Does not own: simulated time (runtime/kernel/sources.ts).
 * Invariants: W1 no test sleeps for a guessed time. W2 a wait that fails prints the last thing that it saw.
 */

import { inspect } from 'node:util'

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * Waits until `look` gives a value that `good` accepts (by default: any truthy one), and returns that value.
 *
 * @param what the condition in words, for the error: "the counter to reach 3"
 * @param look reads the present state; may be asynchronous; what it throws counts as "not yet"
 * @param options `within` milliseconds until it fails (default 5,000), `every` milliseconds between looks (default 5)
 * @throws Error that says what was awaited, for how long, and what was seen last
 * @example const rows = await waitFor('two rows', () => store.rows(), (rows) => rows.length === 2)
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  good: (seen: T) => boolean = Boolean,
  options: { readonly within?: number; readonly every?: number } = {},
): Promise<T> {
  const within = options.within ?? 5_000
  const end = performance.now() + within
  let last = 'nothing yet'
  for (;;) {
    try {
      const seen = await look()
      if (good(seen)) return seen
      last = inspect(seen, { depth: 4, breakLength: 120 })
    } catch (error) {
      // Not swallowed: it is what the last look saw, and the deadline's error prints it.
      last = `an error: ${error instanceof Error ? error.message : String(error)}`
    }
    if (performance.now() >= end) throw new Error(`Waited ${within} ms for ${what}; last seen: ${last}`)
    await pause(options.every ?? 5)
  }
}

/** `promise`, or an error after `within` milliseconds that says what did not come. */
export async function inTime<T>(what: string, promise: Promise<T>, within = 5_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${within} ms`)), within)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
