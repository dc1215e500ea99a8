/**
 * Owns: a map by address, without making a text of the address for each look.
 * Does not own: what is mapped.
 * Invariants: AM1 two addresses are one key when kind and key are equal.
 */

import type { Address } from './address.ts'

export class AddressMap<T> {
  readonly #kinds = new Map<string, Map<string, T>>()

  get(at: Address): T | undefined {
    return this.#kinds.get(at.kind)?.get(at.key)
  }

  set(at: Address, value: T): void {
    let keys = this.#kinds.get(at.kind)
    if (!keys) {
      keys = new Map()
      this.#kinds.set(at.kind, keys)
    }
    keys.set(at.key, value)
  }

  delete(at: Address): void {
    const keys = this.#kinds.get(at.kind)
    if (keys?.delete(at.key) && keys.size === 0) this.#kinds.delete(at.kind)
  }

  /** All values, kind by kind, in the order in which they came. May be changed meanwhile. */
  *values(): IterableIterator<T> {
    for (const keys of this.#kinds.values()) yield* keys.values()
  }
}
