/**
 * Owns: the stream of what an actor shows.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inTime, waitFor } from '../../support/wait.ts'
import { idleActorsWent, type LabNode, lab, labActor, memoryStore, startNode } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const a = lab('a')
const add = { type: 'add', by: 1 } as never
const n = (result: IteratorResult<unknown>): number | undefined => (result.value as { n: number } | undefined)?.n

async function node(actor = labActor()): Promise<LabNode> {
  const at = await startNode(memoryStore(), [actor])
  nodes.push(at)
  return at
}

test('W1 a reader gets the present state first, then the newest after each change', async () => {
  const at = await node()
  await at.system.tell(a, add)
  const watch = at.system.watch(a)
  assert.equal(n(await inTime('the first', watch.next())), 1)
  const second = watch.next()
  await at.system.tell(a, add)
  assert.equal(n(await inTime('the second', second)), 2)
  await watch.return?.()
})

test('W1 what a slow reader missed is skipped, never queued', async () => {
  const at = await node()
  await at.system.tell(a, add)
  const watch = at.system.watch(a)
  await watch.next()
  for (let i = 0; i < 50; i++) await at.system.tell(a, add)
  assert.equal(n(await watch.next()), 51)
  const abort = watch.next()
  await watch.return?.()
  assert.equal((await inTime('the end', abort)).done, true)
})

test('W1 a watcher brings an actor that is at rest to life, and keeps it there', async () => {
  const at = await node(labActor(undefined, { idleTimeout: 10 }))
  await at.system.tell(a, add)
  await at.system.stopActor(a)
  const watch = at.system.watch(a)
  assert.equal(n(await inTime('the state', watch.next())), 1)
  await idleActorsWent(at)
  assert.equal((await at.system.lookup(a))?.living, true)
  await watch.return?.()
  await waitFor('it to leave', async () => !(await at.system.lookup(a))?.living)
})

test('W1 the stream ends with the actor, with its signal, and with return; also for several that wait at once', async () => {
  const at = await node()
  await at.system.tell(a, add)
  const abort = new AbortController()
  const aborted = at.system.watch(a, abort.signal)
  const returned = at.system.watch(a)
  const ended = at.system.watch(a)
  for (const watch of [aborted, returned, ended]) await watch.next()
  const waiting = [aborted, returned, ended].map((watch) => Promise.all([watch.next(), watch.next()]))
  abort.abort()
  await returned.return?.()
  await at.system.tell(a, { type: 'end' })
  for (const [at_, both] of waiting.entries()) {
    const results = await inTime(`the end of stream ${at_}`, both)
    assert.equal(results.at(-1)?.done, true)
  }
  const late = at.system.watch(lab('b'), AbortSignal.abort())
  assert.equal((await inTime('an aborted one', late.next())).done, true)
})

test('W1 a view that throws ends nobody: the turn is committed, its sender hears of it', async () => {
  const actor = labActor()
  const logic: typeof actor.logic = {
    ...actor.logic,
    view: () => {
      throw new Error('no view')
    },
  }
  const at = await node({ ...actor, logic })
  await at.system.tell(a, add)
  const watch = at.system.watch(lab('b'))
  await inTime('the tell', at.system.tell(lab('b'), add))
  assert.equal(await inTime('the ask', at.system.ask(lab('b'), { type: 'get' })), 1)
  await waitFor('the report', () => at.count('action.failed') > 0)
  await watch.return?.()
})

test('W1 watching leaves nothing behind', async () => {
  const at = await node()
  await at.system.tell(a, add)
  for (let i = 0; i < 20; i++) {
    const watch = at.system.watch(a)
    await watch.next()
    await watch.return?.()
  }
  assert.equal(at.system.durable.known(a)?.live.observed, false)
})
