/**
 * Owns: a store in the memory of this process, for tests and simulation: as harsh as the databases, but nothing outlives it.
 * Does not own: its time; the clock is given, so that a simulation can move it.
 * Invariants: T2, T3, T4 as the port names them. MS1 everything goes through JSON on its way in and out, so that nobody shares an object with the store. MS2 a
 * commit decides at one moment, after the caller has let go of the thread, so that two commits can overlap as they do in a database.
 */

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
import { MemoryTables } from './memory-tables.ts'
import { checkInstallation } from './sql-store.ts'
import { storeErrors } from './store-errors.ts'
import { compareText, wholeMilliseconds } from './stored-text.ts'

interface StoredLease {
  readonly owner: string
  readonly epoch: number
  /** By the given clock. */
  readonly expires: number
}

export class MemoryStore implements Store {
  readonly name = 'memory'
  readonly parallel = 4
  readonly #clock: Clock
  readonly #tables = new MemoryTables()
  readonly #leases = new Map<number, StoredLease>()
  #installed: { readonly partitions: number; readonly hashVersion: number } | undefined
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async installation(wanted: { readonly partitions: number; readonly hashVersion: number }) {
    await this.#enter('installation')
    this.#installed ??= { partitions: wanted.partitions, hashVersion: wanted.hashVersion }
    return checkInstallation('memory', wanted, this.#installed)
  }

  async claim(owner: string, partitions: readonly number[], ttl: number): Promise<readonly Lease[]> {
    const now = await this.#enter('claim')
    const taken: Lease[] = []
    for (const partition of new Set(partitions)) {
      const held = this.#leases.get(partition)
      if (held && held.owner !== owner && held.expires >= now) continue
      this.#leases.set(partition, { owner, epoch: (held?.epoch ?? 0) + 1, expires: now + ttl })
      taken.push(this.#lease(partition, now))
    }
    return taken.sort((a, b) => a.partition - b.partition)
  }

  async renew(leases: readonly Pick<Lease, 'partition' | 'epoch'>[], ttl: number): Promise<readonly Lease[]> {
    const now = await this.#enter('renew')
    const mine = leases.filter(({ partition, epoch }) => this.#leases.get(partition)?.epoch === epoch)
    for (const { partition } of mine) this.#leases.set(partition, { ...this.#leases.get(partition)!, expires: now + ttl })
    return mine.map(({ partition }) => this.#lease(partition, now)).sort((a, b) => a.partition - b.partition)
  }

  async release(leases: readonly Pick<Lease, 'partition' | 'epoch'>[]): Promise<void> {
    await this.#enter('release')
    for (const { partition, epoch } of leases) {
      const held = this.#leases.get(partition)
      if (held?.epoch === epoch) this.#leases.set(partition, { owner: '', epoch, expires: Number.NEGATIVE_INFINITY })
    }
  }

  async leases(): Promise<readonly Lease[]> {
    const now = await this.#enter('leases')
    const held = [...this.#leases].filter(([, lease]) => lease.owner !== '').sort(([a], [b]) => a - b)
    return held.map(([partition]) => this.#lease(partition, now))
  }

  async commit(batch: Batch): Promise<CommitResult> {
    await this.#enter('commit')
    this.#tables.check(batch)
    const lost = batch.fences.filter(({ partition, epoch }) => this.#leases.get(partition)?.epoch !== epoch)
    if (lost.length > 0) return { result: 'fenced', partitions: [...new Set(lost.map((fence) => fence.partition))] }
    return this.#tables.commit(batch)
  }

  async load(addresses: readonly Address[]): Promise<readonly LoadedActor[]> {
    await this.#enter('load')
    return this.#tables.load(addresses)
  }

  async withEffects(partitions: readonly number[]): Promise<readonly Address[]> {
    await this.#enter('withEffects')
    const wanted = new Set(partitions)
    const found = new Map<string, Address>()
    for (const { partition, row } of this.#tables.effects.values())
      if (wanted.has(partition)) found.set(`${row.address.kind}/${row.address.key}`, row.address)
    return [...found.values()].sort(byAddress)
  }

  async timers(partitions: readonly number[], before: number, limit: number): Promise<readonly TimerRow[]> {
    await this.#enter('timers')
    const wanted = new Set(partitions)
    const rows: TimerRow[] = []
    for (const { partition, row } of this.#tables.timers.values())
      if (wanted.has(partition) && row.due < wholeMilliseconds(before)) rows.push(row)
    rows.sort((a, b) => a.due - b.due || byAddress(a.address, b.address) || compareText(a.id, b.id))
    return structuredClone(rows.slice(0, limit))
  }

  async outbox(partitions: readonly number[], limit: number): Promise<readonly OutboxRow[]> {
    await this.#enter('outbox')
    const wanted = new Set(partitions)
    const rows = [...this.#tables.outbox.values()].filter((row) => wanted.has(row.partition))
    return rows.sort((a, b) => a.partition - b.partition || a.sequence - b.sequence).slice(0, limit)
  }

  async reply(address: Address, key: string): Promise<ReplyRow | undefined> {
    await this.#enter('reply')
    return structuredClone(this.#tables.reply(address, key))
  }

  async expireReplies(now: number, limit: number): Promise<number> {
    await this.#enter('expireReplies')
    const old = [...this.#tables.replies].filter(([, row]) => row.expires < wholeMilliseconds(now)).slice(0, limit)
    for (const [id] of old) this.#tables.replies.delete(id)
    return old.length
  }

  async deadLetters(filter: {
    readonly kind?: string
    readonly after?: string
    readonly limit: number
  }): Promise<readonly DeadLetter[]> {
    await this.#enter('deadLetters')
    const { kind, after, limit } = filter
    const rows = [...this.#tables.deadLetters.values()].filter(
      (row) => (kind === undefined || row.address.kind === kind) && (after === undefined || compareText(row.id, after) > 0),
    )
    return structuredClone(rows.sort((a, b) => compareText(a.id, b.id)).slice(0, limit))
  }

  async takeDeadLetters(ids: readonly string[]): Promise<readonly DeadLetter[]> {
    await this.#enter('takeDeadLetters')
    const rows = [...new Set(ids)].flatMap((id) => this.#tables.deadLetters.get(id) ?? [])
    for (const row of rows) this.#tables.deadLetters.delete(row.id)
    return rows.sort((a, b) => compareText(a.id, b.id))
  }

  async facts(filter: {
    readonly address?: Address
    readonly name?: string
    readonly after?: number
    readonly limit: number
  }): Promise<readonly Fact[]> {
    await this.#enter('facts')
    const { address, name, after = 0, limit } = filter
    const rows = this.#tables.facts.filter(
      (row) => row.id > after && (name === undefined || row.name === name) && (!address || byAddress(row.address, address) === 0),
    )
    return structuredClone(rows.slice(0, limit))
  }

  async actors(filter: {
    readonly kind?: string
    readonly status?: ActorStatus
    readonly after?: Address
    readonly limit: number
  }): Promise<readonly ActorRow[]> {
    await this.#enter('actors')
    const { kind, status, after, limit } = filter
    const rows = [...this.#tables.actors.values()].filter(
      (row) =>
        (kind === undefined || row.address.kind === kind) &&
        (status === undefined || row.status === status) &&
        (!after || byAddress(row.address, after) > 0),
    )
    return structuredClone(rows.sort((a, b) => byAddress(a.address, b.address)).slice(0, limit))
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Lets go of the thread, as a call over a wire would, and returns the time at which the operation happens. */
  async #enter(operation: string): Promise<number> {
    if (this.#closed) throw storeErrors.make('store.closed', { operation })
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (this.#closed) throw storeErrors.make('store.closed', { operation })
    return this.#clock.now()
  }

  #lease(partition: number, now: number): Lease {
    const { owner, epoch, expires } = this.#leases.get(partition)!
    return { partition, owner, epoch, remaining: Math.max(0, expires - now) }
  }
}

function byAddress(a: Address, b: Address): number {
  return compareText(a.kind, b.kind) || compareText(a.key, b.key)
}
