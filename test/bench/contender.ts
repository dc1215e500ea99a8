/**
 * Owns: what can be measured: a contender is one side of a comparison, prepared once and then asked for rounds.
 * Does not own: which contenders are compared (cases), the order of rounds (rounds).
 * Invariants: CN1 each contender lives in a process of its own, because a compiler that has seen other code makes other code. CN2 a
 * contender that is not asked does nothing, so that only one of them runs at a time.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The figures of one round: a name and a number each, such as `perSecond`. */
export type Figures = { readonly [figure: string]: number }

/** A prepared contender inside its own process. */
export interface Contender {
  round(): Promise<Figures>
  close(): Promise<void>
}

/** How a contender of a module is made; `undefined` when this machine cannot run it. */
export type ContenderMaker = (setting: string) => Promise<Contender | undefined>

/** Where a contender is found: a module of `contenders/`, a name in it, and a setting that it understands. */
export interface ContenderPlace {
  readonly module: string
  readonly name: string
  readonly setting?: string
  /** Flags of the Node process, such as `--expose-gc`. */
  readonly flags?: readonly string[]
}

export type Order = { readonly order: 'prepare' | 'round' | 'close' }
export type Told =
  | { readonly told: 'ready' }
  | { readonly told: 'absent' }
  | { readonly told: 'figures'; readonly figures: Figures }
  | { readonly told: 'failed'; readonly reason: string }

/** A contender in another process, as the harness holds it. */
export class RemoteContender implements Contender {
  readonly #child: ChildProcess
  readonly #label: string

  constructor(place: ContenderPlace) {
    this.#label = labelOf(place)
    const main = fileURLToPath(new URL('./contender-process.ts', import.meta.url))
    const words = [place.module, place.name, place.setting ?? '']
    this.#child = fork(main, words, { execArgv: [...(place.flags ?? [])], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** False when this machine cannot run it. */
  async prepare(): Promise<boolean> {
    return (await this.#order('prepare')).told === 'ready'
  }

  async round(): Promise<Figures> {
    const told = await this.#order('round')
    if (told.told !== 'figures') throw new Error(`${this.#label} told ${told.told} instead of figures`)
    return told.figures
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return
    const gone = once(this.#child, 'exit')
    this.#child.send({ order: 'close' } satisfies Order)
    await gone
  }

  async #order(order: Order['order']): Promise<Told> {
    const answer = Promise.race([
      once(this.#child, 'message').then(([told]) => told as Told),
      once(this.#child, 'exit').then(([code]) => ({ told: 'failed', reason: `its process ended with ${code}` }) as const),
    ])
    this.#child.send({ order } satisfies Order)
    const told = await answer
    if (told.told === 'failed') throw new Error(`${this.#label}: ${told.reason}`)
    return told
  }
}

export function labelOf(place: ContenderPlace): string {
  return [place.module, place.name, place.setting].filter(Boolean).join(':')
}
