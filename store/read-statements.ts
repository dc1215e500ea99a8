/**
 * Owns: the SQL of the reads that are on the way of every message, and of the leases: prepared once per schema.
 * Does not own: reads for people (sql-store, with Kysely), the commit (commit-statement).
 * Invariants: RS1 one read of an actor sees its row, timers and effects as of one moment. T4: RS2 time is the database's own.
 * RS3 lease rows are locked in the order of their partitions, so that no two statements wait for each other.
 */

import { type Statement, statement } from './database.ts'

export interface ReadStatements {
  readonly load: Statement
  readonly timers: Statement
  readonly outbox: Statement
  readonly withEffects: Statement
  readonly reply: Statement
  readonly claim: Statement
  readonly renew: Statement
  readonly release: Statement
  readonly leases: Statement
}

const remaining = (table: string): string =>
  `greatest(0, extract(epoch from ${table}.expires_at - clock_timestamp()) * 1000)::float8 as remaining`
const until = (milliseconds: string): string => `clock_timestamp() + ${milliseconds}::float8 * interval '1 millisecond'`
/** See commit-statement: makes the planner go by the key. */
const few = (column: string): string => `i.${column} between 0 and ${Number.MAX_SAFE_INTEGER}`

export function readStatements(schema: string): ReadStatements {
  const table = (name: string): string => `"${schema}".${name}`
  const wanted = 'unnest((select $1::text[]), (select $2::text[])) with ordinality as i(kind, key, n)'
  const same = `a.kind = i.kind and a.key = i.key and ${few('n')}`
  const mine = `select l.partition from ${table('leases')} l, unnest((select $1::int4[]), (select $2::int8[])) as i(partition, epoch)
    where l.partition = i.partition and l.epoch = i.epoch order by l.partition for update of l`
  return {
    // One column list for three kinds of rows: a, t, e.
    load: statement(`
      select 'a' as what, a.kind, a.key, a.status as id, a.state as text1, a.applied as text2, a.sequence as n1, a.updated_ms as n2, a.partition as n3, a.version as n4
      from ${table('actors')} a, ${wanted} where ${same}
      union all select 't', a.kind, a.key, a.id, a.payload, null, a.due_ms, a.armed, null, null from ${table('timers')} a, ${wanted} where ${same}
      union all select 'e', a.kind, a.key, a.id, a.src, a.input, a.turn, a.epoch, a.number, null from ${table('effects')} a, ${wanted} where ${same}`),
    timers: statement(`select kind, key, id, due_ms, payload, armed from ${table('timers')}
      where due_ms < $2::int8 and partition = any($1::int4[]) order by due_ms, kind, key, id limit $3::int8`),
    outbox: statement(`select partition, sequence, envelope from ${table('outbox')}
      where partition = any($1::int4[]) order by partition, sequence limit $2::int8`),
    withEffects: statement(
      `select distinct kind, key from ${table('effects')} where partition = any($1::int4[]) order by kind, key`,
    ),
    reply: statement(
      `select digest, answer, expires_ms from ${table('replies')} where kind = $1::text and key = $2::text and idempotency_key = $3::text`,
    ),
    // Only what looks free is touched, so that a claimer in waiting never holds up a living owner; what is touched is looked at again under its lock.
    claim: statement(`insert into ${table('leases')} as l (partition, owner, epoch, expires_at)
      select i.partition, $2::text, 1, ${until('$3')} from unnest($1::int4[]) as i(partition) left join ${table('leases')} h using (partition)
      where h.partition is null or h.owner = $2::text or h.expires_at < clock_timestamp() order by 1
      on conflict (partition) do update set owner = excluded.owner, epoch = l.epoch + 1, expires_at = ${until('$3')}
      where l.owner = excluded.owner or l.expires_at < clock_timestamp()
      returning partition, owner, epoch, ${remaining('l')}`),
    // FOR NO KEY UPDATE: prolonging leaves the key alone, so commits in flight and renewals do not wait for each other.
    renew: statement(`with mine as (${mine.replace('for update', 'for no key update')})
      update ${table('leases')} l set expires_at = ${until('$3')} from mine where l.partition = mine.partition
      returning l.partition, l.owner, l.epoch, ${remaining('l')}`),
    release: statement(`with mine as (${mine.replace('for update', 'for no key update')})
      update ${table('leases')} l set owner = '', expires_at = '-infinity' from mine where l.partition = mine.partition`),
    leases: statement(
      `select partition, owner, epoch, ${remaining('l')} from ${table('leases')} l where owner <> '' order by partition`,
    ),
  }
}
