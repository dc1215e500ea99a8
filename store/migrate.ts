/**
 * Owns: bringing a database to the newest shape, and refusing one that is newer than this code.
 * Does not own: the shapes (migrations/).
 * Invariants: MG1 two processes that start at once migrate once: the migrator holds a lock. MG2 a database with an unknown migration is left untouched.
 */

import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { describe, TroupeError } from '#runtime'
import type { Database } from './database.ts'
import { catalogued } from './driver-errors.ts'
import { initial } from './migrations/0001-initial.ts'
import { storeErrors } from './store-errors.ts'

/** All migrations in order; append only. */
const migrations: { readonly [name: string]: (schema: string) => Migration } = {
  '0001_initial': initial,
}
/** Names of all migrations in order. */
export const known: readonly string[] = Object.keys(migrations)
const newest = known[known.length - 1]!
const table = 'migrations'

/**
 * Brings the schema to the newest shape.
 *
 * @param db over `database`
 * @returns names of the migrations that were made now
 * @throws `store.newer`, `store.migration`, and what the database refuses
 */
export async function migrate(db: Kysely<never>, database: Database, schema: string): Promise<readonly string[]> {
  const { where } = database
  if (await isNewest(db, where, schema)) return []
  const migrator = new Migrator({
    db,
    migrationTableSchema: schema,
    migrationTableName: table,
    migrationLockTableName: 'migration_lock',
    provider: {
      getMigrations: async () => Object.fromEntries(known.map((name) => [name, migrations[name]!(schema)])),
    },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return (results ?? []).map((result) => result.migrationName)
  // A newer program may have migrated while this one waited for the lock.
  await isNewest(db, where, schema)
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? newest
  const found = catalogued(error, { where, operation: 'migrate' })
  if (!TroupeError.is(found, 'store.failed')) throw found
  throw storeErrors.make(
    'store.migration',
    { where, migration: failed, problem: error instanceof Error ? error.message : describe(error) },
    error,
  )
}

async function isNewest(db: Kysely<never>, where: string, schema: string): Promise<boolean> {
  return (await appliedMigrations(db, where, schema)).length === known.length
}

/** Names of the migrations that the database has; none when it is empty. @throws `store.newer` when this code does not know one of them */
export async function appliedMigrations(db: Kysely<never>, where: string, schema: string): Promise<readonly string[]> {
  const applied = await storedMigrations(db, where, schema)
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw storeErrors.make('store.newer', { where, unknown: unknown.join(', '), known: newest })
  return applied
}

async function storedMigrations(db: Kysely<never>, where: string, schema: string): Promise<readonly string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, table)} order by name`.execute(db)
    return rows.map((row) => row.name)
  } catch (error) {
    const code = (error as { code?: unknown }).code
    const missing = code === '42P01' || code === '3F000'
    if (missing) return []
    throw catalogued(error, { where, operation: 'migrate' })
  }
}
