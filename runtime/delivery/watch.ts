/**
 * Owns: the stream of what an actor shows.
 * Does not own: when it shows it (cells).
 * Invariants: W1 a reader gets the present state first, then the newest after each change; what it was too slow for is skipped, never queued.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import type { AnyBehaviour } from '../kernel/behaviour.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { LiveParts, Observer } from '../kernel/live-parts.ts'
import type { DurableHost } from './durable-host.ts'
import type { Inbox } from './inbox.ts'
import type { VolatileHost } from './volatile-host.ts'

/** Where the actors are that can be watched. */
export interface Watched {
  readonly volatile: VolatileHost
  readonly durable: DurableHost
  behaviour(kind: string): AnyBehaviour
  inboxOf(to: Address): Inbox
}

const none = Symbol('none')

export function watchActor(system: Watched, to: Address, signal?: AbortSignal): AsyncIterableIterator<unknown> {
  const { live, view } = attach(system, to)
  let latest: unknown = view ? view() : none
  let ended = false
  const waiting: (() => void)[] = []
  const notify = (): void => {
    for (const wake of waiting.splice(0)) wake()
  }
  const observer: Observer = {
    snapshot: (seen) => {
      latest = seen
      notify()
    },
    ended: () => {
      ended = true
      notify()
    },
  }
  const stopObserving = live.observe(observer)
  const close = (): void => {
    stopObserving()
    ended = true
    notify()
  }
  signal?.addEventListener('abort', close, { once: true })
  if (signal?.aborted) close()
  return {
    async next(): Promise<IteratorResult<unknown>> {
      while (latest === none && !ended) {
        await new Promise<void>((resolve) => void waiting.push(resolve))
      }
      if (latest === none) return { done: true, value: undefined }
      const value = latest
      latest = none
      return { done: false, value }
    },
    async return(): Promise<IteratorResult<unknown>> {
      latest = none
      close()
      signal?.removeEventListener('abort', close)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function attach(system: Watched, to: Address): { live: LiveParts; view: (() => unknown) | undefined } {
  if (system.behaviour(to.kind).durability === 'volatile') {
    const living = system.volatile.living(to)
    if (!living) throw kernelErrors.make('actor.not_found', { address: formatAddress(to) })
    return { live: living.live, view: () => living.view() }
  }
  const inbox = system.inboxOf(to)
  // A watcher is a reason to live: the actor is loaded, and shows itself when it is there.
  if (!inbox.shown) system.durable.activate(inbox)
  return { live: inbox.live, view: inbox.shown && (() => inbox.shown?.view()) }
}
