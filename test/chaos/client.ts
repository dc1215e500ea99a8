/**
 * Owns: the client of a chaos run: so many operations at once, tried again under their key until they are acknowledged, written into the history.
 * Does not own: where they are performed (target).
 * Invariants: CL1 an operation without a key is sent once. CL2 what died on its way is `unknown`, never guessed.
 */

import type { Entry, History, Operation, Outcome } from './history.ts'

/** Performs one try of an operation; settles when its outcome is known or can not be known any more. */
export type Target = (operation: Operation) => Promise<Outcome>

export class Client {
  readonly #history: History
  readonly #operations: Iterator<Operation>
  readonly #target: Target
  /** Operations that may still be begun. */
  #budget = 0
  #wake: (() => void)[] = []
  #finished = false
  readonly #lanes: Promise<void>[]

  constructor(options: {
    readonly history: History
    readonly operations: Iterator<Operation>
    readonly target: Target
    readonly lanes: number
  }) {
    this.#history = options.history
    this.#operations = options.operations
    this.#target = options.target
    this.#lanes = Array.from({ length: options.lanes }, () => this.#lane())
  }

  /** Lets up to `more` further operations begin. */
  allow(more: number): void {
    this.#budget = more
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Begins nothing more; resolves when everything that was begun has come to its end. */
  async finish(): Promise<void> {
    this.#finished = true
    for (const wake of this.#wake.splice(0)) wake()
    await Promise.all(this.#lanes)
  }

  async #lane(): Promise<void> {
    while (!this.#finished) {
      if (this.#budget <= 0) {
        await new Promise<void>((resolve) => this.#wake.push(resolve))
        continue
      }
      this.#budget--
      const operation = this.#operations.next().value as Operation
      await this.#try(this.#history.invoke(operation))
    }
  }

  async #try(entry: Entry): Promise<void> {
    for (;;) {
      const result = await this.#target(entry.operation)
      if (result.outcome === 'acknowledged' || !entry.operation.key) return this.#history.settle(entry, result)
      // An earlier try may have been applied, so that a failure of this one tells nothing: the key makes trying again safe.
      if (result.outcome === 'failed') await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
