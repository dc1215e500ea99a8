/**
 * Owns: where the databases of the benchmarks are: a temporary folder for the embedded one, the test server for Postgres.
 * Does not own: opening them.
 * Invariants: BP1 what a benchmark wrote is gone after it.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

export type Engine = 'pglite' | 'postgres'

export interface BenchPlace {
  readonly place: string
  readonly schema: string
  readonly clear: () => Promise<void>
}

export async function benchPlace(engine: Engine): Promise<BenchPlace> {
  const schema = testSchema().slice(0, 40)
  if (engine === 'postgres') {
    const place = await testPostgres()
    return { place, schema, clear: () => dropSchema(place, schema) }
  }
  const place = mkdtempSync(join(tmpdir(), 'troupe-bench-pglite-'))
  return { place, schema, clear: async () => rmSync(place, { recursive: true }) }
}
