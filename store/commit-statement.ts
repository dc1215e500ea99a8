/**
 * Owns: the SQL of a commit: one statement for a whole batch, made of the parts that the batch has.
 * Does not own: the values (commit-parts), running it (sql-store).
 * Invariants: T2, T4. CS1 every writing part waits for the gate, and the gate has locked the lease rows: so a commit that passed it ends before a
 * take-over can, and one that comes after a take-over finds another epoch. CS2 an actor row is written only if its sequence is the expected one at the
 * moment of writing, whatever runs at the same time; if one is not, the whole statement is undone. CS3 equal sets of parts give equal text, so that it
 * stays prepared.
 */

import type { PartName, Parts } from './commit-parts.ts'
import { type Statement, statement } from './database.ts'

/** The first parameters: partitions, epochs, number of fences, number of turns. */
export const commonParameters = 4

interface Part {
  /** Types of its parameters, in the order of commit-parts. Arrays come as rows, others as they are. */
  readonly types: readonly string[]
  readonly columns: readonly string[]
  readonly sql: (it: PartText) => string
}

interface PartText {
  /** `unnest(…) as i(…)` over its arrays. */
  readonly rows: string
  /** The same with their number as `n`. */
  readonly numbered: string
  /** A parameter by its place in the part. */
  readonly at: (place: number) => string
  readonly table: (name: string) => string
}

const gate = '(select open from gate)'
const most = Number.MAX_SAFE_INTEGER
/**
 * Without statistics the planner takes unnest for ten rows and reads a young table as a whole, and keeps that plan while the table grows. A range on the rows
 * makes it expect one, and so go by the key.
 */
const few = (column: string): string => `i.${column} between 0 and ${most}`
const text2 = ['text[]', 'text[]'] as const
const content = ['int4[]', 'int8[]', 'text[]', 'text[]', 'text[]'] as const
const contentColumns = ['version', 'sequence', 'status', 'state', 'applied'] as const

const removeById = (table: string) => (it: PartText) =>
  `delete from ${it.table(table)} a using ${it.numbered}
   where a.kind = i.kind and a.key = i.key and a.id = i.id and ${few('n')} and ${gate}`

const parts: { readonly [P in PartName]: Part } = {
  updated: {
    types: ['int4[]', ...text2, 'int8[]', ...content, 'int8'],
    columns: ['n', 'kind', 'key', 'expected', ...contentColumns],
    sql: (it) => `update ${it.table('actors')} a
      set version = i.version, sequence = i.sequence, status = i.status, state = i.state, applied = i.applied, updated_ms = ${it.at(9)}
      from ${it.rows}
      where a.kind = i.kind and a.key = i.key and a.sequence = i.expected and ${few('expected')} and ${few('n')} and ${gate}
      returning i.n`,
  },
  inserted: {
    types: ['int4[]', ...text2, 'int4[]', ...content, 'int8'],
    columns: ['n', 'kind', 'key', 'partition', ...contentColumns],
    sql: (it) => `insert into ${it.table('actors')} (kind, key, partition, version, sequence, status, state, applied, updated_ms)
      select i.kind, i.key, i.partition, i.version, i.sequence, i.status, i.state, i.applied, ${it.at(9)} from ${it.rows} where ${gate}
      on conflict (kind, key) do nothing returning kind, key`,
  },
  removed: {
    types: ['int4[]', ...text2, 'int8[]'],
    columns: ['n', 'kind', 'key', 'expected'],
    sql: (it) => `delete from ${it.table('actors')} a using ${it.rows}
      where a.kind = i.kind and a.key = i.key and a.sequence = i.expected and ${few('expected')} and ${few('n')} and ${gate}
      returning i.n, a.kind, a.key`,
  },
  absent: {
    types: ['int4[]', ...text2],
    columns: ['n', 'kind', 'key'],
    sql: (it) => `select i.n from ${it.rows}
      where not exists (select from ${it.table('actors')} a where a.kind = i.kind and a.key = i.key)`,
  },
  timersSet: {
    types: [...text2, 'text[]', 'int4[]', 'int8[]', 'text[]', 'int8[]'],
    columns: ['kind', 'key', 'id', 'partition', 'due_ms', 'payload', 'armed'],
    sql: (it) => `insert into ${it.table('timers')} (kind, key, id, partition, due_ms, payload, armed)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, id) do update set due_ms = excluded.due_ms, payload = excluded.payload, armed = excluded.armed`,
  },
  timersCancelled: { types: [...text2, 'text[]'], columns: ['kind', 'key', 'id'], sql: removeById('timers') },
  effectsStarted: {
    types: [...text2, 'text[]', 'int4[]', 'text[]', 'text[]', 'int8[]', 'int4[]', 'int8[]'],
    columns: ['kind', 'key', 'id', 'partition', 'src', 'input', 'turn', 'number', 'epoch'],
    sql: (it) => `insert into ${it.table('effects')} (kind, key, id, partition, src, input, turn, number, epoch)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, id) do update
      set src = excluded.src, input = excluded.input, turn = excluded.turn, number = excluded.number, epoch = excluded.epoch`,
  },
  effectsEnded: { types: [...text2, 'text[]'], columns: ['kind', 'key', 'id'], sql: removeById('effects') },
  outbox: {
    types: ['int4[]', 'int8[]', 'text[]'],
    columns: ['partition', 'sequence', 'envelope'],
    sql: (it) => `insert into ${it.table('outbox')} (partition, sequence, envelope) select i.* from ${it.rows} where ${gate}`,
  },
  relayed: {
    types: ['int4[]', 'int8[]'],
    columns: ['partition', 'sequence'],
    sql: (it) => `delete from ${it.table('outbox')} a using ${it.rows}
      where a.partition = i.partition and a.sequence = i.sequence and ${few('sequence')} and ${few('partition')} and ${gate}`,
  },
  replies: {
    types: [...text2, 'text[]', 'text[]', 'text[]', 'int8[]'],
    columns: ['kind', 'key', 'idempotency_key', 'digest', 'answer', 'expires_ms'],
    sql: (it) => `insert into ${it.table('replies')} (kind, key, idempotency_key, digest, answer, expires_ms)
      select i.* from ${it.rows} where ${gate}
      on conflict (kind, key, idempotency_key) do update
      set digest = excluded.digest, answer = excluded.answer, expires_ms = excluded.expires_ms`,
  },
  facts: {
    types: [...text2, 'int8[]', 'text[]', 'text[]', 'int8'],
    columns: ['kind', 'key', 'sequence', 'name', 'data'],
    sql: (it) => `insert into ${it.table('facts')} (kind, key, sequence, name, data, at_ms)
      select i.*, ${it.at(5)} from ${it.rows} where ${gate}`,
  },
  deadLetters: {
    types: ['text[]', ...text2, 'text[]', 'text[]', 'text[]', 'int4[]', 'int8[]'],
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

/** Names of the parts that a batch has, in the order of the statement. */
export function partNames(batch: Parts): readonly PartName[] {
  return order.filter((name) => batch[name] !== undefined)
}

/** The statement for a set of parts. Its one row: `open` (every fence held) and, if not, `held` (the partitions that did, with commas). */
export function commitStatement(schema: string, names: readonly PartName[]): Statement {
  const table = (name: string): string => `"${schema}".${name}`
  const ctes = [
    `fence as materialized (select l.partition from ${table('leases')} l, unnest((select $1::int4[]), (select $2::int8[])) as f(partition, epoch)
      where l.partition = f.partition and l.epoch = f.epoch and f.epoch between 0 and ${most} and f.partition between 0 and ${most}
      order by l.partition for key share of l)`,
    `gate as materialized (select count(*) = $3::int4 as open from fence)`,
  ]
  let next = commonParameters + 1
  for (const name of names) {
    const part = parts[name]
    const first = next
    next += part.types.length
    const at = (place: number): string => `$${first + place}::${part.types[place]}`
    // A sub-select hides the length of an array from the planner: so the plan for one length is as good as for any, and is kept.
    const arrays = part.types.flatMap((type, place) => (type.endsWith('[]') ? [`(select ${at(place)})`] : []))
    const unnest = `unnest(${arrays.join(', ')})`
    const rows = `${unnest} as i(${part.columns.join(', ')})`
    const numbered = `${unnest} with ordinality as i(${part.columns.join(', ')}, n)`
    ctes.push(`"${name}" as (${part.sql({ rows, numbered, at, table })})`)
    if (name === 'inserted') ctes.push(`"insertedRows" as (select i.n, i.kind, i.key from ${rows})`)
    if (name === 'removed') {
      for (const gone of dropped)
        ctes.push(`"${gone}Gone" as (delete from ${table(gone)} a using removed r where a.kind = r.kind and a.key = r.key)`)
    }
  }
  const turns = names.flatMap((name) => written[name] ?? [])
  return statement(`with ${ctes.join(',\n')}\n${finish(table, turns)}`)
}

function finish(table: (name: string) => string, turns: readonly { readonly count: string; readonly turns: string }[]): string {
  const held = `case when ${gate} then null else (select coalesce(string_agg(partition::text, ','), '') from fence) end as held`
  if (turns.length === 0) return `select open, ${held} from gate where $4::int4 >= 0`
  const count = turns.map((part) => `(${part.count})`).join(' + ')
  const all = turns.map((part) => part.turns).join(' union all ')
  const missing = `select coalesce(string_agg(t::text, ','), '') from generate_series(0, $4::int4 - 1) t where t not in (${all})`
  return `select open, ${held},
    case when open and ${count} <> $4::int4 then ${table('refuse_stale')}((${missing})) end as stale from gate`
}
