/**
 * Owns: what becomes of stored states that do not fit: upcasters, quarantine, limits.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Store } from '#runtime'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, lab, labActor, memoryStore, startNode } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const a = lab('a')
const add = (by: number) => ({ type: 'add', by }) as never

async function node(store: Store, actor = labActor(), limits = {}): Promise<LabNode> {
  const at = await startNode(store, [actor], { limits })
  nodes.push(at)
  return at
}

/** A store that holds `a` as version `version` of the behaviour wrote it, after `change` was made to its row. */
async function stored(version: number, change?: (row: { state: string; version: number }) => void): Promise<Store> {
  const store = memoryStore()
  const first = await startNode(store, [labActor(undefined, { version })])
  await first.system.tell(a, add(5))
  await first.stop()
  if (!change) return store
  const load: Store['load'] = async (addresses) =>
    (await store.load(addresses)).map((actor) => {
      const row = { ...actor.row }
      change(row)
      return { ...actor, row }
    })
  return new Proxy(store, {
    get(target, name) {
      if (name === 'load') return load
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

const unusable: readonly {
  readonly what: string
  readonly reason: RegExp
  readonly store: () => Promise<Store>
  readonly version: number
}[] = [
  { what: 'has no upcaster', reason: /no upcaster from version 1 to 2/, store: () => stored(1), version: 2 },
  { what: 'is newer than the code', reason: /written by version 3, this code has version 2/, store: () => stored(3), version: 2 },
  {
    what: 'is not JSON',
    reason: /not JSON/,
    store: () => stored(1, (row) => Object.assign(row, { state: '{half' })),
    version: 1,
  },
  {
    what: 'is of another shape',
    reason: /cannot restore/,
    store: () => stored(1, (row) => Object.assign(row, { state: 'null' })),
    version: 1,
  },
]

for (const { what, reason, store: open, version } of unusable) {
  test(`DH3 B3 a snapshot that ${what} quarantines its actor: the error names actor, version and remedy, and the row stays as it is`, async () => {
    const store = await open()
    const before = JSON.stringify(await store.load([a]))
    const at = await node(store, labActor(undefined, { version }))
    const refusals = [
      at.system.tell(a, add(1)),
      at.system.ask(a, { type: 'get' }),
      at.system.ask(a, add(1), { idempotencyKey: 'k' }),
    ]
    const errors = await Promise.all(refusals.map((call) => failure(inTime('the refusal', call))))
    for (const error of errors) {
      assert.equal(error.code, 'actor.quarantined')
      assert.equal(error.fields.address, 'lab/a')
      assert.match(String(error.fields.reason), reason)
      assert.match(error.remedy, /upcaster/)
    }
    assert.equal(JSON.stringify(await store.load([a])), before)
    assert.ok(at.count('actor.quarantined') > 0)
  })
}

test('DH3 messages of other actors to a quarantined one go to the dead letters, and others are not held up', async () => {
  const store = await stored(3)
  const at = await node(store)
  await at.system.tell(lab('b'), { type: 'send', to: a, text: 'lost?' } as never)
  await at.system.tell(lab('b'), { type: 'send', to: lab('c'), text: 'fine' } as never)
  const letters = await waitFor(
    'the dead letter',
    () => at.system.deadLetters(),
    (found) => found.length === 1,
  )
  assert.equal(letters[0]?.reason, 'actor.quarantined')
  await waitFor(
    'the other',
    () => at.system.ask(lab('c'), { type: 'log' }) as Promise<string[]>,
    (log) => log.length === 1,
  )
})

test('B3 a state is brought up through every version, and the next commit writes the newest', async () => {
  const store = await stored(1)
  const steps: number[] = []
  const actor = labActor(undefined, {
    version: 3,
    upcast: {
      1: (state) => {
        steps.push(1)
        return { ...(state as object), n: (state as { n: number }).n * 10 }
      },
      2: (state) => {
        steps.push(2)
        return { ...(state as object), n: (state as { n: number }).n + 1 }
      },
    },
  })
  const at = await node(store, actor)
  assert.equal(await at.system.ask(a, { type: 'get' }), 51)
  assert.deepEqual(steps, [1, 2])
  await at.system.tell(a, add(1))
  assert.equal((await store.load([a]))[0]?.row.version, 3)
})

test('B3 an upcaster that throws quarantines with its cause', async () => {
  const store = await stored(1)
  const actor = labActor(undefined, {
    version: 2,
    upcast: {
      1: () => {
        throw new Error('cannot read the old shape')
      },
    },
  })
  const at = await node(store, actor)
  const error = await failure(inTime('the refusal', at.system.tell(a, add(1))))
  assert.equal(error.code, 'actor.quarantined')
  assert.equal((error.cause as Error).message, 'cannot read the old shape')
})

test('T2 a snapshot over the limit is refused whole, the actor is as before, and over the warning size it is told', async () => {
  const at = await node(memoryStore(), labActor(), { snapshotWarnBytes: 1000, snapshotBytes: 5000 })
  await at.system.tell(a, add(1))
  await at.system.tell(a, { type: 'grow', bytes: 2000 } as never)
  assert.equal(at.count('snapshot.large'), 1)
  const error = await failure(inTime('the refusal', at.system.tell(a, { type: 'grow', bytes: 9000 } as never)))
  assert.equal(error.code, 'actor.crashed')
  assert.equal((error.cause as { code?: string }).code, 'snapshot.too_large')
  assert.equal(await at.system.ask(a, { type: 'get' }), 1)
  assert.equal(((await at.system.ask(a, { type: 'log' })) as string[]).length, 1)
})

test('T2 a snapshot in characters of several bytes is measured in bytes', async () => {
  const at = await node(memoryStore(), labActor(), { snapshotWarnBytes: 1000, snapshotBytes: 5000 })
  await at.system.tell(a, { type: 'note', text: '€'.repeat(400) } as never)
  const error = await failure(inTime('the refusal', at.system.tell(a, { type: 'note', text: '€'.repeat(1600) } as never)))
  assert.equal((error.cause as { code?: string }).code, 'snapshot.too_large')
})

test('T2 a state that JSON cannot say is refused with its path, and the actor is as before', async () => {
  const actor = labActor()
  const decide = actor.logic.decide
  const logic: typeof actor.logic = {
    ...actor.logic,
    decide: (state, message, turn) => {
      const next = decide(state, message, turn) as { user: object }
      return message.type === 'note' ? { ...next, user: { ...next.user, callback: () => 1 } } : next
    },
  }
  const at = await node(memoryStore(), { ...actor, logic })
  await at.system.tell(a, add(2))
  const error = await failure(inTime('the refusal', at.system.tell(a, { type: 'note', text: 'x' } as never)))
  assert.equal((error.cause as { code?: string }).code, 'snapshot.not_json')
  assert.match(String((error.cause as { fields?: { path: string } }).fields?.path), /callback/)
  assert.equal(await at.system.ask(a, { type: 'get' }), 2)
})

test('MZ1 a message over the limit in bytes is refused where it enters, and where an actor sends it', async () => {
  const at = await node(memoryStore(), labActor(), { messageBytes: 1000 })
  const text = '€'.repeat(400)
  const outside = await failure(at.system.tell(a, { type: 'note', text } as never))
  assert.deepEqual([outside.code, outside.fields.limit], ['message.too_large', 1000])
  assert.equal((await at.store.load([a])).length, 0)
  const inside = await failure(
    inTime('the refusal', at.system.tell(a, { type: 'send', to: lab('b'), text: 'x'.repeat(900) } as never)),
  )
  assert.equal(inside.code, 'actor.crashed')
  assert.equal((inside.cause as { code?: string }).code, 'message.too_large')
  assert.equal((await at.store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 10)).length, 0)
})

test('R1 a turn that is refused after it reserved its place in the outbox does not hold up its partition', async () => {
  const at = await node(memoryStore(), labActor(), { snapshotBytes: 3000 })
  const actor = labActor()
  assert.ok(actor)
  // In one batch: a message goes out and the state grows over the limit.
  const sent = at.system.tell(a, { type: 'send', to: lab('b'), text: 'first' } as never)
  const grown = failure(at.system.tell(a, { type: 'grow', bytes: 9000 } as never))
  await inTime('both', Promise.all([sent, grown]))
  await inTime('later', at.system.tell(a, { type: 'send', to: lab('b'), text: 'second' } as never))
  const log = await waitFor(
    'both',
    () => at.system.ask(lab('b'), { type: 'log' }) as Promise<string[]>,
    (seen) => seen.length === 2,
  )
  assert.deepEqual(log, ['first', 'second'])
})
