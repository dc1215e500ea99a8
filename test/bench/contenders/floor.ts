/**
 * Owns: the floors of the durable comparisons: the same rows, written by hand with one statement for each message, or for each batch, over as many
 * connections. No runtime, no fence, no check of sequences.
 * Does not own: the load (../load), the drivers (../floor-driver).
 * Invariants: FL1 a message is done when its row is committed. FL2 no more statements are under way than the store would have.
 */

import type { Engine } from '../bench-place.ts'
import type { Contender, ContenderMaker } from '../contender.ts'
import { type FloorDriver, floorDriver } from '../floor-driver.ts'
import { actorCount, durableRound, type Send } from '../load.ts'

const kind = 'durable-counter'
const mostInBatch = 256
/** As long as what a counter of ours stores. */
const stateOf = (n: number): string => JSON.stringify({ user: n, next: 1, effects: {} })

/** The table of our snapshots, with a row for each actor. */
async function prepare(driver: FloorDriver): Promise<string> {
  const table = `"${driver.schema}".actors`
  await driver.once(`create schema "${driver.schema}"`)
  await driver.once(
    `create table ${table} (kind text collate "C" not null, key text collate "C" not null, partition integer not null, version integer not null,
      sequence bigint not null, status text not null, state text not null, applied text not null, updated_ms bigint not null,
      primary key (kind, key)) with (fillfactor = 70)`,
  )
  await driver.once(
    `insert into ${table} select $1, 'c' || i, i % 256, 1, 1, 'active', $2, '{}', 0 from generate_series(0, $3::int - 1) i`,
    [kind, stateOf(0), actorCount],
  )
  return table
}

const set = 'set version = 1, sequence = sequence + 1, status = $4, state = i.state, applied = i.applied, updated_ms = $5::int8'

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

function contender(driver: FloorDriver, send: Send): Contender {
  return { round: () => durableRound(send), close: () => driver.close() }
}

const single: ContenderMaker = async (engine) => {
  const driver = await floorDriver(engine as Engine)
  const write = driver.often(
    `update ${await prepare(driver)} a ${set} from (values ($1::text, $2::text, $3::text, $6::text)) as i(kind, key, state, applied)
       where a.kind = i.kind and a.key = i.key`,
  )
  const send = writer(1, driver.parallel, ([row]) => write([kind, row!.key, row!.state, 'active', String(Date.now()), '{}']))
  return contender(driver, send)
}

const batch: ContenderMaker = async (engine) => {
  const driver = await floorDriver(engine as Engine)
  const write = driver.often(
    `update ${await prepare(driver)} a ${set} from unnest($1::text[], $2::text[], $3::text[], $6::text[]) as i(kind, key, state, applied)
       where a.kind = i.kind and a.key = i.key`,
  )
  const send = writer(mostInBatch, driver.parallel, (rows) =>
    write([
      rows.map(() => kind),
      rows.map((row) => row.key),
      rows.map((row) => row.state),
      'active',
      String(Date.now()),
      rows.map(() => '{}'),
    ]),
  )
  return contender(driver, send)
}

export const contenders: { readonly [name: string]: ContenderMaker } = {
  single,
  batch,
}
