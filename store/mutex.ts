/**
 * Owns: one holder at a time, in the order of asking.
 * Does not own: what is done meanwhile.
 * Invariants: MX1 each granted turn ends with exactly one release, however often it is called.
 */

export class Mutex {
  #tail: Promise<void> = Promise.resolve()

  /** Resolves with the release when it is the caller's turn. */
  async acquire(): Promise<() => void> {
    const before = this.#tail
    let release: () => void = () => undefined
    this.#tail = new Promise((resolve) => {
      release = resolve
    })
    await before
    return release
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
