/**
 * Owns: the contract on a Postgres server.
 * Does not own: the contract.
 * Invariants: those of the contract.
 */

import { after } from 'node:test'
import { realSources } from '#runtime'
import { openStore } from '#store'
import { storeContract } from '../contract/store.ts'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const url = await testPostgres()
const schemas: string[] = []

storeContract('Postgres', () => {
  const schema = testSchema()
  schemas.push(schema)
  return openStore(url, { sources: realSources(), schema })
})

after(async () => {
  for (const schema of schemas) await dropSchema(url, schema)
})
