/**
 * Owns: followers of the journal while commits run at the same time.
 * Does not own: facts of one writer (contract).
 * Invariants: SF1.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { realSources } from '#runtime'
import { openStore } from '#store'
import { StoreStage } from '../contract/store-stage.ts'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const url = await testPostgres()
const schema = testSchema()
const store = await openStore(url, { sources: realSources(), schema })
const other = await openStore(url, { sources: realSources(), schema })
after(async () => {
  await Promise.all([store.close(), other.close()])
  await dropSchema(url, schema)
})

test('SF1: a follower waits for a fact whose cursor is lower and whose commit ends later', async () => {
  const stage = await StoreStage.on(store)
  const late = new pg.Client({ connectionString: url })
  await late.connect()
  await late.query('begin')
  const { rows } = await late.query(
    `insert into "${schema}".facts (kind, key, sequence, name, data, at_ms) values ('late', 'l', 1, 'late', '1', 1) returning id::int as id`,
  )
  await stage.commit([stage.turn('a', { expected: 0, facts: [{ name: 'early', data: 2 }] })])
  const following = store.facts({ after: 0, limit: 10 })
  await late.query('commit')
  await late.end()
  const seen = await following
  assert.deepEqual(
    seen.map((fact) => fact.name),
    ['late', 'early'],
  )
  assert.equal(seen[0]!.id, rows[0].id)
})

test('SF1: a follower of a stream of parallel commits sees every fact once, in the order of its cursors', async () => {
  const stage = await StoreStage.on(store)
  const lanes = 6
  const each = 60
  let writing = lanes
  const from = (await store.facts({ limit: 1000 })).at(-1)?.id ?? 0
  const writers = Array.from({ length: lanes }, async (_, lane) => {
    for (let n = 0; n < each; n++) {
      const turn = stage.turn(`k${lane}`, { expected: n, facts: [{ name: 'n', data: [lane, n] }] })
      assert.equal((await (lane % 2 ? store : other).commit(stage.batch([turn]))).result, 'committed')
    }
    writing--
  })
  const seen: number[] = []
  const reader = (async () => {
    for (let cursor = from; ; ) {
      const last = writing === 0
      const page = await store.facts({ after: cursor, limit: 50 })
      seen.push(...page.map((fact) => fact.id))
      cursor = page.at(-1)?.id ?? cursor
      if (last && page.length === 0) return
    }
  })()
  await Promise.all([...writers, reader])
  assert.equal(new Set(seen).size, lanes * each)
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  )
})
