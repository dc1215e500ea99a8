/**
 * Owns: a lock per key: first come, first served, released at the end of its function or of its holder.
 * Does not own: registries (registry), which only lend their name.
 * Invariants: KL1 at most one living holder per key. KL2 whatever ends the holder, the next living one in line gets the lock; a dead
 * one in line is passed over.
 */

import { canonicalJson, type Json, type Processes, type Ref } from '#runtime'

interface Waiter {
  readonly owner: Ref | undefined
  readonly enter: () => void
}

export class KeyLock {
  readonly #processes: Processes
  /** Those in line for each key; the first one holds it. */
  readonly #lines = new Map<string, Waiter[]>()

  constructor(processes: Processes) {
    this.#processes = processes
  }

  /**
   * Runs `work` while nobody else holds `key`. Resolves or rejects as `work` does.
   *
   * @param owner the process on whose behalf it is held: its death releases the lock
   */
  async with<T>(key: Json, owner: Ref | undefined, work: () => T | Promise<T>): Promise<T> {
    const text = canonicalJson(key)
    const waiter = await this.#enter(text, owner)
    const forget = owner && this.#processes.onExit(owner, () => this.#leave(text, waiter))
    try {
      return await work()
    } finally {
      forget?.()
      this.#leave(text, waiter)
    }
  }

  #enter(text: string, owner: Ref | undefined): Promise<Waiter> {
    return new Promise((resolve) => {
      const waiter: Waiter = { owner, enter: () => resolve(waiter) }
      const line = this.#lines.get(text)
      if (line) return void line.push(waiter)
      this.#lines.set(text, [waiter])
      waiter.enter()
    })
  }

  /** Takes `waiter` out of the line; if it was the holder, lets the next living one in. */
  #leave(text: string, waiter: Waiter): void {
    const line = this.#lines.get(text)
    if (!line || line[0] !== waiter) return
    line.shift()
    while (line[0]?.owner && !this.#processes.alive(line[0].owner)) line.shift()
    if (line[0]) line[0].enter()
    else this.#lines.delete(text)
  }
}
