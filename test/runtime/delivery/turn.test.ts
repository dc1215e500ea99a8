/**
 * Owns: what one durable actor's turns promise: all or nothing, order, poison, batches.
 * Does not own: restarts (restart.test.ts), fences (fence.test.ts), keys (idempotency.test.ts).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { TroupeError } from '#runtime'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, lab, labActor, memoryStore, startNode, type Tap } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

async function node(tap?: Tap, actor = labActor()): Promise<LabNode> {
  const started = await startNode(memoryStore(), [actor], {}, tap)
  nodes.push(started)
  return started
}

const a = lab('a')
const tell = (at: LabNode, message: { type: string; [key: string]: unknown }, to = a) =>
  inTime(`tell ${message.type}`, at.system.tell(to, message))
const ask = (at: LabNode, message: { type: string; [key: string]: unknown }, to = a) =>
  inTime(`ask ${message.type}`, at.system.ask(to, message))
const logOf = async (at: LabNode, to = a) => (await ask(at, { type: 'log' }, to)) as string[]

test('SY1 tell on a durable actor resolves only when its turn is in the store', async () => {
  const at = await node()
  await tell(at, { type: 'add', by: 2 })
  const [stored] = await at.store.load([a])
  assert.equal((JSON.parse(stored?.row.state ?? '') as { user: { n: number } }).user.n, 2)
})

test('T1 neither answer nor message nor effect leaves a turn before its commit', async () => {
  let open: (() => void) | undefined
  const seen: string[] = []
  const actor = labActor({
    work: async (input) => {
      seen.push('effect')
      return input
    },
  })
  let held = false
  const at = await node(
    {
      before: (name) =>
        held && name === 'commit'
          ? new Promise<void>((resolve) => {
              open = resolve
            })
          : undefined,
    },
    actor,
  )
  await tell(at, { type: 'add', by: 1 })
  await tell(at, { type: 'note', text: 'ready' }, lab('b'))
  held = true
  const all = [
    ask(at, { type: 'add', by: 1 }).then(() => seen.push('answer')),
    tell(at, { type: 'work', input: 1 }),
    tell(at, { type: 'send', to: lab('b'), text: 'hi' }),
  ]
  await waitFor('the commit to be held', () => open)
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(seen, [])
  held = false
  open?.()
  await inTime('the turns', Promise.all(all))
  await waitFor('answer and effect', () => seen.length === 2)
  await waitFor(
    'the message',
    () => logOf(at, lab('b')),
    (log) => log.includes('hi'),
  )
})

test('T2 a turn that throws commits nothing, and the actor is as before for the next message', async () => {
  const at = await node()
  await tell(at, { type: 'add', by: 5 })
  const error = await failure(tell(at, { type: 'boom', message: 'no' }))
  assert.equal(error.code, 'actor.crashed')
  assert.equal((error.cause as Error).message, 'no')
  assert.equal(await ask(at, { type: 'get' }), 5)
})

test('DC2 a poison message goes to the dead letters after its tries, with the cause, and the actor goes on', async () => {
  const at = await node()
  const error = await failure(
    inTime('the ask', at.system.ask(a, { type: 'boom', message: 'poison' } as never, { deadline: '30s' })),
  )
  assert.ok(TroupeError.is(error, 'actor.crashed'))
  const letters = await at.system.deadLetters({ kind: 'lab' })
  assert.equal(letters.length, 1)
  const [letter] = letters
  assert.deepEqual([letter?.reason, letter?.tries, letter?.address], ['actor.crashed', 3, a])
  assert.equal(letter?.error.cause?.message, 'poison')
  assert.equal((JSON.parse(letter?.envelope ?? '') as { message: { type: string } }).message.type, 'boom')
  assert.equal(at.count('actor.crashed'), 3)
  assert.equal(await ask(at, { type: 'add', by: 1 }), 1)
})

test('DC1 the messages around a poison in one batch are all applied, once and in order', async () => {
  const at = await node()
  await tell(at, { type: 'note', text: 'first' })
  const results = await Promise.allSettled(
    ['1', '2', 'boom', '3', '4', 'boom', '5'].map((text) =>
      tell(at, text === 'boom' ? { type: 'boom' } : { type: 'note', text }),
    ),
  )
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(await logOf(at), ['first', '1', '2', '3', '4', '5'])
})

test('MB1 many messages at once are applied in the order in which they were told', async () => {
  const at = await node()
  const texts = Array.from({ length: 300 }, (_, i) => String(i))
  await Promise.all(texts.map((text) => tell(at, { type: 'note', text })))
  assert.deepEqual(await logOf(at), texts)
})

test('MB2 a full durable mailbox refuses, and what it took is applied', async () => {
  const at = await node({}, labActor(undefined, { mailbox: { limit: 3, overflow: 'refuse' } }))
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => tell(at, { type: 'add', by: 1 + 0 * i })))
  const refused = results.filter((result) => result.status === 'rejected')
  assert.ok(refused.length > 0)
  for (const one of refused) assert.ok(TroupeError.is(one.reason, 'mailbox.full'))
  assert.equal(await ask(at, { type: 'get' }), 10 - refused.length)
})

test('IN2 messages that a sender has committed are never refused by a full mailbox', async () => {
  const at = await node({}, labActor(undefined, { mailbox: { limit: 2, overflow: 'refuse' } }))
  await tell(at, { type: 'send', to: lab('b'), text: 'm', times: 40 })
  await waitFor(
    'all forty',
    () => logOf(at, lab('b')),
    (log) => log.length === 40,
  )
  assert.equal((await at.system.deadLetters()).length, 0)
})

test('R1 messages between two actors keep their order', async () => {
  const at = await node()
  for (let round = 0; round < 5; round++) void tell(at, { type: 'send', to: lab('b'), text: `${round}`, times: 20 })
  const expected = Array.from({ length: 5 }, (_, r) => Array.from({ length: 20 }, (_, i) => `${r} ${i}`)).flat()
  assert.deepEqual(
    await waitFor(
      'all',
      () => logOf(at, lab('b')),
      (log) => log.length === 100,
    ),
    expected,
  )
  assert.equal((await at.store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length <= 100, true)
  await waitFor('an empty outbox', async () => (await at.store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length === 0)
})

test('a message to itself is a turn of its own', async () => {
  const at = await node()
  await tell(at, { type: 'send', to: a, text: 'to myself' })
  await waitFor(
    'it',
    () => logOf(at),
    (log) => log.includes('to myself'),
  )
})

test('an answer between actors comes back as the message that was asked for', async () => {
  const at = await node()
  assert.equal(await ask(at, { type: 'forward', to: lab('b'), by: 3 }), 3)
  assert.deepEqual(await logOf(at), ['forwarded 3'])
})

test('a committed message for an unknown kind goes to the dead letters with its reason, and its sender that asked hears of it', async () => {
  const at = await node()
  await tell(at, { type: 'send', to: { kind: 'nobody', key: '1' }, text: 'x' })
  const [letter] = await waitFor(
    'the dead letter',
    () => at.system.deadLetters(),
    (letters) => letters.length === 1,
  )
  assert.equal(letter?.reason, 'actor.unknown_kind')
  assert.equal(await ask(at, { type: 'forward', to: { kind: 'nobody', key: '1' }, by: 1 }), -1)
  assert.deepEqual(await logOf(at), ['forwarded actor.unknown_kind'])
})

test('B1 a committed message that does not fit the receiver goes to the dead letters, and its sender that asked hears of it', async () => {
  const other = labActor(undefined, { kind: 'other', messages: { note: labActor().messages.get } as never })
  const at = await startNode(memoryStore(), [labActor(), other])
  nodes.push(at)
  assert.equal(await ask(at, { type: 'forward', to: { kind: 'other', key: '1' }, by: 1 }), -1)
  const letters = await at.system.deadLetters()
  assert.deepEqual(
    letters.map((letter) => letter.reason),
    ['message.unknown_type'],
  )
})

test('an asker hears of it when its message crashed the receiver until it was given up', async () => {
  const at = await node()
  const crash = labActor(undefined, { kind: 'crash', tries: 2 })
  const logic = { ...crash.logic, decide: () => { throw new Error('always') } } // biome-ignore format: one line reads better
  const both = await startNode(memoryStore(), [labActor(), { ...crash, logic }])
  nodes.push(both)
  assert.equal(await ask(both, { type: 'forward', to: { kind: 'crash', key: '1' }, by: 1 }), -1)
  assert.deepEqual(await logOf(both), ['forwarded actor.crashed'])
  assert.ok(at)
})

test('RD1 RD2 dead letters can be sent again: what is taken leaves them, what is refused stays', async () => {
  let broken = true
  const actor = labActor()
  const decide = actor.logic.decide
  const logic: typeof actor.logic = {
    ...actor.logic,
    decide(state, message, turn) {
      if (broken && message.type === 'note') throw new Error('a defect')
      return decide(state, message, turn)
    },
  }
  const at = await node({}, { ...actor, logic })
  await assert.rejects(tell(at, { type: 'note', text: 'kept' }))
  const [letter] = await at.system.deadLetters()
  assert.ok(letter)
  assert.equal((await at.system.redrive([letter.id])).refused.length, 1)
  broken = false
  const left = await at.system.deadLetters()
  assert.equal(left.length, 1, 'RD2 the letter that came back replaces the older one')
  assert.notEqual(left[0]!.id, letter.id)
  const result = await at.system.redrive(left.map((one) => one.id))
  assert.deepEqual(result.refused, [])
  assert.deepEqual(await at.system.deadLetters(), [])
  assert.ok((await logOf(at)).includes('kept'))
})
