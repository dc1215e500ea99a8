/**
 * Owns: the one way to a store: what is asked for, opened, migrated and announced.
 * Does not own: the stores.
 * Invariants: OS1 a store that could not be opened leaves nothing open: no connection, no lock.
 */

import { join, resolve } from 'node:path'
import { Kysely } from 'kysely'
import { describe, errorData, kernelErrors, type Sources, type Store, silentTelemetry, type Telemetry } from '#runtime'
import type { Database } from './database.ts'
import { dialectOf } from './dialect.ts'
import { catalogued } from './driver-errors.ts'
import type { Durability } from './durability.ts'
import { lockFolder } from './folder-lock.ts'
import { MemoryStore } from './memory-store.ts'
import { migrate } from './migrate.ts'
import type { PgPool } from './pg-pool.ts'
import { PgliteDatabase } from './pglite-database.ts'
import { databaseFolder, prepareFolder } from './pglite-folder.ts'
import { ownPool, PostgresDatabase, whereOf } from './postgres-database.ts'
import { SqlStore } from './sql-store.ts'
import { storeErrors } from './store-errors.ts'
import type { Tables } from './tables.ts'
import { Upkeep } from './upkeep.ts'

/** `'memory'` (nothing is kept), `'pglite-memory'`, a `postgres://…` URL, a pool of `pg`, or the path of a folder for an embedded database. */
export type StorePlace = string | PgPool

export interface StoreOptions {
  readonly sources: Sources
  readonly telemetry?: Telemetry
  /** Schema of all tables; `troupe` unless given. 1 to 40 of `a-z 0-9 _`, a letter first. */
  readonly schema?: string
  /** Most connections of an own pool; 10 unless given. */
  readonly connections?: number
  /** Milliseconds after which a statement of a server counts as unanswered; 30,000 unless given. */
  readonly patience?: number
  /** False when the server is behind a pooler that does not know prepared statements. */
  readonly prepared?: boolean
  /** What a commit into a folder survives; `process` unless given. A server decides for itself. */
  readonly durability?: Durability
}

export interface OpenedStore {
  readonly store: Store
  /** Where it is, for people; without passwords. */
  readonly where: string
  /** Names of the migrations that were made now. */
  readonly migrated: readonly string[]
}

const defaultSchema = 'troupe'
const commitsPerUpkeep = 10_000
const schemaPattern = /^[a-z][a-z0-9_]{0,39}$/

/**
 * Opens a store and brings its database to the newest shape.
 *
 * @param place where it is
 * @throws `config.invalid`, `store.unreachable`, `store.refused`, `store.locked`, `store.not_writable`, `store.newer`, `store.migration`, `store.full`,
 * `store.out_of_memory`, `store.failed`
 * @example
 * const store = await openStore('./.troupe', { sources: realSources() })
 * await store.close()
 */
export async function openStore(place: StorePlace, options: StoreOptions): Promise<Store> {
  return (await openStoreWith(place, options)).store
}

/** Like `openStore`, and says what it found. */
export async function openStoreWith(place: StorePlace, options: StoreOptions): Promise<OpenedStore> {
  const { sources, telemetry = silentTelemetry, schema = defaultSchema } = options
  const begun = sources.clock.monotonic()
  if (!schemaPattern.test(schema)) throw invalid('schema', '1 to 40 of a-z 0-9 _, a letter first', schema)
  const opened = place === 'memory' ? inMemory(sources) : await overSql(await databaseAt(place, options), schema, options)
  telemetry.emit(
    'store.opened',
    { milliseconds: sources.clock.monotonic() - begun },
    { store: opened.store.name, where: opened.where },
  )
  return opened
}

function inMemory(sources: Sources): OpenedStore {
  return { store: new MemoryStore(sources.clock), where: 'memory', migrated: [] }
}

async function overSql(
  database: Database,
  schema: string,
  { sources, telemetry = silentTelemetry }: StoreOptions,
): Promise<OpenedStore> {
  const db = new Kysely<Tables>({ dialect: dialectOf(database) }).withSchema(schema)
  try {
    const migrated = await migrate(db as unknown as Kysely<never>, database, schema)
    const upkeep = new Upkeep(database, schema, telemetry, commitsPerUpkeep)
    return { store: new SqlStore(database, db, schema, sources.clock, upkeep), where: database.where, migrated }
  } catch (error) {
    await database.close()
    throw catalogued(error, { where: database.where, operation: 'open' })
  }
}

/** True for a place that is a folder of an embedded database. */
export function isFolderPlace(place: unknown): place is string {
  return typeof place === 'string' && place !== 'memory' && place !== 'pglite-memory' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(place)
}

/** The database of a place, not migrated. */
export async function databaseAt(place: StorePlace, options: StoreOptions): Promise<Database> {
  if (typeof place !== 'string') return postgresAt(place, options)
  if (/^postgres(ql)?:\/\//.test(place)) return postgresAt(place, options)
  if (place === 'pglite-memory')
    return PgliteDatabase.open({
      folder: undefined,
      where: 'memory (PGlite)',
      clock: options.sources.clock,
      durability: 'process',
    })
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place) || place.trim() === '')
    throw invalid('store', "'memory', a folder, a postgres:// URL or a pool of pg", place)
  return folderAt(place, options)
}

function postgresAt(place: StorePlace, options: StoreOptions): Database {
  const { patience = 30_000, prepared = true, connections = 10, telemetry = silentTelemetry } = options
  if (typeof place !== 'string' && typeof place?.connect !== 'function')
    throw invalid('store', 'a pool of pg (with a connect function)', place)
  const where = whereOf(place)
  if (typeof place !== 'string') {
    return new PostgresDatabase({ pool: place, where, patience, prepared })
  }
  if (!Number.isInteger(connections) || connections < 2) throw invalid('connections', 'an integer ≥ 2', connections)
  const lost = (error: Error): void =>
    telemetry.emit('store.failed', {}, { operation: 'idle connection', reason: errorData(error).message })
  return new PostgresDatabase({ ...ownPool(place, connections, lost), where, patience, prepared })
}

/** The database lies in a folder of its own below `place`, so that other things may lie beside it. */
async function folderAt(place: string, options: StoreOptions): Promise<Database> {
  const { sources, schema = defaultSchema, durability = 'process' } = options
  const folder = resolve(place)
  try {
    const lock = lockFolder(folder, sources.ids)
    try {
      const data = join(folder, databaseFolder)
      await prepareFolder(data, schema, sources.ids)
      return await PgliteDatabase.open({
        folder: data,
        where: folder,
        clock: sources.clock,
        durability,
        closed: async () => lock.release(),
      })
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    throw folderError(error, folder)
  }
}

function folderError(error: unknown, folder: string): unknown {
  const code = (error as { code?: unknown }).code
  // A file where the folder should be is said as such, because EEXIST alone would puzzle.
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return storeErrors.make('store.not_writable', { where: folder, problem: 'it, or a part of its path, is a file' }, error)
  return catalogued(error, { where: folder, operation: 'open' })
}

function invalid(key: string, expected: string, got: unknown): Error {
  return kernelErrors.make('config.invalid', { key, expected, got: describe(got) })
}
