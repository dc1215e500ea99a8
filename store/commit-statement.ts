/**
 * Owns: the SQL of a commit: one statement for a whole batch, made of the parts that the batch has.
 * Does not own: the values (commit-parts), running it (sql-store).
 * Invariants: T2, T4. CS1 every writing part waits for the gate, and the gate has locked the lease rows: so a commit that passed it ends before a
 * take-over can, and one that comes after a take-over finds another epoch. CS2 an actor row is written only if its sequence is the expected one at the
 * moment of writing, whatever runs at the same time; if one is not, the whole statement is undone. CS3 equal shapes give equal text, so that it stays
 * prepared; a shape says which parts there are, and of each whether it has one row or many.
 */

import type { Column, PartName, Parts } from './commit-parts.ts'
import { type Parameter, type Statement, statement } from './database.ts'
import { int4Array, int8Array, textArray } from './wire-array.ts'

type Type = 'int4' | 'int8' | 'text'

interface Part {
  /** Types of its columns, in the order of commit-parts, and their names. */
  readonly types: readonly Type[]
  readonly columns: readonly string[]
  readonly sql: (it: PartText) => string
}

interface PartText {
  /** What stands after FROM for the given rows: `… as i(columns)`. */
  readonly rows: string
  /** The same with their number as `n`. */
  readonly numbered: string
  readonly table: (name: string) => string
}

const gate = '(select open from gate)'
const most = Number.MAX_SAFE_INTEGER
/**
 * Without statistics the planner takes unnest for ten rows and reads a young table as a whole, and keeps that plan while the table grows. A range on the rows
 * makes it expect one, and so go by the key.
 */
const few = (column: string): string => `i.${column} between 0 and ${most}`
const place = ['text', 'text'] as const
const content = ['int4', 'int8', 'text', 'text', 'text'] as const
const contentColumns = ['version', 'sequence', 'status', 'state', 'applied'] as const

const removeById = (table: string) => (it: PartText) =>
  `delete from ${it.table(table)} a using ${it.numbered}
   where a.kind = i.kind and a.key = i.key and a.id = i.id and ${few('n')} and ${gate}`

const parts: { readonly [P in PartName]: Part } = {
  updated: {
    types: ['int4', ...place, 'int8', ...content],
    columns: ['n', 'kind', 'key', 'expected', ...contentColumns],
    sql: (it) => `update ${it.table('actors')} a
      set version = i.version, sequence = i.sequence, status = i.status, state = i.state, applied = i.applied, updated_ms = $5::int8
      from ${it.rows}
      where a.kind = i.kind and a.key = i.key and a.sequence = i.expected and ${few('expected')} and ${few('n')} and ${gate}
      returning i.n`,
  },
  inserted: {
    types: ['int4', ...place, 'int4', ...content],
    columns: ['n', 'kind', 'key', 'partition', ...contentColumns],
    sql: (it) => `insert into ${it.table('actors')} (kind, key, partition, version, sequence, status, state, applied, updated_ms)
      select i.kind, i.key, i.partition, i.version, i.sequence, i.status, i.state, i.applied, $5::int8 from ${it.rows} where ${gate}
      on conflict (kind, key) do nothing returning kind, key`,
  },
  removed: {
    types: ['int4', ...place, 'int8'],
    columns: ['n', 'kind', 'key', 'expected'],
    sql: (it) => `delete from ${it.table('actors')} a using ${it.rows}
      where a.kind = i.kind and a.key = i.key and a.sequence = i.expected and ${few('expected')} and ${few('n')} and ${gate}
      returning i.n, a.kind, a.key`,
  },
  absent: {
    types: ['int4', ...place],
    columns: ['n', 'kind', 'key'],
    sql: (it) => `select i.n from ${it.rows}
      where not exists (select from ${it.table('actors')} a where a.kind = i.kind and a.key = i.key)`,
  },
  timersSet: {
    types: [...place, 'text', 'int4', 'int8', 'text', 'int8'],
    columns: ['kind', 'key', 'id', 'partition', 'due_ms', 'payload', 'armed'],
    sql: (it) => `insert into ${it.table('timers')} (kind, key, id, partition, due_ms, payload, armed)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, id) do update set due_ms = excluded.due_ms, payload = excluded.payload, armed = excluded.armed`,
  },
  timersCancelled: { types: [...place, 'text'], columns: ['kind', 'key', 'id'], sql: removeById('timers') },
  effectsStarted: {
    types: [...place, 'text', 'int4', 'text', 'text', 'int8', 'int4', 'int8'],
    columns: ['kind', 'key', 'id', 'partition', 'src', 'input', 'turn', 'number', 'epoch'],
    sql: (it) => `insert into ${it.table('effects')} (kind, key, id, partition, src, input, turn, number, epoch)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, id) do update
      set src = excluded.src, input = excluded.input, turn = excluded.turn, number = excluded.number, epoch = excluded.epoch`,
  },
  effectsEnded: { types: [...place, 'text'], columns: ['kind', 'key', 'id'], sql: removeById('effects') },
  outbox: {
    types: ['int4', 'int8', 'text'],
    columns: ['partition', 'sequence', 'envelope'],
    sql: (it) => `insert into ${it.table('outbox')} (partition, sequence, envelope) select i.* from ${it.rows} where ${gate}`,
  },
  relayed: {
    types: ['int4', 'int8'],
    columns: ['partition', 'sequence'],
    sql: (it) => `delete from ${it.table('outbox')} a using ${it.rows}
      where a.partition = i.partition and a.sequence = i.sequence and ${few('sequence')} and ${few('partition')} and ${gate}`,
  },
  replies: {
    types: [...place, 'text', 'text', 'text', 'int8'],
    columns: ['kind', 'key', 'idempotency_key', 'digest', 'answer', 'expires_ms'],
    sql: (it) => `insert into ${it.table('replies')} (kind, key, idempotency_key, digest, answer, expires_ms)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, idempotency_key) do update
      set digest = excluded.digest, answer = excluded.answer, expires_ms = excluded.expires_ms`,
  },
  facts: {
    types: [...place, 'int8', 'text', 'text'],
    columns: ['kind', 'key', 'sequence', 'name', 'data'],
    sql: (it) => `insert into ${it.table('facts')} (kind, key, sequence, name, data, at_ms)
      select i.*, $5::int8 from ${it.rows} where ${gate}`,
  },
  deadLetters: {
    types: ['text', ...place, 'text', 'text', 'text', 'int4', 'int8'],
    columns: ['id', 'kind', 'key', 'envelope', 'reason', 'error', 'tries', 'at_ms'],
    sql: (it) => `insert into ${it.table('dead_letters')} (id, kind, key, envelope, reason, error, tries, at_ms)
      select i.* from ${it.rows} where ${gate} on conflict (id) do nothing`,
  },
}
const order = Object.keys(parts) as PartName[]

/** How the parts that stand for turns tell how many they wrote, and which. */
const written: { readonly [P in PartName]?: { readonly count: string; readonly turns: string } } = {
  updated: { count: 'select count(*) from updated', turns: 'select n from updated' },
  inserted: { count: 'select count(*) from inserted', turns: 'select n from "insertedRows" join inserted using (kind, key)' },
  removed: { count: 'select count(*) from removed', turns: 'select n from removed' },
  absent: { count: 'select count(*) from absent', turns: 'select n from absent' },
}
/** What goes away together with an actor. */
const dropped = ['timers', 'effects'] as const

/** One row goes as single values, which the server plans and reads in half the time; many as arrays. */
type Amount = 'one' | 'many'

/** What a statement depends on. */
export interface Shape {
  readonly fences: Amount
  readonly turns: Amount
  readonly parts: readonly { readonly name: PartName; readonly amount: Amount }[]
}

const amountOf = (count: number): Amount => (count === 1 ? 'one' : 'many')

export function shapeOf(batch: Parts, fences: number, turns: number): Shape {
  const present = order.flatMap((name) => {
    const columns = batch[name]
    return columns ? [{ name, amount: amountOf(columns[0]!.length) }] : []
  })
  return { fences: amountOf(fences), turns: amountOf(turns), parts: present }
}

/** A text that is the same for equal shapes. */
export function shapeKey(shape: Shape): string {
  return `${shape.fences} ${shape.turns} ${shape.parts.map((part) => `${part.name}:${part.amount}`).join()}`
}

/** What goes with every commit. */
export interface CommonValues {
  readonly partitions: readonly number[]
  readonly epochs: readonly number[]
  readonly turns: number
  /** Whole milliseconds since 1970. */
  readonly at: number
}

/** The values for the statement of `shape`, in its order. */
export function commitParameters(shape: Shape, batch: Parts, common: CommonValues): Parameter[] {
  const { partitions, epochs, turns, at } = common
  const values: Parameter[] = [
    parameter('int4', shape.fences, partitions),
    parameter('int8', shape.fences, epochs),
    String(partitions.length),
    String(turns),
    String(at),
  ]
  for (const { name, amount } of shape.parts)
    for (const [i, column] of batch[name]!.entries()) values.push(parameter(parts[name].types[i]!, amount, column))
  return values
}

const arrays: { readonly [T in Type]: (column: Column) => Buffer } = {
  int4: (column) => int4Array(column as readonly number[]),
  int8: (column) => int8Array(column as readonly number[]),
  text: (column) => textArray(column as readonly (string | null)[]),
}

function parameter(type: Type, amount: Amount, column: Column): Parameter {
  return amount === 'one' ? column[0]! : arrays[type](column)
}

const commonParameters = 5

/** The statement of a shape. Its one row: `open` (every fence held) and, if not, `held` (the partitions that did, with commas). */
export function commitStatement(schema: string, shape: Shape): Statement {
  const table = (name: string): string => `"${schema}".${name}`
  const fences = rowsOf(shape.fences, ['int4', 'int8'], 1)
  const ctes = [
    `fence as materialized (select l.partition from ${table('leases')} l, ${fences} as i(partition, epoch)
      where l.partition = i.partition and l.epoch = i.epoch and ${few('epoch')} and ${few('partition')}
      ${shape.fences === 'many' ? 'order by l.partition' : ''} for key share of l)`,
    'gate as materialized (select count(*) = $3::int4 and $5::int8 is not null as open from fence)',
  ]
  let next = commonParameters + 1
  for (const { name, amount } of shape.parts) {
    const { types, columns, sql } = parts[name]
    const given = rowsOf(amount, types, next)
    next += types.length
    const rows = `${given} as i(${columns.join(', ')})`
    const numbered =
      amount === 'many' ? `${given} with ordinality as i(${columns.join(', ')}, n)` : `(select *, 1 as n from ${rows}) i`
    ctes.push(`"${name}" as (${sql({ rows, numbered, table })})`)
    if (name === 'inserted' && shape.turns === 'many') ctes.push(`"insertedRows" as (select i.n, i.kind, i.key from ${rows})`)
    if (name !== 'removed') continue
    for (const gone of dropped)
      ctes.push(`"${gone}Gone" as (delete from ${table(gone)} a using removed r where a.kind = r.kind and a.key = r.key)`)
  }
  return statement(`with ${ctes.join(',\n')}\n${finish(table, shape)}`)
}

/** A sub-select hides the length of an array from the planner: so the plan for one length is as good as for any, and is kept. */
function rowsOf(amount: Amount, types: readonly Type[], first: number): string {
  if (amount === 'one') return `(values (${types.map((type, i) => `$${first + i}::${type}`).join(', ')}))`
  return `unnest(${types.map((type, i) => `(select $${first + i}::${type}[])`).join(', ')})`
}

function finish(table: (name: string) => string, shape: Shape): string {
  // Of one fence that did not hold, none is left to name.
  const kept = `case when ${gate} then null else (select string_agg(partition::text, ',') from fence) end`
  const held = `${shape.fences === 'one' ? 'null' : kept} as held`
  const turns = shape.parts.flatMap((part) => written[part.name] ?? [])
  if (turns.length === 0) return `select open, ${held} from gate where $4::int4 >= 0`
  const count = turns.map((part) => `(${part.count})`).join(' + ')
  const all = turns.map((part) => part.turns).join(' union all ')
  const missing = `(select coalesce(string_agg(t::text, ','), '') from generate_series(0, $4::int4 - 1) t where t not in (${all}))`
  return `select open, ${held},
    case when open and ${count} <> $4::int4 then ${table('refuse_stale')}(${shape.turns === 'one' ? "'0'" : missing}) end as stale from gate`
}

/** True for the commit of one turn that changes nothing but its actor's row: the commonest when little goes on, and then latency counts. */
export function isSole({ fences, turns, parts: present }: Shape): boolean {
  return fences === 'one' && turns === 'one' && present.length === 1 && present[0]!.name === 'updated'
}

/**
 * The statement of such a commit, with the same parameters. It gives one row if it wrote, and none if it did not; why is then for the full statement
 * to say. The lock is taken before the row is looked for (CS1), and a row that is not as expected is not found (CS2).
 */
export function soleStatement(schema: string): Statement {
  return statement(`update "${schema}".actors
    set version = $10::int4, sequence = $11::int8, status = $12, state = $13, applied = $14, updated_ms = $5::int8
    where kind = $7 and key = $8 and sequence = $9::int8
      and exists (select from "${schema}".leases l where l.partition = $1::int4 and l.epoch = $2::int8 for key share)
    returning $3::int4 + $4::int4 + $6::int4 as done`)
}
