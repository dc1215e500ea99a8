/**
 * Owns: rows of the database as values of the runtime.
 * Does not own: which rows are read.
 * Invariants: ST1.
 */

import type { Selectable } from 'kysely'
import type {
  ActorRow,
  ActorStatus,
  Address,
  DeadLetter,
  EffectRow,
  ErrorData,
  Fact,
  Lease,
  LoadedActor,
  OutboxRow,
  ReplyRow,
  TimerRow,
} from '#runtime'
import { formatAddress } from '#runtime'
import type { Row } from './database.ts'
import { compareText, decodeJson, decodeText } from './stored-text.ts'
import type { Tables } from './tables.ts'

type Place = { readonly kind: string; readonly key: string }

export function addressOf(row: Row | Place): Address {
  const { kind, key } = row as Place
  return { kind: decodeText(kind), key: decodeText(key) }
}

export function leaseOf(row: Row): Lease {
  const { partition, owner, epoch, remaining } = row as unknown as Lease
  return { partition, owner: decodeText(owner), epoch, remaining }
}

export function actorOf(row: Selectable<Tables['actors']>): ActorRow {
  return {
    address: addressOf(row),
    partition: row.partition,
    version: row.version,
    sequence: row.sequence,
    status: row.status as ActorStatus,
    state: decodeText(row.state),
    applied: decodeJson(row.applied) as ActorRow['applied'],
    updatedAt: row.updated_ms,
  }
}

export function timerOf(row: Row): TimerRow {
  const { id, due_ms, payload, armed } = row as unknown as Selectable<Tables['timers']>
  return { address: addressOf(row), id: decodeText(id), due: due_ms, payload: decodeJson(payload), armed }
}

export function outboxRowOf(row: Row): OutboxRow {
  const { partition, sequence, envelope } = row as unknown as OutboxRow
  return { partition, sequence, envelope: decodeText(envelope) }
}

export function replyOf(address: Address, key: string, row: Row): ReplyRow {
  const { digest, answer, expires_ms } = row as unknown as Selectable<Tables['replies']>
  const record = { address, key, digest: decodeText(digest), expires: expires_ms }
  return answer === null ? record : { ...record, answer: decodeJson(answer) }
}

export function deadLetterOf(row: Selectable<Tables['dead_letters']>): DeadLetter {
  return {
    id: decodeText(row.id),
    address: addressOf(row),
    envelope: decodeText(row.envelope),
    reason: decodeText(row.reason),
    error: decodeJson(row.error) as unknown as ErrorData,
    tries: row.tries,
    at: row.at_ms,
  }
}

export function factOf(row: Selectable<Tables['facts']>): Fact {
  return {
    id: row.id,
    address: addressOf(row),
    sequence: row.sequence,
    name: decodeText(row.name),
    data: decodeJson(row.data),
    at: row.at_ms,
  }
}

/** One row of the load statement: an actor (a), a timer (t) or an effect (e) in the same columns. */
interface LoadRow extends Place {
  readonly what: 'a' | 't' | 'e'
  readonly id: string
  readonly text1: string
  readonly text2: string | null
  readonly n1: number
  readonly n2: number
  readonly n3: number
  readonly n4: number
}

interface Loaded {
  readonly row: ActorRow
  readonly timers: TimerRow[]
  readonly effects: EffectRow[]
}

/** The actors of a load, each with its timers (earliest first) and effects (in the order in which they were asked for). */
export function loadedFrom(rows: readonly Row[]): readonly LoadedActor[] {
  const actors = new Map<string, Loaded>()
  for (const row of rows as unknown as readonly LoadRow[])
    if (row.what === 'a') actors.set(formatAddress(addressOf(row)), { row: loadedActor(row), timers: [], effects: [] })
  for (const row of rows as unknown as readonly LoadRow[]) {
    const actor = actors.get(formatAddress(addressOf(row)))
    if (row.what === 't') actor?.timers.push(loadedTimer(row))
    if (row.what === 'e') actor?.effects.push(loadedEffect(row))
  }
  for (const { timers, effects } of actors.values()) {
    timers.sort((a, b) => a.due - b.due || compareText(a.id, b.id))
    effects.sort((a, b) => a.turn - b.turn || a.number - b.number || compareText(a.id, b.id))
  }
  return [...actors.values()]
}

function loadedActor(row: LoadRow): ActorRow {
  return {
    address: addressOf(row),
    partition: row.n3,
    version: row.n4,
    sequence: row.n1,
    status: row.id as ActorStatus,
    state: decodeText(row.text1),
    applied: decodeJson(row.text2!) as ActorRow['applied'],
    updatedAt: row.n2,
  }
}

function loadedTimer(row: LoadRow): TimerRow {
  return { address: addressOf(row), id: decodeText(row.id), due: row.n1, payload: decodeJson(row.text1), armed: row.n2 }
}

function loadedEffect(row: LoadRow): EffectRow {
  const input = row.text2 === null ? undefined : decodeJson(row.text2)
  const at = { turn: row.n1, number: row.n3, epoch: row.n2 }
  return { address: addressOf(row), id: decodeText(row.id), src: decodeText(row.text1), input, ...at }
}
