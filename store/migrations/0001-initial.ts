/**
 * Owns: the first shape of the database.
 * Does not own: later changes: each is a migration of its own, this one is never edited.
 * Invariants: TD1. M1 `actors` has no index on a column that a turn changes, and room on its pages, so that an update stays on its page (HOT).
 * M2 the epoch of a lease is part of a key, so that taking it over waits for commits in flight while prolonging it does not.
 */

import type { Migration } from 'kysely/migration'
import { comment, createTable, createView, run, type TableDefinition, type ViewDefinition } from './table-definition.ts'

const kind = ['text collate "C" not null', 'Kind of the actor: what it is.'] as const
const key = ['text collate "C" not null', 'Key of the actor: which one of its kind.'] as const
const partition = ['integer not null', 'Partition that the actor hashes to.'] as const

/** Rows come and go with every turn, so dead ones are cleared early. */
const busy = 'with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)'

const tables: { readonly [name: string]: TableDefinition } = {
  installation: {
    comment: 'The one row of what was fixed when this installation was created.',
    columns: {
      singleton: ['boolean primary key default true check (singleton)', 'Always true: there is one row.'],
      partitions: ['integer not null', 'How many partitions the actors are spread over.'],
      hash_version: ['integer not null', 'Version of the hash function that spreads them.'],
    },
  },
  leases: {
    comment: 'Who may write for a partition. Every commit checks the epoch here, in its own statement.',
    columns: {
      partition: ['integer primary key', 'Number of the partition, from 0.'],
      owner: ['text not null', 'Name of the node that holds the lease; empty when it was given up.'],
      epoch: ['bigint not null', 'Grows by one at every take-over; a commit under a lower one changes nothing.'],
      expires_at: ['timestamptz not null', 'Time of this database after which another node may take it over.'],
    },
    constraints: ['unique (partition, epoch)'],
    storage: 'with (fillfactor = 50)',
  },
  actors: {
    comment: 'The last committed snapshot of every durable actor. Written by the runtime only.',
    columns: {
      kind,
      key,
      partition,
      version: ['integer not null', 'Version of the behaviour that wrote the state.'],
      sequence: ['bigint not null', 'Grows with every committed turn.'],
      status: ['text not null', 'active, done, error, quarantined or stopped.'],
      state: ['text not null', 'State of the logic as JSON text; kept as text because jsonb refuses some valid JSON.'],
      applied: ['text not null', 'Highest applied sequence of each source of messages, as JSON text.'],
      updated_ms: ['bigint not null', 'When it was committed, in milliseconds since 1970.'],
    },
    constraints: ['primary key (kind, key)'],
    storage: 'with (fillfactor = 70)',
  },
  outbox: {
    comment: 'Messages that were committed by their senders and not yet by their receivers.',
    columns: {
      partition: ['integer not null', 'Partition of the sender.'],
      sequence: ['bigint not null', 'Order within the partition: epoch of the sender times 2^32, plus a counter.'],
      envelope: ['text not null', 'The message with its addresses, as JSON text.'],
    },
    constraints: ['primary key (partition, sequence)'],
    storage: busy,
  },
  timers: {
    comment: 'Armed timers of actors; each becomes a message when it is due.',
    columns: {
      kind,
      key,
      id: ['text collate "C" not null', 'Name of the timer within its actor.'],
      partition,
      due_ms: ['bigint not null', 'When it fires, in milliseconds since 1970.'],
      payload: ['text not null', 'What its message carries, as JSON text.'],
      armed: ['bigint not null', 'Sequence of the turn that armed it; tells it from earlier ones of the same name.'],
    },
    constraints: ['primary key (kind, key, id)'],
    storage: busy,
    indexes: { timers_due: '(due_ms, partition)' },
  },
  effects: {
    comment: 'Work that actors have started outside (model calls, for example) and whose result is not recorded yet.',
    columns: {
      kind,
      key,
      id: ['text collate "C" not null', 'Name of the effect within its actor.'],
      partition,
      src: ['text not null', 'Which registered function does it.'],
      input: ['text', 'Its input as JSON text; null when it has none.'],
      turn: ['bigint not null', 'Sequence of the turn that asked for it.'],
      number: ['integer not null', 'Its number within that turn.'],
      epoch: ['bigint not null', 'Epoch of the partition under which it was asked for.'],
    },
    constraints: ['primary key (kind, key, id)'],
    storage: busy,
  },
  replies: {
    comment: 'Answers that were given to messages with an idempotency key, so that the same key gets the same answer.',
    columns: {
      kind,
      key,
      idempotency_key: ['text collate "C" not null', 'The key that the caller chose.'],
      digest: ['text not null', 'SHA-256 of the message, to find a key that is used for another one.'],
      answer: ['text', 'The answer as JSON text; null while there is none.'],
      expires_ms: ['bigint not null', 'When the record may be dropped, in milliseconds since 1970.'],
    },
    constraints: ['primary key (kind, key, idempotency_key)'],
    storage: busy,
    indexes: { replies_expiry: '(expires_ms)' },
  },
  dead_letters: {
    comment: 'Messages that could not be delivered or decided, with the reason; `troupe dead-letters redrive` sends them again.',
    columns: {
      id: ['text collate "C" primary key', 'Id of the dead letter; later ones sort higher.'],
      kind,
      key,
      envelope: ['text not null', 'The message as it arrived: JSON text, or whatever could not be read as such.'],
      reason: ['text not null', 'Why it is here, in a few words.'],
      error: ['text not null', 'The error as JSON text: code, message, remedy, fields.'],
      tries: ['integer not null', 'How often it was tried.'],
      at_ms: ['bigint not null', 'When it was given up, in milliseconds since 1970.'],
    },
  },
  facts: {
    comment: 'The journal: what actors recorded about themselves, in the order of commit within each actor.',
    columns: {
      id: ['bigint generated always as identity primary key', 'Cursor of the journal; grows.'],
      kind,
      key,
      sequence: ['bigint not null', 'Sequence of the turn that recorded it.'],
      name: ['text not null', 'What happened, as one word of the actor’s domain.'],
      data: ['text not null', 'Details as JSON text.'],
      at_ms: ['bigint not null', 'When it was committed, in milliseconds since 1970.'],
    },
    indexes: { facts_of_actor: '(kind, key, id)' },
  },
}

const when = (column: string): string => `to_timestamp(${column} / 1000.0)`
const shown = { kind: ['kind', kind[1]], key: ['key', key[1]] } as const

const readable = (column: string): string => `%schema%.readable(${column})`

const views: { readonly [name: string]: ViewDefinition } = {
  actor_states: {
    comment: 'Durable actors with their state as jsonb: the stable way to read them.',
    from: 'actors',
    columns: {
      ...shown,
      partition: ['partition', partition[1]],
      status: ['status', 'active, done, error, quarantined or stopped.'],
      version: ['version', 'Version of the behaviour that wrote the state.'],
      sequence: ['sequence', 'Grows with every committed turn.'],
      state: [readable('state'), 'State of the logic; of a machine: its value, context and children.'],
      applied: [readable('applied'), 'Highest applied sequence of each source of messages.'],
      updated_at: [when('updated_ms'), 'When it was committed.'],
    },
  },
  pending_timers: {
    comment: 'Armed timers with their due time.',
    from: 'timers',
    columns: {
      ...shown,
      id: ['id', 'Name of the timer within its actor.'],
      due_at: [when('due_ms'), 'When it fires.'],
      payload: [readable('payload'), 'What its message carries.'],
    },
  },
  pending_effects: {
    comment: 'Work under way outside, by actor.',
    from: 'effects',
    columns: {
      ...shown,
      id: ['id', 'Name of the effect within its actor.'],
      src: ['src', 'Which registered function does it.'],
      input: [readable('input'), 'Its input.'],
      turn: ['turn', 'Sequence of the turn that asked for it.'],
    },
  },
  undelivered: {
    comment: 'Committed messages that their receivers have not committed yet.',
    from: 'outbox',
    columns: {
      partition: ['partition', 'Partition of the sender.'],
      sequence: ['sequence', 'Order within the partition.'],
      envelope: [readable('envelope'), 'The message with its addresses.'],
    },
  },
  journal: {
    comment: 'Facts with their data as jsonb.',
    from: 'facts',
    columns: {
      id: ['id', 'Cursor; grows.'],
      ...shown,
      sequence: ['sequence', 'Sequence of the turn that recorded it.'],
      name: ['name', 'What happened.'],
      data: [readable('data'), 'Details.'],
      at: [when('at_ms'), 'When it was committed.'],
    },
  },
  held_leases: {
    comment: 'Partitions with their owners.',
    from: 'leases',
    columns: {
      partition: ['partition', 'Number of the partition.'],
      owner: ['owner', 'Name of the node that holds it; empty when it was given up.'],
      epoch: ['epoch', 'Grows at every take-over.'],
      expires_at: ['expires_at', 'When another node may take it over.'],
      alive: ["owner <> '' and expires_at > clock_timestamp()", 'True while the lease holds.'],
    },
  },
}

/** The migrator makes these two itself, just before this migration. */
const migratorTables = {
  migrations: {
    comment: 'Changes of the shape of this schema that were made.',
    columns: { name: ['', 'Name of the change.'], timestamp: ['', 'When it was made.'] },
  },
  migration_lock: {
    comment: 'Row that a migrating program locks.',
    columns: { id: ['', 'Always migration_lock.'], is_locked: ['', 'Not used with Postgres.'] },
  },
} as const

/** Functions by their name and argument types: body and comment. `%schema%` stands for the schema. */
const functions: { readonly [signature: string]: readonly [body: string, comment: string] } = {
  // What jsonb refuses (NUL, unpaired surrogates) is shown as the replacement character, otherwise one such text would make a whole query fail.
  'readable(stored text)': [
    String.raw`returns jsonb language sql immutable parallel safe as $$
      with plain as (select case when left(stored, 1) = chr(1) then substr(stored, 2) else stored end as t)
      select case when position('\u' in t) = 0 then t else
        regexp_replace(regexp_replace(replace(t, '\u0000', '\ufffd'),
          '\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})', '\\ufffd', 'gi'),
          '(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}', '\\ufffd', 'gi')
        end::jsonb from plain
      $$`,
    'A stored JSON text as jsonb; characters that jsonb cannot hold become U+FFFD.',
  ],
  // Raising undoes the statement; the detail says which turns it was.
  'refuse_stale(turns text)': [
    `returns boolean language plpgsql as $$
      begin
        raise exception 'another life of an actor has written' using errcode = 'TR001', detail = turns;
      end $$`,
    'Undoes a commit that was decided on an older state. Used by the runtime only.',
  ],
}

/** A server without LZ4 says so and goes on with its own method, which takes several times as long for a large state. */
const quickCompression = `do $$ begin
    alter table %schema%.actors alter column state set compression lz4;
  exception when feature_not_supported then
    raise notice 'states are compressed with pglz';
  end $$`

export const initial = (schema: string): Migration => ({
  async up(db) {
    const within = (text: string): string => text.replaceAll('%schema%', `"${schema}"`)
    for (const [name, table] of Object.entries(tables)) await createTable(db, schema, name, table)
    await run(db, within(quickCompression))
    for (const [name, table] of Object.entries(migratorTables)) await comment(db, 'table', `"${schema}"."${name}"`, table)
    for (const [signature, [body, said]] of Object.entries(functions)) {
      await run(db, within(`create function %schema%.${signature} ${body}`))
      await run(db, within(`comment on function %schema%.${signature} is '${said}'`))
    }
    for (const [name, view] of Object.entries(views)) await createView(db, schema, name, viewWithin(view, within))
  },
})

function viewWithin(view: ViewDefinition, within: (text: string) => string): ViewDefinition {
  const columns = Object.entries(view.columns).map(([name, [expression, said]]) => [name, [within(expression), said]] as const)
  return { ...view, columns: Object.fromEntries(columns) }
}
