/**
 * Owns: reading everything that a checker wants from a store.
 * Does not own: judging it (checker).
 */

import type { ActorRow, Fact, Store } from '#runtime'
import type { Tables } from './history.ts'

const page = 5000

/** Rows of work that is under way. */
export async function leftIn(store: Store): Promise<Tables['left']> {
  const partitions = (await store.leases()).map((lease) => lease.partition)
  const [outbox, timers, effects] = await Promise.all([
    store.outbox(partitions, page),
    store.timers(partitions, Number.MAX_SAFE_INTEGER, page),
    store.withEffects(partitions),
  ])
  return { outbox: outbox.length, timers: timers.length, effects: effects.length }
}

export async function readTables(store: Store): Promise<Tables> {
  const facts: Fact[] = []
  for (let after = 0; ; after = facts.at(-1)?.id ?? 0) {
    const more = await store.facts({ after, limit: page })
    facts.push(...more)
    if (more.length < page) break
  }
  const actors: ActorRow[] = [...(await store.actors({ limit: page }))]
  return { facts, actors, deadLetters: await store.deadLetters({ limit: page }), left: await leftIn(store) }
}
