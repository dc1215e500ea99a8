/**
 * Owns: the store over a database that speaks SQL, embedded or a server: the same statements for both.
 * Does not own: statements (commit-statement, read-statements), drivers, opening (open-store).
 * Invariants: T2, T3, T4, T5 as the port names them. SS1 every failure is one of the catalogue.
 */

import { type Kysely, sql } from 'kysely'
import type {
  ActorRow,
  ActorStatus,
  Address,
  Batch,
  Clock,
  CommitResult,
  DeadLetter,
  Fact,
  Lease,
  LoadedActor,
  OutboxRow,
  ReplyRow,
  Store,
  TimerRow,
} from '#runtime'
import { formatAddress } from '#runtime'
import { partsOf } from './commit-parts.ts'
import { commitParameters, commitStatement, isSole, type Shape, shapeKey, shapeOf, soleStatement } from './commit-statement.ts'
import type { Database, Parameter, Row, Statement } from './database.ts'
import { catalogued } from './driver-errors.ts'
import { type ReadStatements, readStatements } from './read-statements.ts'
import { actorOf, addressOf, deadLetterOf, factOf, leaseOf, loadedFrom, outboxRowOf, replyOf, timerOf } from './rows.ts'
import { SettledFacts } from './settled-facts.ts'
import { storeErrors } from './store-errors.ts'
import { encodeText, wholeMilliseconds } from './stored-text.ts'
import type { Tables } from './tables.ts'
import type { Upkeep } from './upkeep.ts'
import { int4Array, int8Array, textArray } from './wire-array.ts'

export class SqlStore implements Store {
  readonly name: 'pglite' | 'postgres'
  readonly parallel: number
  readonly #database: Database
  readonly #db: Kysely<Tables>
  readonly #schema: string
  readonly #upkeep: Upkeep
  readonly #read: ReadStatements
  readonly #settled: SettledFacts
  readonly #commits = new Map<string, Statement>()
  readonly #sole: Statement

  /** @param db Kysely over `database`, in `schema` */
  constructor(database: Database, db: Kysely<Tables>, schema: string, clock: Clock, upkeep: Upkeep) {
    this.#database = database
    this.#db = db
    this.#schema = schema
    this.#sole = soleStatement(schema)
    this.#upkeep = upkeep
    this.#read = readStatements(schema)
    this.#settled = new SettledFacts(database, schema, clock)
    this.name = database.name
    this.parallel = database.parallel
  }

  async installation(wanted: { readonly partitions: number; readonly hashVersion: number }) {
    const { partitions, hashVersion } = wanted
    const stored = await this.#query('installation', async (db) => {
      await db
        .insertInto('installation')
        .values({ partitions, hash_version: hashVersion })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      return db.selectFrom('installation').select(['partitions', 'hash_version']).executeTakeFirstOrThrow()
    })
    return checkInstallation(this.#database.where, wanted, { partitions: stored.partitions, hashVersion: stored.hash_version })
  }

  async claim(owner: string, partitions: readonly number[], ttl: number): Promise<readonly Lease[]> {
    if (partitions.length === 0) return []
    const rows = await this.#run('claim', this.#read.claim, [int4Array([...new Set(partitions)]), encodeText(owner), String(ttl)])
    return rows.map(leaseOf).sort(byPartition)
  }

  async renew(leases: readonly Pick<Lease, 'partition' | 'epoch'>[], ttl: number): Promise<readonly Lease[]> {
    if (leases.length === 0) return []
    const rows = await this.#run('renew', this.#read.renew, [...leaseColumns(leases), String(ttl)])
    return rows.map(leaseOf).sort(byPartition)
  }

  async release(leases: readonly Pick<Lease, 'partition' | 'epoch'>[]): Promise<void> {
    if (leases.length > 0) await this.#run('release', this.#read.release, leaseColumns(leases))
  }

  async leases(): Promise<readonly Lease[]> {
    return (await this.#run('leases', this.#read.leases, [])).map(leaseOf)
  }

  async commit(batch: Batch): Promise<CommitResult> {
    const parts = partsOf(batch)
    const shape = shapeOf(parts, batch.fences.length, batch.turns.length)
    const parameters = commitParameters(shape, parts, {
      partitions: batch.fences.map((fence) => fence.partition),
      epochs: batch.fences.map((fence) => fence.epoch),
      turns: batch.turns.length,
      at: wholeMilliseconds(batch.at),
    })
    this.#upkeep.committed()
    if (isSole(shape) && (await this.#run('commit', this.#sole, parameters)).length === 1) return { result: 'committed' }
    try {
      const rows = await this.#run('commit', this.#statementOf(shape), parameters)
      return outcomeOf(batch, rows)
    } catch (error) {
      const stale = staleTurns(error, batch)
      if (stale) return { result: 'stale', addresses: stale }
      throw error
    }
  }

  #statementOf(shape: Shape): Statement {
    const key = shapeKey(shape)
    let statement = this.#commits.get(key)
    if (!statement) {
      statement = commitStatement(this.#schema, shape)
      this.#commits.set(key, statement)
    }
    return statement
  }

  async load(addresses: readonly Address[]): Promise<readonly LoadedActor[]> {
    if (addresses.length === 0) return []
    const wanted = [...new Map(addresses.map((address) => [formatAddress(address), address])).values()]
    const kinds = textArray(wanted.map((address) => encodeText(address.kind)))
    const keys = textArray(wanted.map((address) => encodeText(address.key)))
    return loadedFrom(await this.#run('load', this.#read.load, [kinds, keys]))
  }

  async withEffects(partitions: readonly number[]): Promise<readonly Address[]> {
    return (await this.#run('withEffects', this.#read.withEffects, [int4Array(partitions)])).map(addressOf)
  }

  async timers(partitions: readonly number[], before: number, limit: number): Promise<readonly TimerRow[]> {
    const parameters = [int4Array(partitions), String(wholeMilliseconds(before)), String(limit)]
    return (await this.#run('timers', this.#read.timers, parameters)).map(timerOf)
  }

  async outbox(partitions: readonly number[], limit: number): Promise<readonly OutboxRow[]> {
    return (await this.#run('outbox', this.#read.outbox, [int4Array(partitions), String(limit)])).map(outboxRowOf)
  }

  async reply(address: Address, key: string): Promise<ReplyRow | undefined> {
    const parameters = [encodeText(address.kind), encodeText(address.key), encodeText(key)]
    const [row] = await this.#run('reply', this.#read.reply, parameters)
    return row && replyOf(address, key, row)
  }

  async expireReplies(now: number, limit: number): Promise<number> {
    const result = await this.#query('expireReplies', (db) =>
      db
        .deleteFrom('replies')
        .where(sql<boolean>`ctid = any(array(${oldReplies(db, now, limit)}))`)
        .executeTakeFirst(),
    )
    return Number(result.numDeletedRows)
  }

  async deadLetters(filter: {
    readonly kind?: string
    readonly after?: string
    readonly limit: number
  }): Promise<readonly DeadLetter[]> {
    const rows = await this.#query('deadLetters', (db) => {
      let query = db.selectFrom('dead_letters').selectAll().orderBy('id').limit(filter.limit)
      if (filter.kind !== undefined) query = query.where('kind', '=', encodeText(filter.kind))
      if (filter.after !== undefined) query = query.where('id', '>', encodeText(filter.after))
      return query.execute()
    })
    return rows.map(deadLetterOf)
  }

  async takeDeadLetters(ids: readonly string[]): Promise<readonly DeadLetter[]> {
    if (ids.length === 0) return []
    const rows = await this.#query('takeDeadLetters', (db) =>
      db.deleteFrom('dead_letters').where('id', 'in', ids.map(encodeText)).returningAll().execute(),
    )
    return rows.map(deadLetterOf).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async facts(filter: {
    readonly address?: Address
    readonly name?: string
    readonly after?: number
    readonly limit: number
  }): Promise<readonly Fact[]> {
    const { address, name, after } = filter
    // Only who follows the journal can miss something, so only then it is worth a look at commits in flight (SF1).
    const horizon = after === undefined ? undefined : await this.#settled.horizon()
    const rows = await this.#query('facts', (db) => {
      let query = db.selectFrom('facts').selectAll().orderBy('id').limit(filter.limit)
      if (address) query = query.where('kind', '=', encodeText(address.kind)).where('key', '=', encodeText(address.key))
      if (name !== undefined) query = query.where('name', '=', encodeText(name))
      if (after !== undefined) query = query.where('id', '>', after)
      if (horizon !== undefined) query = query.where('id', '<=', horizon)
      return query.execute()
    })
    return rows.map(factOf)
  }

  async actors(filter: {
    readonly kind?: string
    readonly status?: ActorStatus
    readonly after?: Address
    readonly limit: number
  }): Promise<readonly ActorRow[]> {
    const rows = await this.#query('actors', (db) => {
      let query = db.selectFrom('actors').selectAll().orderBy('kind').orderBy('key').limit(filter.limit)
      const { kind, status, after } = filter
      if (kind !== undefined) query = query.where('kind', '=', encodeText(kind))
      if (status !== undefined) query = query.where('status', '=', status)
      if (after) query = query.where(sql<boolean>`(kind, key) > (${encodeText(after.kind)}, ${encodeText(after.key)})`)
      return query.execute()
    })
    return rows.map(actorOf)
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #run(operation: string, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return this.#database.run(operation, statement, parameters)
  }

  async #query<T>(operation: string, query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await query(this.#db)
    } catch (error) {
      throw catalogued(error, { where: this.#database.where, operation })
    }
  }
}

/** Rows to drop are found first, because a DELETE has no limit. */
function oldReplies(db: Kysely<Tables>, now: number, limit: number) {
  return db.selectFrom('replies').select(sql`ctid`.as('ctid')).where('expires_ms', '<', wholeMilliseconds(now)).limit(limit)
}

function leaseColumns(leases: readonly Pick<Lease, 'partition' | 'epoch'>[]): [Buffer, Buffer] {
  return [int4Array(leases.map((lease) => lease.partition)), int8Array(leases.map((lease) => lease.epoch))]
}

const byPartition = (a: Lease, b: Lease): number => a.partition - b.partition

/** @throws `store.installation` when they differ */
export function checkInstallation<T extends { readonly partitions: number; readonly hashVersion: number }>(
  where: string,
  wanted: T,
  stored: T,
): T {
  for (const [member, what] of [
    ['partitions', 'partitions'],
    ['hashVersion', 'hash version'],
  ] as const) {
    if (stored[member] !== wanted[member])
      throw storeErrors.make('store.installation', { where, what, stored: stored[member], wanted: wanted[member] })
  }
  return stored
}

function outcomeOf(batch: Batch, rows: readonly Row[]): CommitResult {
  const { open, held } = rows[0] as { open: boolean; held: string | null }
  if (open) return { result: 'committed' }
  const kept = new Set((held ?? '').split(',').filter(Boolean).map(Number))
  return { result: 'fenced', partitions: [...new Set(batch.fences.map((fence) => fence.partition))].filter((p) => !kept.has(p)) }
}

/** The actors that another life was ahead of, when `error` says that. */
function staleTurns(error: unknown, batch: Batch): readonly Address[] | undefined {
  const cause = error instanceof Error ? (error.cause as { code?: unknown; detail?: unknown } | undefined) : undefined
  if (cause?.code !== 'TR001') return undefined
  const numbers = String(cause.detail ?? '')
    .split(',')
    .filter(Boolean)
  // None is missing when a new actor was named twice: each of its turns finds the one row that was written.
  if (numbers.length === 0) return namedTwice(batch)
  return numbers.map((n) => batch.turns[Number(n)]!.row.address)
}

function namedTwice(batch: Batch): readonly Address[] {
  const seen = new Set<string>()
  return batch.turns.flatMap(({ row: { address } }) => {
    const id = formatAddress(address)
    if (seen.has(id)) return [address]
    seen.add(id)
    return []
  })
}
