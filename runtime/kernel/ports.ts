/**
 * Owns: every interface that the runtime needs from outside, in plain data: the store. (Sources are in sources.ts, telemetry in telemetry.ts.)
 * Does not own: implementations; they live in `store/` and pass one contract suite.
 * Invariants: the ones that a store must keep are named at its members; T1–T7 are DESIGN's.
 */

import type { Address } from './address.ts'
import type { ErrorData } from './errors.ts'
import type { Json } from './json.ts'

/** The right to write for a partition: whoever holds the highest epoch. */
export interface Lease {
  readonly partition: number
  readonly owner: string
  readonly epoch: number
  /** Milliseconds that are left of it by the store's own clock when the answer was made. */
  readonly remaining: number
}

export type ActorStatus = 'active' | 'done' | 'error' | 'quarantined' | 'stopped'

/**
 * Position in a source of messages: the sender's partition (`p17`), and a sequence that only grows within it.
 * A sender's sequence is `epoch * 2^32 + n`, so that a new owner goes on above everything that the old one ever sent.
 */
export interface Position {
  readonly source: string
  readonly sequence: number
}

export interface OutboxRow {
  readonly partition: number
  readonly sequence: number
  /** Encoded envelope. */
  readonly envelope: string
}

export interface TimerRow {
  readonly address: Address
  readonly id: string
  /** Wall time, milliseconds since 1970. */
  readonly due: number
  readonly payload: Json
  /** Tells this arming from earlier ones of the same id: sequence of the turn that set it. */
  readonly armed: number
}

export interface EffectRow {
  readonly address: Address
  readonly id: string
  readonly src: string
  readonly input: Json | undefined
  /** Sequence of the turn that asked for it, and its number within the turn. */
  readonly turn: number
  readonly number: number
  readonly epoch: number
}

/** A recorded answer for an idempotency key. `answer` is absent while the message is accepted but not yet answered. */
export interface ReplyRow {
  readonly address: Address
  readonly key: string
  /** SHA-256 (hex) of the canonical message, to find a key that is used for another one. */
  readonly digest: string
  readonly answer?: Json
  /** Wall time after which the record may be dropped, milliseconds since 1970. */
  readonly expires: number
}

export interface DeadLetter {
  readonly id: string
  readonly address: Address
  /** Encoded envelope, or the raw text that could not be read as one. */
  readonly envelope: string
  readonly reason: string
  readonly error: ErrorData
  readonly tries: number
  readonly at: number
}

export interface Fact {
  /** Cursor: grows with every stored fact; only a store sets it. */
  readonly id: number
  readonly address: Address
  readonly sequence: number
  readonly name: string
  readonly data: Json
  readonly at: number
}

export interface ActorRow {
  readonly address: Address
  readonly partition: number
  /** Version of the behaviour that wrote the state. */
  readonly version: number
  /** Grows by at least one with every committed turn. */
  readonly sequence: number
  readonly status: ActorStatus
  /** JSON text of the logic's state. */
  readonly state: string
  /** Highest applied sequence per source (T3). */
  readonly applied: { readonly [source: string]: number }
  readonly updatedAt: number
}

/** Everything that one actor's turns of one batch want written. */
export interface TurnWrite {
  readonly row: Omit<ActorRow, 'updatedAt'>
  /** The sequence that the row has now; 0 = there is none. Guards against two lives of one actor in one process. */
  readonly expected: number
  readonly outbox: readonly Omit<OutboxRow, 'partition'>[]
  readonly timers: { readonly set: readonly Omit<TimerRow, 'address'>[]; readonly cancel: readonly string[] }
  readonly effects: { readonly start: readonly Omit<EffectRow, 'address' | 'epoch'>[]; readonly end: readonly string[] }
  readonly replies: readonly Omit<ReplyRow, 'address'>[]
  readonly facts: readonly Pick<Fact, 'name' | 'data'>[]
  /** The actor ended: its row, timers and effects go away; replies, facts and outbox stay. */
  readonly remove: boolean
}

export interface Batch {
  /** The partitions that the batch writes for, with the epochs under which its turns were decided (T4). */
  readonly fences: readonly { readonly partition: number; readonly epoch: number }[]
  readonly turns: readonly TurnWrite[]
  readonly deadLetters: readonly DeadLetter[]
  /** Outbox rows that reached their receiver and may go. */
  readonly relayed: readonly { readonly partition: number; readonly sequence: number }[]
  /** Wall time of the commit, milliseconds since 1970. */
  readonly at: number
}

/** All or nothing (T2). `fenced`: some epochs did not hold, nothing was written. `stale`: some rows had another sequence than expected, nothing was written. */
export type CommitResult =
  | { readonly result: 'committed' }
  | { readonly result: 'fenced'; readonly partitions: readonly number[] }
  | { readonly result: 'stale'; readonly addresses: readonly Address[] }

export interface LoadedActor {
  readonly row: ActorRow
  readonly timers: readonly TimerRow[]
  readonly effects: readonly EffectRow[]
}

/**
 * The store. Reads and writes reject with errors of the store's catalogue (unreachable, full, broken): then nothing is known about the write,
 * and the caller reloads. Contract suite: test/contract/store.ts.
 */
export interface Store {
  readonly name: 'pglite' | 'postgres' | 'memory'
  /** How many commits it can take at the same time. */
  readonly parallel: number
  /** Partition count and hash version that the installation was created with; the first caller's are stored, another's refused. */
  installation(wanted: {
    readonly partitions: number
    readonly hashVersion: number
  }): Promise<{ readonly partitions: number; readonly hashVersion: number }>
  /** Takes every wanted partition that is free, expired or `owner`'s own: the epoch grows by one. Returns what was taken. `ttl` in milliseconds, by the store's clock. */
  claim(owner: string, partitions: readonly number[], ttl: number): Promise<readonly Lease[]>
  /** Prolongs leases that still have their epoch, in one statement; returns those. */
  renew(leases: readonly Pick<Lease, 'partition' | 'epoch'>[], ttl: number): Promise<readonly Lease[]>
  /** Gives up leases that still have their epoch, so that others need not wait. */
  release(leases: readonly Pick<Lease, 'partition' | 'epoch'>[]): Promise<void>
  leases(): Promise<readonly Lease[]>
  /** T2, T4, T5: one statement for the whole batch, the epochs checked in it. */
  commit(batch: Batch): Promise<CommitResult>
  load(addresses: readonly Address[]): Promise<readonly LoadedActor[]>
  /** Actors of the partitions that have effects to start again. */
  withEffects(partitions: readonly number[]): Promise<readonly Address[]>
  /** Timers of the partitions that are due before a wall time, earliest first. */
  timers(partitions: readonly number[], before: number, limit: number): Promise<readonly TimerRow[]>
  /** Outbox rows of the partitions above a sequence, in order of (partition, sequence). */
  outbox(partitions: readonly number[], limit: number): Promise<readonly OutboxRow[]>
  reply(address: Address, key: string): Promise<ReplyRow | undefined>
  /** Drops recorded answers that expired before `now`; returns how many. */
  expireReplies(now: number, limit: number): Promise<number>
  deadLetters(filter: { readonly kind?: string; readonly after?: string; readonly limit: number }): Promise<readonly DeadLetter[]>
  /** Removes dead letters (after a redrive); returns those that were there. */
  takeDeadLetters(ids: readonly string[]): Promise<readonly DeadLetter[]>
  facts(filter: {
    readonly address?: Address
    readonly name?: string
    readonly after?: number
    readonly limit: number
  }): Promise<readonly Fact[]>
  /** Stored actors, without their timers and effects, ordered by kind and key. */
  actors(filter: {
    readonly kind?: string
    readonly status?: ActorStatus
    readonly after?: Address
    readonly limit: number
  }): Promise<readonly ActorRow[]>
  close(): Promise<void>
}
