/** Each example runs as its README says, on a real store. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { runCounter } from '../../examples/counter/counter.ts'
import { runHost } from '../../examples/embedding/embedding.ts'
import { runTransfers } from '../../examples/transfers/transfers.ts'
import { runTriage } from '../../examples/triage/triage.ts'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'troupe-examples-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('counter: the state is there after a restart', async () => {
  const store = join(folder, 'counter')
  assert.equal(await runCounter(store), 2)
  assert.equal(await runCounter(store), 4)
})

test('transfers: money moves between accounts and none is lost', async () => {
  const balances = await runTransfers(join(folder, 'transfers'))
  assert.equal(
    balances.reduce((sum, balance) => sum + balance, 0),
    90,
  )
})

test('embedding: a host keeps its pool and gets its logs', async () => {
  const lines: string[] = []
  const schema = testSchema()
  const url = await testPostgres()
  const pool = new pg.Pool({ connectionString: url })
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  try {
    assert.deepEqual(await runHost(pool, logger, schema), { '/': 2, '/docs': 1 })
    assert.ok(lines.some((line) => line.includes('store.opened')))
  } finally {
    await pool.end()
    await dropSchema(url, schema)
  }
})

test('triage: a program learns from its demonstrations, and equal calls cost one', async () => {
  assert.deepEqual(await runTriage(join(folder, 'triage')), { label: 'spam', calls: 1 })
})
