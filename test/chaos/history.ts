/**
 * Owns: what the client of a chaos run did and saw, and what the tables hold in the end, as plain data.
 * Does not own: judging it (checker).
 */

import type { ActorRow, DeadLetter, Fact } from '#runtime'

/** What a client asks for. `key`: it is sent with an idempotency key and again until it is acknowledged. */
export type Operation =
  | {
      readonly type: 'add'
      readonly op: string
      readonly to: string
      readonly by: number
      readonly key: boolean
      readonly tell: boolean
    }
  | { readonly type: 'get'; readonly op: string; readonly to: string; readonly key: false; readonly tell: false }
  | {
      readonly type: 'transfer'
      readonly op: string
      readonly to: string
      readonly other: string
      readonly amount: number
      readonly key: true
      readonly tell: false
    }
  | {
      readonly type: 'arm'
      readonly op: string
      readonly to: string
      readonly delay: number
      readonly key: true
      readonly tell: true
    }
  | { readonly type: 'run'; readonly op: string; readonly to: string; readonly key: true; readonly tell: true }
  | { readonly type: 'order'; readonly op: string; readonly to: string; readonly key: true; readonly tell: false }

/** How it ended for the client: `unknown` when the process died or the deadline passed. `failed` promises that nothing was applied. */
export type Outcome =
  | { readonly outcome: 'acknowledged'; readonly value: unknown }
  | { readonly outcome: 'failed'; readonly code: string }
  | { readonly outcome: 'unknown' }

export interface Entry {
  readonly operation: Operation
  /** Places in the client's own order of events. */
  readonly invoked: number
  settled: number
  result: Outcome
}

/** An effect's function was begun, in which life of the process. */
export interface Begun {
  readonly op: string
  readonly life: number
}

export interface Tables {
  readonly facts: readonly Pick<Fact, 'address' | 'name' | 'data'>[]
  readonly actors: readonly Pick<ActorRow, 'address' | 'state' | 'status'>[]
  readonly deadLetters: readonly Pick<DeadLetter, 'address' | 'reason' | 'envelope'>[]
  /** Rows that should be gone when all is quiet. */
  readonly left: { readonly outbox: number; readonly timers: number; readonly effects: number }
}

/** A client's history under way. */
export class History {
  readonly entries: Entry[] = []
  readonly begun: Begun[] = []
  #clock = 0

  invoke(operation: Operation): Entry {
    const entry: Entry = { operation, invoked: this.#clock++, settled: Number.POSITIVE_INFINITY, result: { outcome: 'unknown' } }
    this.entries.push(entry)
    return entry
  }

  settle(entry: Entry, result: Outcome): void {
    entry.result = result
    if (result.outcome !== 'unknown') entry.settled = this.#clock++
  }
}
