/**
 * Owns: actors in memory only: overflow answers, timers, crashes, ends.
 * Does not own: supervision of them (test/supervisors), the fast lane (process-cell.test.ts).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Overflow } from '../../../runtime/kernel/mailbox.ts'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, labActor, memoryStore, startNode } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const x = { kind: 'lab', key: 'x' }
const say = (type: string, members: object = {}) => ({ type, ...members }) as never

async function living(overflow: Overflow = 'refuse', limit = 3): Promise<LabNode> {
  const actor = labActor(undefined, { durability: 'volatile', mailbox: { limit, overflow } })
  const at = await startNode(memoryStore(), [actor])
  nodes.push(at)
  await at.system.spawn(actor, 'x', { n: 10 })
  return at
}

/** Fills the mailbox of a paused actor with five notes, then lets it run. */
async function flood(at: LabNode): Promise<PromiseSettledResult<void>[]> {
  const ref = at.system.processes.whereis(x)!
  at.system.processes.pause(ref)
  const told = ['1', '2', '3', '4', '5'].map((text) => at.system.tell(x, say('note', { text })))
  const results = await Promise.allSettled(told)
  at.system.processes.resume(ref)
  return results
}

const overflows: {
  readonly [O in Overflow]: {
    readonly log: string[]
    readonly rejected: number
    readonly event: 'message.refused' | 'message.dropped'
  }
} = {
  refuse: { log: ['1', '2', '3'], rejected: 2, event: 'message.refused' },
  'drop-new': { log: ['1', '2', '3'], rejected: 0, event: 'message.dropped' },
  'drop-oldest': { log: ['3', '4', '5'], rejected: 0, event: 'message.dropped' },
}

for (const [overflow, expected] of Object.entries(overflows)) {
  test(`MB2 a full mailbox with ${overflow} keeps ${expected.log.join(', ')} and says what it did`, async () => {
    const at = await living(overflow as Overflow)
    const results = await flood(at)
    assert.equal(results.filter((result) => result.status === 'rejected').length, expected.rejected)
    assert.equal(at.count(expected.event), 2)
    assert.deepEqual(await waitFor('the log', () => at.system.ask(x, say('log'))), expected.log)
  })
}

test('MB2 an ask that is thrown out of a full mailbox fails with mailbox.full, as the oldest and as the newest', async () => {
  for (const overflow of ['refuse', 'drop-new', 'drop-oldest'] as const) {
    const at = await living(overflow, 1)
    const ref = at.system.processes.whereis(x)!
    at.system.processes.pause(ref)
    const first = at.system.ask(x, say('get'))
    const second = at.system.ask(x, say('get'))
    const [out, stays] = overflow === 'drop-oldest' ? [first, second] : [second, first]
    assert.equal((await failure(inTime('the refusal', out))).code, 'mailbox.full')
    at.system.processes.resume(ref)
    assert.equal(await inTime('the answer', stays), 10)
  }
})

test('VH1 it begins with its input, is started once, and forgets everything with its end', async () => {
  const at = await living()
  const actor = at.system.behaviour('lab')
  assert.equal(await at.system.ask(x, say('add', { by: 1 })), 11)
  assert.equal((await failure(at.system.spawn(actor, 'x', {}))).code, 'actor.already_started')
  await at.system.stopActor(x)
  assert.equal((await failure(at.system.ask(x, say('get')))).code, 'actor.not_found')
  await at.system.spawn(actor, 'x', { n: 1 })
  assert.equal(await at.system.ask(x, say('get')), 1)
})

test('its timers fire, are replaced and cancelled, and end with it', async () => {
  const at = await living('refuse', 100)
  for (const [id, delay] of [
    ['a', 15],
    ['b', 10_000],
    ['b', 5],
    ['c', 10],
  ] as const)
    await at.system.tell(x, say('after', { id, delay }))
  await at.system.tell(x, say('cancel', { id: 'c' }))
  const log = await waitFor(
    'the timers',
    () => at.system.ask(x, say('log')) as Promise<string[]>,
    (seen) => seen.length === 2,
  )
  assert.deepEqual(log, ['tick b', 'tick a'])
  await at.system.tell(x, say('after', { id: 'late', delay: 5 }))
  await at.system.stopActor(x)
  await at.system.spawn(at.system.behaviour('lab'), 'x', {})
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(await at.system.ask(x, say('log')), [])
})

test('an effect is aborted with its actor, and its late result reaches nobody', async () => {
  let finish: ((value: string) => void) | undefined
  let aborted = false
  const actor = labActor(
    {
      work: (_input, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        return new Promise((resolve) => {
          finish = resolve
        })
      },
    },
    { durability: 'volatile' },
  )
  const at = await startNode(memoryStore(), [actor])
  nodes.push(at)
  await at.system.spawn(actor, 'x', {})
  await at.system.tell(x, say('work', { input: 1 }))
  await waitFor('the effect', () => finish)
  await at.system.stopActor(x)
  assert.ok(aborted)
  await at.system.spawn(actor, 'x', {})
  finish?.('late')
  assert.deepEqual(await at.system.ask(x, say('log')), [])
})

test('a fact of an actor without commits is refused by name, because it would be lost', async () => {
  const at = await living()
  const error = await failure(inTime('the refusal', at.system.ask(x, say('fact', { data: 1 }))))
  assert.equal(error.code, 'actor.crashed')
  assert.equal((error.cause as { code?: string }).code, 'logic.unsupported')
})

test('SC2 the development switch checks volatile messages too', async () => {
  const actor = labActor(undefined, { durability: 'volatile' })
  const at = await startNode(memoryStore(), [actor], { checkAll: true })
  nodes.push(at)
  await at.system.spawn(actor, 'x', {})
  assert.equal((await failure(at.system.tell(x, say('add', { by: 'two' })))).code, 'message.invalid')
  assert.equal((await failure(at.system.ask(x, say('ad', { by: 1 })))).code, 'message.unknown_type')
})
