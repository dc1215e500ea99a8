/**
 * Owns: short ways to make turns and batches for tests of stores, each test with partitions and kinds of its own.
 * Does not own: what must hold (store.ts).
 * Invariants: none.
 */

import type { Address, Batch, CommitResult, Json, Lease, Store, TurnWrite } from '#runtime'

export interface TurnParts {
  readonly expected: number
  readonly sequence?: number
  readonly state?: string
  readonly applied?: { readonly [source: string]: number }
  readonly status?: TurnWrite['row']['status']
  readonly version?: number
  readonly outbox?: TurnWrite['outbox']
  readonly set?: TurnWrite['timers']['set']
  readonly cancel?: readonly string[]
  readonly start?: TurnWrite['effects']['start']
  readonly end?: readonly string[]
  readonly replies?: TurnWrite['replies']
  readonly facts?: TurnWrite['facts']
  readonly remove?: boolean
}

let partitions = 0
let stages = 0

/** Partitions that no other test of this process has used. */
export function freshPartitions(count: number): readonly number[] {
  return Array.from({ length: count }, () => partitions++)
}

export class StoreStage {
  readonly store: Store
  readonly kind = `kind${stages++}`
  readonly partition: number
  lease: Lease

  private constructor(store: Store, lease: Lease) {
    this.store = store
    this.lease = lease
    this.partition = lease.partition
  }

  /** A stage with a partition of its own, claimed by `owner` for `ttl` milliseconds. */
  static async on(store: Store, owner = 'owner', ttl = 60_000): Promise<StoreStage> {
    const [lease] = await store.claim(owner, freshPartitions(1), ttl)
    return new StoreStage(store, lease!)
  }

  address(key: string): Address {
    return { kind: this.kind, key }
  }

  turn(key: string, parts: TurnParts): TurnWrite {
    const { expected, sequence = expected + 1, state = '{}', applied = {}, status = 'active', version = 1 } = parts
    return {
      row: { address: this.address(key), partition: this.partition, version, sequence, status, state, applied },
      expected,
      outbox: parts.outbox ?? [],
      timers: { set: parts.set ?? [], cancel: parts.cancel ?? [] },
      effects: { start: parts.start ?? [], end: parts.end ?? [] },
      replies: parts.replies ?? [],
      facts: parts.facts ?? [],
      remove: parts.remove ?? false,
    }
  }

  batch(turns: readonly TurnWrite[], more: Partial<Batch> = {}): Batch {
    const { partition, epoch } = this.lease
    return { fences: [{ partition, epoch }], turns, deadLetters: [], relayed: [], at: 1_700_000_000_000, ...more }
  }

  commit(turns: readonly TurnWrite[], more: Partial<Batch> = {}): Promise<CommitResult> {
    return this.store.commit(this.batch(turns, more))
  }

  async sequenceOf(key: string): Promise<number> {
    return (await this.store.load([this.address(key)]))[0]?.row.sequence ?? 0
  }

  /** A turn with something in every part. */
  fullTurn(key: string, expected: number, mark: Json): TurnWrite {
    const sequence = expected + 1
    return this.turn(key, {
      expected,
      state: JSON.stringify({ mark }),
      applied: { p1: sequence },
      outbox: [{ sequence: this.lease.epoch * 2 ** 32 + sequence, envelope: JSON.stringify({ mark }) }],
      set: [{ id: 'wake', due: 5_000 + sequence, payload: mark, armed: sequence }],
      start: [{ id: 'call', src: 'model', input: mark, turn: sequence, number: 0 }],
      replies: [{ key: 'k1', digest: 'd1', answer: mark, expires: 9_000 }],
      facts: [{ name: 'marked', data: mark }],
    })
  }

  /** Everything that the store shows of this stage. */
  async all(keys: readonly string[]) {
    const { store, partition, kind } = this
    return {
      actors: await store.actors({ kind, limit: 1000 }),
      loaded: await store.load(keys.map((key) => this.address(key))),
      outbox: await store.outbox([partition], 1000),
      timers: await store.timers([partition], Number.MAX_SAFE_INTEGER, 1000),
      effects: await store.withEffects([partition]),
      replies: await Promise.all(keys.map((key) => store.reply(this.address(key), 'k1'))),
      facts: (await Promise.all(keys.map((key) => store.facts({ address: this.address(key), limit: 1000 })))).flat(),
      deadLetters: await store.deadLetters({ kind, limit: 1000 }),
    }
  }

  letter(id: string, envelope = '{}') {
    const error = { code: 'foreign', message: 'no', remedy: 'none', retry: 'never', audience: 'caller', fields: {} } as const
    return { id, address: this.address('a'), envelope, reason: 'poison', error, tries: 3, at: 77 }
  }
}
