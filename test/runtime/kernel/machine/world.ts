/**
 * Owns: what the machines of the comparison act upon: a list of what they did, and promises, callbacks and subjects that a step can poke.
 * Does not own: the machines.
 */

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Poke = (given: unknown) => void

export class World {
  /** What actions did and what was emitted, in order. */
  readonly told: string[] = []
  /** True once something here takes a microtask to arrive. */
  waits = false
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #pokes = new Map<string, Poke>()
  #muted = false

  say(text: string): void {
    if (!this.#muted) this.told.push(text)
  }

  /** Runs something whose sayings do not count: the start of what is started again. */
  mute(run: () => void): void {
    this.#muted = true
    try {
      run()
    } finally {
      this.#muted = false
    }
  }

  /** A promise that a step settles. */
  job(name: string): Promise<unknown> {
    this.waits = true
    return new Promise((resolve, reject) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), { resolve, reject }])
    })
  }

  /** Something that a step can call by name; the last one that was given counts. */
  onPoke(name: string, poke: Poke): void {
    this.#pokes.set(name, poke)
  }

  poke(name: string, given: unknown): void {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const { resolve, reject } of waiting) given instanceof Error ? reject(given) : resolve(given)
    this.#pokes.get(name)?.(given)
  }
}
