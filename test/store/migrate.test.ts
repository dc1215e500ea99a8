/**
 * Owns: how databases come to their shape, on both.
 * Does not own: what is in the tables (contract).
 * Invariants: MG1, MG2, TD1, M1, OS1.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { realSources } from '#runtime'
import { inspectStore, openStore, openStoreWith } from '#store'
import { commitStatement, shapeOf } from '../../store/commit-statement.ts'
import { readStatements } from '../../store/read-statements.ts'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const url = await testPostgres()
const sources = realSources()
const schemas: string[] = []
const client = new pg.Client({ connectionString: url })
await client.connect()
after(async () => {
  await client.end()
  for (const schema of schemas) await dropSchema(url, schema)
})

function newSchema(): string {
  const schema = testSchema()
  schemas.push(schema)
  return schema
}

test('MG1: programs that start at once on an empty database migrate it once', async () => {
  const schema = newSchema()
  const opened = await Promise.all(Array.from({ length: 4 }, () => openStoreWith(url, { sources, schema })))
  assert.deepEqual(opened.map(({ migrated }) => migrated.length).sort(), [0, 0, 0, 1])
  for (const { store } of opened) {
    assert.deepEqual(await store.installation({ partitions: 3, hashVersion: 1 }), { partitions: 3, hashVersion: 1 })
    await store.close()
  }
})

test('MG2: a database with a migration that this code does not know is refused by name and left alone', async () => {
  const schema = newSchema()
  await (await openStore(url, { sources, schema })).close()
  await client.query(`insert into "${schema}".migrations (name, timestamp) values ('9999_future', '2030-01-01')`)
  await assert.rejects(openStore(url, { sources, schema }), (error: { code: string; message: string; fields: object }) => {
    assert.equal(error.code, 'store.newer')
    assert.match(error.message, /9999_future/)
    assert.ok(!error.message.includes(':troupe@'), 'no password in a message')
    return true
  })
  await assert.rejects(inspectStore(url, { sources, schema }), { code: 'store.newer' }, 'a look finds it, too')
  const { rows } = await client.query(`select count(*)::int as count from "${schema}".migrations where name = '9999_future'`)
  assert.equal(rows[0].count, 1)
})

test('a user who may not create the schema is told so', async () => {
  const role = `role_${process.pid}`
  await client.query(`create role ${role} login password 'secret'`)
  try {
    const place = url.replace(/\/\/[^@]+@/, `//${role}:secret@`)
    await assert.rejects(openStore(place, { sources, schema: testSchema() }), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'store.not_writable')
      assert.ok(!error.message.includes('secret'))
      return true
    })
  } finally {
    await client.query(`drop role ${role}`)
  }
})

test('TD1: every table, view, column and function has a comment', async () => {
  const schema = newSchema()
  await (await openStore(url, { sources, schema })).close()
  const { rows: bare } = await client.query(
    `select c.relname as relation, a.attname as column
     from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'v')
       and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null)`,
    [`"${schema}"`],
  )
  assert.deepEqual(bare, [])
  const { rows: functions } = await client.query(
    `select proname from pg_proc where pronamespace = $1::text::regnamespace and obj_description(oid, 'pg_proc') is null`,
    [`"${schema}"`],
  )
  assert.deepEqual(functions, [])
})

test('the views show states, timers, effects, messages, facts and leases as SQL users read them', async () => {
  const schema = newSchema()
  const store = await openStore(url, { sources, schema })
  await store.claim('node-1', [0], 60_000)
  const row = { address: { kind: 'cart', key: '7' }, partition: 0, version: 1, sequence: 1, status: 'active' } as const
  await store.commit({
    fences: [{ partition: 0, epoch: 1 }],
    turns: [
      {
        row: { ...row, state: '{"value":"open","context":{"n":2,"text":"\\u0000"}}', applied: { p1: 4 } },
        expected: 0,
        outbox: [{ sequence: 1, envelope: '{"v":1}' }],
        timers: { set: [{ id: 'late', due: 1_700_000_000_000, payload: { a: 1 }, armed: 1 }], cancel: [] },
        effects: { start: [{ id: 'call', src: 'model', input: { q: 1 }, turn: 1, number: 0 }], end: [] },
        replies: [],
        facts: [{ name: 'opened', data: { by: 'me' } }],
        remove: false,
      },
    ],
    deadLetters: [],
    relayed: [],
    at: 1_700_000_000_000,
  })
  const one = async (query: string) => (await client.query(query.replaceAll('$', `"${schema}".`))).rows[0]
  assert.deepEqual(
    await one(`select kind, key, state->'context'->>'n' as n, extract(year from updated_at)::int as year from $actor_states`),
    {
      kind: 'cart',
      key: '7',
      n: '2',
      year: 2023,
    },
  )
  assert.deepEqual(await one(`select id, payload->>'a' as a from $pending_timers where due_at < now()`), { id: 'late', a: '1' })
  assert.deepEqual(await one(`select src, input->>'q' as q from $pending_effects`), { src: 'model', q: '1' })
  assert.deepEqual(await one(`select envelope->>'v' as v from $undelivered`), { v: '1' })
  assert.deepEqual(await one(`select name, data->>'by' as by from $journal`), { name: 'opened', by: 'me' })
  assert.deepEqual(await one(`select owner, alive from $held_leases`), { owner: 'node-1', alive: true })
  const readable = async (stored: string) =>
    (await client.query(`select "${schema}".readable($1::text) as it`, [stored])).rows[0].it as unknown
  for (const [given, shown] of [
    ['a\0b', 'a\ufffdb'],
    ['\ud800x\udfff', '\ufffdx\ufffd'],
    ['\ud83d\ude00 \\u0041 ä "', '\u{1f600} \\u0041 ä "'],
  ] as const)
    assert.deepEqual(await readable(JSON.stringify({ given })), { given: shown })
  assert.equal(await readable('\u0001"raw"'), 'raw')
  await store.close()
})

test('M1: on a young database the plans of commits and loads go by key, so that they stay good while it grows', async () => {
  const schema = newSchema()
  await (await openStore(url, { sources, schema })).close()
  const names = [
    'updated',
    'removed',
    'timersSet',
    'timersCancelled',
    'effectsStarted',
    'effectsEnded',
    'outbox',
    'relayed',
  ] as const
  for (const rows of [1, 2]) {
    const parts = Object.fromEntries(names.map((name) => [name, [Array(rows).fill(0)]]))
    const { text } = commitStatement(schema, shapeOf(parts, rows, rows))
    for (const statement of [text, readStatements(schema).load.text]) {
      const { rows: plan } = await client.query(`explain (generic_plan) ${statement}`)
      const lines = plan.map((line) => line['QUERY PLAN'] as string)
      assert.deepEqual(
        lines.filter((line) => /Seq Scan on|Hash Join|Merge Join/.test(line)),
        [],
        lines.join('\n'),
      )
    }
  }
})
