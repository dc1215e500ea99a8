/**
 * Owns: two nodes on one store: the deposed one writes nothing and tells its callers.
 * Does not own: frozen real processes (test/store), the fence's SQL (contract suite).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, lab, labActor, memoryStore, startNode } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const a = lab('a')

test('T4 an owner that was deposed changes no row, and each of its callers gets actor.fenced', async () => {
  const store = memoryStore()
  const actor = labActor()
  const first = await startNode(store, [actor], { node: 'first' })
  nodes.push(first)
  await first.system.tell(a, { type: 'add', by: 1 } as never)
  // The same node name takes its own leases at once: a second process of the name has deposed the first.
  const second = await startNode(store, [actor], { node: 'first' })
  nodes.push(second)
  await second.system.tell(a, { type: 'add', by: 10 } as never)
  const before = JSON.stringify(await store.load([a]))
  const calls = [
    first.system.tell(a, { type: 'add', by: 100 } as never),
    first.system.tell(a, { type: 'add', by: 100 } as never),
    first.system.ask(a, { type: 'add', by: 100 } as never),
    first.system.spawn(actor, 'new', {}),
  ]
  const errors = await Promise.all(calls.map((call) => failure(inTime('the refusal', call))))
  assert.deepEqual(
    errors.map((error) => error.code),
    ['actor.fenced', 'actor.fenced', 'actor.fenced', 'actor.fenced'],
  )
  assert.equal(JSON.stringify(await store.load([a])), before)
  assert.equal(await second.system.ask(a, { type: 'get' }), 11)
  assert.equal((await store.load([lab('new')])).length, 0)
})

test('T4 after the loss every further call of the deposed node fails at once, and nothing of it goes on', async () => {
  const store = memoryStore()
  let begun = 0
  const aborted: boolean[] = []
  const actor = labActor({
    work: (_input, signal) =>
      new Promise(() => {
        begun++
        signal.addEventListener('abort', () => aborted.push(true))
      }),
  })
  const first = await startNode(store, [actor], { node: 'n' })
  nodes.push(first)
  await first.system.tell(a, { type: 'work', input: 1 } as never)
  await waitFor('the effect', () => begun === 1)
  const watched: unknown[] = []
  const watching = (async () => {
    for await (const view of first.system.watch(a)) watched.push(view)
  })()
  nodes.push(await startNode(store, [actor], { node: 'n' }))
  await failure(inTime('the refusal', first.system.tell(a, { type: 'add', by: 1 } as never)))
  await inTime('the end of the watch', watching)
  await waitFor('the effect to be aborted', () => aborted.length === 1)
  assert.equal((await failure(first.system.tell(a, { type: 'add', by: 1 } as never))).code, 'actor.fenced')
  assert.equal(first.system.processes.whereis(a), undefined)
})

test('T4 a deposed sender hands over nothing: the message goes out once, from the new owner', async () => {
  const store = memoryStore()
  const actor = labActor()
  const first = await startNode(store, [actor], { node: 'n' })
  nodes.push(first)
  const second = await startNode(store, [actor], { node: 'n' })
  nodes.push(second)
  assert.equal(
    (await failure(inTime('the refusal', first.system.tell(a, { type: 'send', to: lab('b'), text: 'x' } as never)))).code,
    'actor.fenced',
  )
  await second.system.tell(a, { type: 'send', to: lab('b'), text: 'y' } as never)
  await waitFor(
    'y',
    () => second.system.ask(lab('b'), { type: 'log' }) as Promise<string[]>,
    (log) => log.length > 0,
  )
  assert.deepEqual(await second.system.ask(lab('b'), { type: 'log' }), ['y'])
})

test('LK1 a lease that is held and renewed makes a second node fail with its owner and the time that is left', async () => {
  const store = memoryStore()
  nodes.push(await startNode(store, [labActor()], { node: 'one', ttl: 300 }))
  const error = await failure(startNode(store, [labActor()], { node: 'two', patience: 400 }))
  assert.equal(error.code, 'partition.held')
  assert.equal(error.fields.owner, 'one')
})

test('LK1 the leases of a dead owner are taken when they have ended', async () => {
  const store = memoryStore()
  const dead = await startNode(store, [labActor()], { node: 'one', ttl: 200 })
  await dead.system.tell(a, { type: 'add', by: 1 } as never)
  dead.kill()
  const next = await startNode(store, [labActor()], { node: 'two', ttl: 5000, patience: 3000 })
  nodes.push(next)
  assert.equal(await next.system.ask(a, { type: 'get' }), 1)
})

test('LK4 a node whose store was away longer than its leases goes on by itself: messages, timers and effects come back', async () => {
  const { storeErrors } = await import('#store')
  let away = false
  let begun = 0
  const actor = labActor({
    work: async (input) => {
      begun++
      return away ? new Promise(() => undefined) : input
    },
  })
  const at = await startNode(
    memoryStore(),
    [actor],
    { ttl: 300 },
    {
      before: () => {
        if (away) throw storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })
      },
    },
  )
  nodes.push(at)
  await at.system.tell(a, { type: 'add', by: 1 } as never)
  await at.system.tell(a, { type: 'after', id: 't', delay: 400 } as never)
  await at.system.tell(lab('b'), { type: 'note', text: 'x' } as never)
  away = true
  // Its commit is tried until its outcome is known; whichever it is, the caller must hear the truth.
  const during = at.system.tell(a, { type: 'add', by: 10 } as never).then(
    () => 'committed',
    (error) => error.code,
  )
  await waitFor('the loss', () => at.keeper.owned().length === 0)
  assert.equal((await failure(at.system.tell(a, { type: 'add', by: 10 } as never))).code, 'actor.fenced')
  away = false
  await waitFor('the leases', () => at.keeper.owned().length === 8)
  const outcome = await inTime('the outcome', during)
  assert.ok(['committed', 'actor.fenced', 'actor.moved'].includes(outcome), outcome)
  await inTime('a tell', at.system.tell(a, { type: 'send', to: lab('b'), text: 'y' } as never))
  await at.system.tell(a, { type: 'work', input: 'w' } as never)
  const log = await waitFor(
    'timer and effect',
    () => at.system.ask(a, { type: 'log' }) as Promise<string[]>,
    (seen) => seen.length === 2,
  )
  assert.deepEqual([...log].sort(), ['tick t', 'worked w'])
  await waitFor(
    'the message',
    () => at.system.ask(lab('b'), { type: 'log' }) as Promise<string[]>,
    (seen) => seen.includes('y'),
  )
  const possible: { readonly [outcome: string]: readonly number[] } = {
    committed: [11],
    'actor.fenced': [1],
    'actor.moved': [1, 11],
  }
  const n = (await at.system.ask(a, { type: 'get' })) as number
  assert.ok(possible[outcome]?.includes(n), `it was told ${outcome}, and there are ${n}`)
  assert.equal(begun, 1)
})
