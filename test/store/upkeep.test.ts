/**
 * Owns: the size of the embedded database over a long life.
 * Does not own: servers.
 * Invariants: UK1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kysely } from 'kysely'
import { realSources, silentTelemetry } from '#runtime'
import { statement } from '../../store/database.ts'
import { dialectOf } from '../../store/dialect.ts'
import { migrate } from '../../store/migrate.ts'
import { PgliteDatabase } from '../../store/pglite-database.ts'
import { SqlStore } from '../../store/sql-store.ts'
import type { Tables } from '../../store/tables.ts'
import { Upkeep } from '../../store/upkeep.ts'
import { StoreStage } from '../contract/store-stage.ts'

test('UK1: messages that come and go leave no growing files behind', async () => {
  const { clock } = realSources()
  const database = await PgliteDatabase.open({ folder: undefined, where: 'memory', clock, durability: 'process' })
  const db = new Kysely<Tables>({ dialect: dialectOf(database) }).withSchema('troupe')
  await migrate(db as unknown as Kysely<never>, database, 'troupe')
  const store = new SqlStore(database, db, 'troupe', clock, new Upkeep(database, 'troupe', silentTelemetry, 100))
  const size = statement(`select (pg_relation_size('troupe.outbox') + pg_indexes_size('troupe.outbox'))::int8 as bytes`)
  const stage = await StoreStage.on(store)
  const sizes: number[] = []
  let sequence = 0
  for (let n = 0; n < 1_200; n++) {
    const outbox = Array.from({ length: 20 }, () => ({ sequence: ++sequence, envelope: '{"v":1}'.repeat(20) }))
    const relayed = outbox.map((row) => ({ partition: stage.partition, sequence: row.sequence - 20 }))
    assert.equal((await stage.commit([stage.turn('a', { expected: n, outbox })], { relayed })).result, 'committed')
    if (n % 300 === 299) sizes.push((await database.run('size', size, []))[0]!.bytes as number)
  }
  assert.ok(sizes[3]! <= sizes[0]! * 1.5, `bytes after each 300 commits: ${sizes}`)
  await store.close()
})
