/**
 * Owns: a Postgres server as a database of the store, over a pool of `pg`: its own one, or the host's.
 * Does not own: SQL; a pool that the host gave, which it neither configures nor ends.
 * Invariants: DB1, DB2. PD1 nothing that is set here can be felt by other users of the host's pool.
 */

import pg from 'pg'
import { type Connection, type Database, type Parameter, parserOf, type Result, type Row, type Statement } from './database.ts'
import { catalogued, withoutPassword } from './driver-errors.ts'
import type { PgClient, PgPool } from './pg-pool.ts'
import { storeErrors } from './store-errors.ts'

export interface PostgresOptions {
  readonly pool: PgPool
  /** True when the pool is ours to end. */
  readonly end?: () => Promise<void>
  readonly where: string
  /** Milliseconds after which a statement counts as unanswered. */
  readonly patience: number
  /** False for poolers that give each transaction another session and do not know prepared statements. */
  readonly prepared: boolean
}

const types = { getTypeParser: (oid: number) => parserOf(oid) }

export class PostgresDatabase implements Database {
  readonly name = 'postgres'
  readonly where: string
  readonly parallel: number
  readonly #options: PostgresOptions
  #closed = false

  constructor(options: PostgresOptions) {
    this.#options = options
    this.where = options.where
    // Half of the connections, so that loads, timers and leases never wait behind commits.
    this.parallel = Math.max(1, Math.min(4, Math.floor((options.pool.options?.max ?? 10) / 2)))
  }

  async run(operation: string, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    if (this.#closed) throw storeErrors.make('store.closed', { operation })
    const { pool, prepared, patience } = this.#options
    const config = { text: statement.text, values: parameters as unknown[], types, query_timeout: patience }
    let client: PgClient | undefined
    let failed = false
    try {
      client = await pool.connect()
      const { rows } = await client.query(prepared ? { ...config, name: statement.name } : config)
      return rows as Row[]
    } catch (error) {
      // A session whose answer did not come may still be at work, so the next user must not get it.
      failed = !hasSqlstate(error)
      throw catalogued(error, { where: this.where, operation })
    } finally {
      client?.release(failed)
    }
  }

  async reserve(): Promise<Connection> {
    if (this.#closed) throw storeErrors.make('store.closed', { operation: 'reserve' })
    const client = await this.#connect()
    return {
      query: async (text, values): Promise<Result> => {
        const { rows, rowCount, command } = await client.query({ text, values: values as unknown[], types })
        return { rows: rows as Row[], count: rowCount ?? 0, command }
      },
      release: (broken) => client.release(broken ?? false),
    }
  }

  async #connect(): Promise<PgClient> {
    try {
      return await this.#options.pool.connect()
    } catch (error) {
      throw catalogued(error, { where: this.where, operation: 'connect' })
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#options.end?.()
  }
}

function hasSqlstate(error: unknown): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !code.startsWith('08')
}

/**
 * A pool of our own.
 *
 * @param url `postgres://…`
 * @param max most connections
 * @param lost told when an idle connection broke; without a listener `pg` would crash the process
 */
export function ownPool(url: string, max: number, lost: (error: Error) => void): { pool: PgPool; end: () => Promise<void> } {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'troupe',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    idleTimeoutMillis: 30_000,
  })
  pool.on('error', lost)
  return { pool: pool as unknown as PgPool, end: () => pool.end() }
}

/** Where a pool or a URL leads, for people. */
export function whereOf(place: string | PgPool): string {
  if (typeof place === 'string') return withoutPassword(place)
  const { host, database } = place.options ?? {}
  return `the given pool${host ? ` (${host}${database ? `/${database}` : ''})` : ''}`
}
