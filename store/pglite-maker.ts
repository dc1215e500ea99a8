/**
 * Owns: making a new embedded database in a folder, as a program of its own: `node pglite-maker.ts FOLDER SCHEMA`.
 * Does not own: when that is needed (pglite-folder).
 * Invariants: PK1 it ends by itself; its exit code says whether the folder is whole.
 */

import { Kysely } from 'kysely'
import { realSources } from '#runtime'
import { dialectOf } from './dialect.ts'
import { migrate } from './migrate.ts'
import { PgliteDatabase } from './pglite-database.ts'

/** Makes a database with its tables and closes it, so that all of it is in its files. */
export async function makeDatabase(folder: string, schema: string): Promise<void> {
  const database = await PgliteDatabase.open({ folder, where: folder, clock: realSources().clock, durability: 'process' })
  try {
    await migrate(new Kysely<never>({ dialect: dialectOf(database) }), database, schema)
  } finally {
    await database.close()
  }
}

if (import.meta.main) await makeDatabase(process.argv[2]!, process.argv[3]!)
