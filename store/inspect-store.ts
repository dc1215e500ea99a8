/**
 * Owns: looking at a store without changing it: is it there, does it answer, which migrations does it lack.
 * Does not own: opening it for use (open-store), migrating (migrate).
 * Invariants: IS1 nothing is made: a folder that is not there stays so. IS2 what was opened for the look is closed.
 */

import { resolve } from 'node:path'
import { Kysely } from 'kysely'
import { dialectOf } from './dialect.ts'
import { isUnused } from './erase-store.ts'
import { appliedMigrations, known } from './migrate.ts'
import { databaseAt, isFolderPlace, openStoreWith, type StoreOptions, type StorePlace } from './open-store.ts'

/** What a look at a store found. */
export interface StoreLook {
  readonly store: 'pglite' | 'postgres' | 'memory'
  readonly where: string
  /** Name of the newest migration that it has; `empty` when it has none. */
  readonly version: string
  /** Migrations that it lacks, in order. */
  readonly pending: readonly string[]
  readonly milliseconds: number
}

/**
 * @throws `store.unreachable`, `store.locked`, `store.refused`, `store.newer`, `store.failed`
 * @example console.log((await inspectStore('memory', { sources: realSources() })).pending.length) // 0
 */
export async function inspectStore(place: StorePlace, options: StoreOptions): Promise<StoreLook> {
  const { clock } = options.sources
  const begun = clock.monotonic()
  const passed = (): number => clock.monotonic() - begun
  if (place === 'memory')
    return { store: 'memory', where: 'memory', version: known[known.length - 1]!, pending: [], milliseconds: 0 }
  if (isFolderPlace(place) && isUnused(place)) {
    return { store: 'pglite', where: resolve(place), version: 'empty', pending: known, milliseconds: passed() }
  }
  const database = await databaseAt(place, options)
  try {
    const db = new Kysely<never>({ dialect: dialectOf(database) })
    const applied = await appliedMigrations(db, database.where, options.schema ?? 'troupe')
    const pending = known.filter((name) => !applied.includes(name))
    return {
      store: database.name,
      where: database.where,
      version: applied[applied.length - 1] ?? 'empty',
      pending,
      milliseconds: passed(),
    }
  } finally {
    await database.close()
  }
}

/** Brings a store to the newest shape and closes it. @throws what `openStore` throws */
export async function migrateStore(
  place: StorePlace,
  options: StoreOptions,
): Promise<{ store: string; applied: readonly string[]; version: string }> {
  const { store, where, migrated } = await openStoreWith(place, options)
  await store.close()
  return { store: where, applied: migrated, version: known[known.length - 1]! }
}
