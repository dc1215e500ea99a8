/**
 * Owns: who watches an XState actor from inside of its process: subscribers of its snapshots, listeners of what it emits.
 * Does not own: watchers of the whole actor (the cell shows them its view).
 * Invariants: T1 a watcher is told after the commit, so it is told by a decision. They live as long as this copy of the actor.
 */

import type { InSystem } from './in-cell.ts'
import type { AnySnapshot, InEvent } from './xstate-shapes.ts'

export interface Watcher {
  next?(snapshot: unknown): void
  error?(error: unknown): void
  complete?(): void
}

/** What XState's `subscribe` takes: an observer, or up to three functions. */
export type Subscriber = Watcher | ((snapshot: unknown) => void) | undefined

export function watcherOf(next: Subscriber, error?: (error: unknown) => void, complete?: () => void): Watcher {
  if (typeof next === 'object') return next
  return { ...(next && { next }), ...(error && { error }), ...(complete && { complete }) }
}

export class ActorWatchers {
  readonly #system: InSystem
  readonly #watchers = new Set<Watcher>()
  readonly #listeners = new Map<string, Set<(event: InEvent) => void>>()

  constructor(system: InSystem) {
    this.#system = system
  }

  subscribe(watcher: Watcher): { unsubscribe(): void } {
    this.#watchers.add(watcher)
    return { unsubscribe: () => void this.#watchers.delete(watcher) }
  }

  on(type: string, listener: (event: InEvent) => void): { unsubscribe(): void } {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    return { unsubscribe: () => void listeners.delete(listener) }
  }

  show(snapshot: AnySnapshot): void {
    this.#each((watcher) => watcher.next?.(snapshot))
  }

  emitted(event: InEvent): void {
    for (const listener of [...(this.#listeners.get(event.type) ?? []), ...(this.#listeners.get('*') ?? [])])
      this.#system.push({ type: 'run', name: `on ${event.type}`, run: () => listener(event) })
  }

  /** The last that they hear: the error, or that the actor is complete. */
  ended(failure?: { readonly error: unknown }): void {
    this.#each((watcher) => (failure ? watcher.error?.(failure.error) : watcher.complete?.()))
    this.#watchers.clear()
    this.#listeners.clear()
  }

  #each(tell: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchers) this.#system.push({ type: 'run', name: 'subscribe', run: () => tell(watcher) })
  }
}
