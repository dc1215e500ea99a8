/**
 * Owns: reading stored actors: many loads of one moment in one statement.
 * Does not own: what is made of them.
 * Invariants: LO1 each address is answered once: its row, undefined, or an error.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import type { LoadedActor, Store } from '../kernel/ports.ts'

interface Waiting {
  readonly address: Address
  readonly resolve: (actor: LoadedActor | undefined) => void
  readonly reject: (error: unknown) => void
}

const mostAtOnce = 256

export class Loader {
  readonly #store: Store
  #waiting: Waiting[] = []
  #running = false

  constructor(store: Store) {
    this.#store = store
  }

  load(address: Address): Promise<LoadedActor | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ address, resolve, reject })
      if (!this.#running) this.#run()
    })
  }

  #run(): void {
    this.#running = true
    queueMicrotask(async () => {
      while (this.#waiting.length > 0) await this.#round(this.#waiting.splice(0, mostAtOnce))
      this.#running = false
    })
  }

  async #round(round: readonly Waiting[]): Promise<void> {
    try {
      const found = new Map(
        (await this.#store.load(round.map((one) => one.address))).map((actor) => [formatAddress(actor.row.address), actor]),
      )
      for (const one of round) one.resolve(found.get(formatAddress(one.address)))
    } catch (error) {
      for (const one of round) one.reject(error)
    }
  }
}
