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
