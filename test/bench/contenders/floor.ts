/**
 * Owns: the floors of the durable comparisons: the same rows, written by hand with one statement for each message, or for each batch, on the same
 * driver and as many connections. No runtime, no fence, no check of sequences.
 * Does not own: the load (../load).
 * Invariants: FL1 a message is done when its row is committed. FL2 no more statements are under way than the store would have.
 */

import { realSources } from '#runtime'
import { type Database, type Statement, statement } from '../../../store/database.ts'
import { databaseAt } from '../../../store/open-store.ts'
import { textArray } from '../../../store/wire-array.ts'
import { benchPlace, type Engine } from '../bench-place.ts'
import type { Contender, ContenderMaker } from '../contender.ts'
import { actorCount, durableRound, type Send } from '../load.ts'

const kind = 'durable-counter'
const mostInBatch = 256
/** As long as what a counter of ours stores. */
const stateOf = (n: number): string => JSON.stringify({ user: n, next: 1, effects: {} })

interface Floor {
  readonly database: Database
  readonly single: Statement
  readonly batch: Statement
  readonly clear: () => Promise<void>
}

async function open(engine: Engine): Promise<Floor> {
  const { place, schema, clear } = await benchPlace(engine)
  const database = await databaseAt(place, { sources: realSources() })
  const table = `"${schema}".actors`
  const connection = await database.reserve()
  await connection.query(`create schema "${schema}"`, [])
  await connection.query(
    `create table ${table} (kind text collate "C" not null, key text collate "C" not null, partition integer not null, version integer not null,
      sequence bigint not null, status text not null, state text not null, applied text not null, updated_ms bigint not null,
      primary key (kind, key)) with (fillfactor = 70)`,
    [],
  )
  await connection.query(
    `insert into ${table} select $1, 'c' || i, i % 256, 1, 1, 'active', $2, '{}', 0 from generate_series(0, $3::int - 1) i`,
    [kind, stateOf(0), actorCount],
  )
  connection.release()
  const set = 'set version = 1, sequence = sequence + 1, status = $4, state = i.state, applied = i.applied, updated_ms = $5::int8'
  const single = statement(
    `update ${table} a ${set} from (values ($1::text, $2::text, $3::text, $6::text)) as i(kind, key, state, applied) where a.kind = i.kind and a.key = i.key`,
  )
  const batch = statement(
    `update ${table} a ${set} from unnest($1::text[], $2::text[], $3::text[], $6::text[]) as i(kind, key, state, applied) where a.kind = i.kind and a.key = i.key`,
  )
  return { database, single, batch, clear }
}

interface Waiting {
  readonly key: string
  readonly state: string
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** Writes what waits, up to `most` rows at a time, with as many statements under way as the database takes. */
function writer(most: number, parallel: number, write: (rows: readonly Waiting[]) => Promise<unknown>): Send {
  const waiting: Waiting[] = []
  let underWay = 0
  let scheduled = false
  let count = 0
  const flush = (): void => {
    scheduled = false
    while (underWay < parallel && waiting.length > 0) {
      const rows = waiting.splice(0, most)
      underWay++
      write(rows).then(
        () => settle(rows, (row) => row.done()),
        (error: unknown) => settle(rows, (row) => row.failed(error)),
      )
    }
  }
  const later = (): void => {
    if (scheduled) return
    scheduled = true
    queueMicrotask(flush)
  }
  const settle = (rows: readonly Waiting[], tell: (row: Waiting) => void): void => {
    underWay--
    for (const row of rows) tell(row)
    later()
  }
  return (actor) =>
    new Promise<void>((done, failed) => {
      waiting.push({ key: `c${actor}`, state: stateOf(count++), done, failed })
      later()
    })
}

async function contender({ database, clear }: Floor, send: Send): Promise<Contender> {
  return {
    round: () => durableRound(send),
    async close() {
      await database.close()
      await clear()
    },
  }
}

export const contenders: { readonly [name: string]: ContenderMaker } = {
  single: async (engine) => {
    const floor = await open(engine as Engine)
    const send = writer(1, floor.database.parallel, ([row]) =>
      floor.database.run('floor', floor.single, [kind, row!.key, row!.state, 'active', String(Date.now()), '{}']),
    )
    return contender(floor, send)
  },
  batch: async (engine) => {
    const floor = await open(engine as Engine)
    const send = writer(mostInBatch, floor.database.parallel, (rows) =>
      floor.database.run('floor', floor.batch, [
        textArray(rows.map(() => kind)),
        textArray(rows.map((row) => row.key)),
        textArray(rows.map((row) => row.state)),
        'active',
        String(Date.now()),
        textArray(rows.map(() => '{}')),
      ]),
    )
    return contender(floor, send)
  },
}
