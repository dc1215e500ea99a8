/**
 * Owns: the drivers on which the floors write: the public one of each database, as somebody who writes by hand would use it.
 * Does not own: what is written (contenders/floor).
 * Invariants: FD1 as many statements under way as the store would have.
 */

import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { type BenchPlace, benchPlace, type Engine } from './bench-place.ts'

export interface FloorDriver {
  readonly schema: string
  readonly parallel: number
  /** Runs a statement that is used once. */
  once(text: string, values?: readonly unknown[]): Promise<unknown>
  /** Makes a statement that is used often; lists of texts are arrays of Postgres. */
  often(text: string): (values: readonly (string | readonly string[])[]) => Promise<unknown>
  close(): Promise<void>
}

/** Connections of the store's commits on Postgres; PGlite has one. */
const connections = 4

/** A driver on a database of its own. */
export async function floorDriver(engine: Engine): Promise<FloorDriver> {
  return drivers[engine](await benchPlace(engine))
}

const drivers: { readonly [E in Engine]: (place: BenchPlace) => FloorDriver } = {
  pglite({ place, schema, clear }) {
    const database = new PGlite(place)
    return {
      schema,
      parallel: 1,
      once: (text, values = []) => database.query(text, [...values]),
      often: (text) => (values) => database.query(text, [...values]),
      async close() {
        await database.close()
        await clear()
      },
    }
  },
  postgres({ place, schema, clear }) {
    const pool = new pg.Pool({ connectionString: place, max: connections })
    let made = 0
    return {
      schema,
      parallel: connections,
      once: (text, values = []) => pool.query(text, [...values]),
      often(text) {
        const name = `floor_${made++}`
        return (values) => pool.query({ name, text, values: [...values] })
      },
      async close() {
        await pool.end()
        await clear()
      },
    }
  },
}
