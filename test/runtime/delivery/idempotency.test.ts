/**
 * Owns: what an idempotency key promises: one turn, one recorded answer, also after a restart.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, idleActorsWent, type LabNode, lab, labActor, memoryStore, startNode, type Tap } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const a = lab('a')
const key = (idempotencyKey: string, deadline?: number) =>
  deadline === undefined ? { idempotencyKey } : { idempotencyKey, deadline }
const add = (by: number) => ({ type: 'add', by }) as never

async function node(store = memoryStore(), actor = labActor(), tap?: Tap): Promise<LabNode> {
  const at = await startNode(store, [actor], {}, tap)
  nodes.push(at)
  return at
}

test('ID1 the same key gives the recorded answer and no second turn', async () => {
  const at = await node()
  assert.equal(await at.system.ask(a, add(5), key('k')), 5)
  assert.equal(await at.system.ask(a, add(1)), 6)
  assert.equal(await at.system.ask(a, add(5), key('k')), 5)
  await at.system.tell(a, add(5), key('k'))
  assert.equal(await at.system.ask(a, { type: 'get' }), 6)
})

test('ID1 also after a restart, and an asynchronous caller of both lives counts once', async () => {
  const store = memoryStore()
  const first = await node(store)
  assert.equal(await first.system.ask(a, add(5), key('k')), 5)
  first.kill()
  const second = await node(store)
  assert.equal(await second.system.ask(a, add(5), key('k')), 5)
  assert.equal(await second.system.ask(a, { type: 'get' }), 5)
})

test('ID1 many calls with one key at once are one turn and get one answer', async () => {
  const at = await node()
  const answers = await Promise.all(Array.from({ length: 20 }, () => inTime('an answer', at.system.ask(a, add(5), key('k')))))
  assert.deepEqual(new Set(answers), new Set([5]))
  assert.equal(await at.system.ask(a, { type: 'get' }), 5)
})

test('ID1 keys belong to one actor: the same key at another one is another message', async () => {
  const at = await node()
  await at.system.tell(a, add(1), key('k'))
  await at.system.tell(lab('b'), add(1), key('k'))
  assert.equal(await at.system.ask(lab('b'), { type: 'get' }), 1)
})

test('ID1 calls that join a key whose answer comes in a later turn all get it', async () => {
  const at = await node()
  const first = at.system.ask(a, { type: 'keep' }, key('k'))
  await waitFor('the token', async () => ((await at.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  const joined = [at.system.ask(a, { type: 'keep' }, key('k')), at.system.ask(a, { type: 'keep' }, key('k'))]
  await waitFor('both to have joined', () => at.system.durable.known(a)?.joined.get('k')?.length === 2)
  await at.system.tell(a, { type: 'release', value: 3 } as never)
  assert.deepEqual(await inTime('the answers', Promise.all([first, ...joined])), [3, 3, 3])
  assert.equal(await at.system.ask(a, { type: 'keep' }, key('k')), 3)
})

test('ID1 a call that joins after a restart gets the answer of the turn before it', async () => {
  const store = memoryStore()
  const first = await node(store)
  void first.system.ask(a, { type: 'keep' }, key('k')).catch(() => undefined)
  await waitFor('the token', async () => ((await store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  first.kill()
  const second = await node(store)
  const again = second.system.ask(a, { type: 'keep' }, key('k'))
  await waitFor('it to have joined', () => second.system.durable.known(a)?.joined.get('k')?.length === 1)
  await second.system.tell(a, { type: 'release', value: 8 } as never)
  assert.equal(await inTime('the answer', again), 8)
})

test('ID1 an actor with calls that joined a key is not forgotten while it is idle', async () => {
  const at = await node(memoryStore(), labActor(undefined, { idleTimeout: 10 }))
  const first = at.system.ask(a, { type: 'keep' }, key('k', 20_000))
  await waitFor('the token', async () => ((await at.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  const joined = at.system.ask(a, { type: 'keep' }, key('k', 20_000))
  await waitFor('it to have joined', () => at.system.durable.known(a)?.joined.get('k')?.length === 1)
  await idleActorsWent(at)
  await at.system.tell(a, { type: 'release', value: 3 } as never)
  assert.deepEqual(await inTime('the answers', Promise.all([first, joined])), [3, 3])
})

test('ID2 a key that was used for another message is refused, and nothing is applied', async () => {
  const at = await node()
  await at.system.tell(a, add(5), key('k'))
  const error = await failure(inTime('the refusal', at.system.ask(a, add(6), key('k'))))
  assert.equal(error.code, 'idempotency.conflict')
  assert.equal(await at.system.ask(a, { type: 'get' }), 5)
})

test('ID1 a message that crashed its actor leaves no record: the key may be used again', async () => {
  let broken = true
  const actor = labActor()
  const decide = actor.logic.decide
  const logic: typeof actor.logic = {
    ...actor.logic,
    decide(state, message, turn) {
      if (broken && message.type === 'add') throw new Error('a defect')
      return decide(state, message, turn)
    },
  }
  const at = await node(memoryStore(), { ...actor, logic })
  assert.equal((await failure(at.system.ask(a, add(5), key('k')))).code, 'actor.crashed')
  broken = false
  assert.equal(await at.system.ask(a, add(5), key('k')), 5)
})

test('ID1 after its retention a key is free', async () => {
  const at = await node(memoryStore(), labActor(undefined, { replyRetention: 30 }))
  assert.equal(await at.system.ask(a, add(5), key('k')), 5)
  // Until it is free, the key gives the recorded 5.
  const seen = (n: unknown): boolean => n === 10
  assert.equal(await waitFor('the key to be free', () => at.system.ask(a, add(5), key('k')), seen, { every: 20 }), 10)
})

test('DE1 a store that fails while a key is looked up loses no message', async () => {
  let failing = 3
  const { storeErrors } = await import('#store')
  const at = await node(memoryStore(), labActor(), {
    before: (name) => {
      if (name === 'reply' && failing-- > 0) throw storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })
    },
  })
  const answers = [at.system.ask(a, add(1), key('1')), at.system.ask(a, add(1), key('2')), at.system.ask(a, add(1))]
  assert.deepEqual(await inTime('the answers', Promise.all(answers)), [1, 2, 3])
})

test('DE1 a store that can never look up a key answers with the cause, and other messages go on', async () => {
  const at = await node(memoryStore(), labActor(), {
    before: (name) => {
      if (name === 'reply') throw new Error('the table is broken')
    },
  })
  const keyed = at.system.ask(a, add(1), key('1', 10_000))
  const others = Promise.all([at.system.ask(a, add(1)), at.system.ask(a, add(1))])
  const error = await failure(inTime('the refusal', keyed))
  assert.equal(error.code, 'actor.crashed')
  assert.match(String((error.cause as Error).message), /broken/)
  assert.deepEqual(await inTime('the others', others), [1, 2])
})

test('ID1 a recorded answer is given also when the actor has ended since, and what has none is refused', async () => {
  const store = memoryStore()
  const first = await node(store)
  assert.equal(await first.system.ask(a, add(5), key('k')), 5)
  await first.system.tell(a, { type: 'end' }, key('end'))
  assert.equal(await inTime('the answer', first.system.ask(a, add(5), key('k'))), 5)
  await inTime('the tell', first.system.tell(a, { type: 'end' }, key('end')))
  first.kill()
  const second = await node(store)
  assert.equal(await inTime('the answer', second.system.ask(a, add(5), key('k'))), 5)
  assert.equal((await failure(inTime('the refusal', second.system.ask(a, { type: 'end' }, key('end'))))).code, 'actor.stopped')
  assert.equal((await failure(inTime('the refusal', second.system.ask(a, add(6), key('new'))))).code, 'actor.stopped')
})
