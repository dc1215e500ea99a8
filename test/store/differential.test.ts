/**
 * Owns: random histories on two stores at once: the one in memory must answer as Postgres does, otherwise what is simulated on it proves nothing.
 * Does not own: the contract.
 * Invariants: T2, T4, MS1.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Batch, realSources, type Store, type TurnWrite } from '#runtime'
import { MemoryStore, openStore } from '#store'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const url = await testPostgres()
const sources = realSources()
const schema = testSchema()
const postgres = await openStore(url, { sources, schema })
const memory = new MemoryStore(sources.clock)
after(async () => {
  await postgres.close()
  await dropSchema(url, schema)
})

const keys = ['a', 'b', 'c', 'é']
const names = ['x', 'y']
const small = fc.integer({ min: 0, max: 3 })
const named = fc.constantFrom(...names)
const json = fc.oneof(fc.constant(null), fc.integer(), fc.constantFrom('\0', 't'), fc.array(fc.boolean(), { maxLength: 2 }))

type Step =
  | { readonly do: 'claim'; readonly owner: string; readonly partitions: readonly number[]; readonly ttl: number }
  | { readonly do: 'release'; readonly partition: number; readonly epoch: number }
  | { readonly do: 'renew'; readonly partition: number; readonly epoch: number }
  | { readonly do: 'commit'; readonly batch: BatchSketch }

interface TurnSketch {
  readonly key: string
  /** Difference to the sequence that the actor has: mostly none. */
  readonly off: number
  readonly step: number
  readonly remove: boolean
  readonly set: readonly { readonly id: string; readonly due: number }[]
  readonly cancel: readonly string[]
  readonly start: readonly { readonly id: string; readonly number: number }[]
  readonly end: readonly string[]
  readonly replies: readonly { readonly key: string; readonly answer: null | number | string | readonly boolean[] }[]
  readonly facts: readonly { readonly name: string; readonly data: null | number | string | readonly boolean[] }[]
  readonly outbox: number
}

interface BatchSketch {
  /** Difference to the epoch that the partition has: mostly none. */
  readonly epochOff: number
  readonly turns: readonly TurnSketch[]
  readonly relayed: readonly number[]
  readonly letters: readonly string[]
}

const mostly = (value: number, other: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other })
const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 3 })

const turnSketch: fc.Arbitrary<TurnSketch> = fc.record({
  key: fc.constantFrom(...keys),
  off: mostly(0, fc.constantFrom(-1, 1)),
  step: fc.integer({ min: 1, max: 3 }),
  remove: mostly(0, fc.constant(1)).map(Boolean),
  set: list(fc.record({ id: named, due: fc.double({ min: 0, max: 50, noNaN: true }) })),
  cancel: list(named),
  start: list(fc.record({ id: named, number: small })),
  end: list(named),
  replies: list(fc.record({ key: named, answer: json })),
  facts: list(fc.record({ name: named, data: json })),
  outbox: small,
})

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      owner: fc.constantFrom('o1', 'o2'),
      partitions: fc.uniqueArray(small),
      ttl: fc.constant(60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('release' as const), partition: small, epoch: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('renew' as const), partition: small, epoch: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      batch: fc.record({
        epochOff: mostly(0, fc.constantFrom(-1, 1)),
        turns: fc.uniqueArray(turnSketch, { maxLength: 4, selector: (turn) => turn.key }),
        relayed: list(fc.integer({ min: 1, max: 30 })),
        letters: fc.uniqueArray(fc.constantFrom('l1', 'l2', 'l3'), { maxLength: 2 }),
      }),
    }),
  },
)

/** One history: partitions and a kind of its own, on both stores. */
class History {
  readonly kind: string
  readonly base: number
  #sequence = 0

  constructor(number: number) {
    this.kind = `h${number}`
    this.base = number * 4
  }

  partitionOf(key: string): number {
    return this.base + (keys.indexOf(key) % 4)
  }

  async batch(sketch: BatchSketch): Promise<Batch> {
    const epochs = new Map((await memory.leases()).map((lease) => [lease.partition, lease.epoch]))
    const held = new Map(
      (await memory.load(keys.map((key) => ({ kind: this.kind, key })))).map((actor) => [
        actor.row.address.key,
        actor.row.sequence,
      ]),
    )
    const partitions = [...new Set([...sketch.turns.map((turn) => this.partitionOf(turn.key)), this.base])]
    return {
      fences: partitions.map((partition) => ({ partition, epoch: Math.max(1, (epochs.get(partition) ?? 1) + sketch.epochOff) })),
      turns: sketch.turns.map((turn) => this.turn(turn, held.get(turn.key) ?? 0)),
      relayed: sketch.relayed.map((sequence) => ({ partition: this.base + (sequence % 4), sequence })),
      deadLetters: sketch.letters.map((id) => this.letter(id)),
      at: 1_000.5,
    }
  }

  turn(sketch: TurnSketch, held: number): TurnWrite {
    const expected = Math.max(0, held + sketch.off)
    const sequence = expected + sketch.step
    return {
      row: {
        address: { kind: this.kind, key: sketch.key },
        partition: this.partitionOf(sketch.key),
        version: 1,
        sequence,
        status: 'active',
        state: JSON.stringify({ sequence }),
        applied: { p1: sequence },
      },
      expected,
      remove: sketch.remove,
      timers: { set: sketch.set.map((timer) => ({ ...timer, payload: timer.due, armed: sequence })), cancel: sketch.cancel },
      effects: {
        start: sketch.start.map((effect) => ({ ...effect, src: 's', input: undefined, turn: sequence })),
        end: sketch.end,
      },
      replies: sketch.replies.map((reply) => ({ ...reply, digest: 'd', expires: 10 })),
      facts: sketch.facts,
      outbox: Array.from({ length: sketch.outbox }, () => ({ sequence: ++this.#sequence, envelope: `${this.#sequence}` })),
    }
  }

  letter(id: string) {
    const error = { code: 'c', message: 'm', remedy: 'r', retry: 'never', audience: 'caller', fields: {} } as const
    return {
      id: `${this.kind}-${id}`,
      address: { kind: this.kind, key: 'a' },
      envelope: '{}',
      reason: 'r',
      error,
      tries: 1,
      at: 1,
    }
  }

  async apply(store: Store, one: Step, batch: Batch | undefined): Promise<unknown> {
    const lease = ({ partition, owner, epoch }: { partition: number; owner: string; epoch: number }) => ({
      partition,
      owner,
      epoch,
    })
    if (one.do === 'claim')
      return (
        await store.claim(
          one.owner,
          one.partitions.map((p) => this.base + p),
          one.ttl,
        )
      ).map(lease)
    if (one.do === 'renew')
      return (await store.renew([{ partition: this.base + one.partition, epoch: one.epoch }], 60_000)).map(lease)
    if (one.do === 'release') return store.release([{ partition: this.base + one.partition, epoch: one.epoch }])
    return store.commit(batch!)
  }

  async everything(store: Store) {
    const { kind, base } = this
    const partitions = [base, base + 1, base + 2, base + 3]
    const addresses = keys.map((key) => ({ kind, key }))
    const facts = (await Promise.all(addresses.map((address) => store.facts({ address, limit: 1000 })))).flat()
    return {
      actors: await store.actors({ kind, limit: 100 }),
      loaded: [...(await store.load(addresses))].sort((a, b) => (a.row.address.key < b.row.address.key ? -1 : 1)),
      outbox: await store.outbox(partitions, 1000),
      timers: await store.timers(partitions, 1000, 1000),
      effects: await store.withEffects(partitions),
      replies: await Promise.all(addresses.flatMap((address) => names.map((name) => store.reply(address, name)))),
      facts: facts.map(({ id: _, ...fact }) => fact),
      deadLetters: await store.deadLetters({ kind, limit: 100 }),
      leases: (await store.leases())
        .filter((lease) => partitions.includes(lease.partition))
        .map(({ partition, owner, epoch }) => ({ partition, owner, epoch })),
    }
  }
}

test('every history has the same answers and the same rows in memory and on Postgres', async () => {
  let number = 0
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const history = new History(number++)
      const claims: Step = { do: 'claim', owner: 'o1', partitions: [0, 1, 2, 3], ttl: 60_000 }
      for (const one of [claims, ...steps]) {
        const batch = one.do === 'commit' ? await history.batch(one.batch) : undefined
        const [ours, theirs] = [await history.apply(memory, one, batch), await history.apply(postgres, one, batch)]
        assert.deepEqual(ours, theirs)
        const result = (ours as { result?: string } | undefined)?.result ?? one.do
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1)
      }
      assert.deepEqual(await history.everything(memory), await history.everything(postgres))
    }),
    { numRuns: Number(process.env.TROUPE_TEST_HISTORIES ?? 60) },
  )
  for (const wanted of ['committed', 'fenced', 'stale', 'claim', 'release', 'renew'])
    assert.ok((outcomes.get(wanted) ?? 0) > 0, `no history had ${wanted}: ${JSON.stringify([...outcomes])}`)
})
