/**
 * Owns: Kysely's view of a database: its driver, whichever of the two it is.
 * Does not own: SQL, connections.
 * Invariants: DI1 a transaction that could not be rolled back costs its connection, because nobody knows its state.
 */

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteAdapter,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Connection, Database } from './database.ts'

/** Statements that write, and so have a count of written rows. */
const writing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

class DialectConnection implements DatabaseConnection {
  readonly inner: Connection
  broken = false

  constructor(inner: Connection) {
    this.inner = inner
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, count, command } = await this.inner.query(query.sql, query.parameters)
    const read = rows as unknown as R[]
    return writing.has(command) ? { rows: read, numAffectedRows: BigInt(count) } : { rows: read }
  }

  // biome-ignore lint/correctness/useYield: it only refuses
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The store reads page by page; it never streams.')
  }
}

/** @param database stays the caller's: destroying the Kysely does not close it */
export function dialectOf(database: Database): Dialect {
  const driver: Driver = {
    async init() {},
    acquireConnection: async () => new DialectConnection(await database.reserve()),
    beginTransaction: async (connection) => void (await connection.executeQuery(CompiledQuery.raw('begin'))),
    commitTransaction: async (connection) => void (await connection.executeQuery(CompiledQuery.raw('commit'))),
    async rollbackTransaction(connection) {
      try {
        await connection.executeQuery(CompiledQuery.raw('rollback'))
      } catch (error) {
        ;(connection as DialectConnection).broken = true
        throw error
      }
    },
    async releaseConnection(connection) {
      const { inner, broken } = connection as DialectConnection
      inner.release(broken)
    },
    async destroy() {},
  }
  return {
    createAdapter: () => (database.name === 'pglite' ? new PGliteAdapter() : new PostgresAdapter()),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}
