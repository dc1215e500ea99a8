/**
 * Owns: what a node that was killed leaves to its successor: messages, timers, effects, tokens; and what passivation keeps.
 * Does not own: real processes (test/chaos).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Delivery } from '#runtime'
import { inTime, waitFor } from '../../support/wait.ts'
import { idleActorsWent, type LabNode, lab, labActor, memoryStore, startNode, type Tap, type Works } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

/** A store and nodes on it, one after the other; the killed ones stay silent. */
async function house(actor = labActor()) {
  const store = memoryStore()
  let at: LabNode | undefined
  return {
    store,
    async start(tap?: Tap, with_ = actor): Promise<LabNode> {
      at?.kill()
      if (at) nodes.splice(nodes.indexOf(at), 1)
      at = await startNode(store, [with_], {}, tap)
      nodes.push(at)
      return at
    },
  }
}

const a = lab('a')
type Loose = { type: string; [key: string]: unknown }
const tell = (at: LabNode, message: Loose, to = a) => inTime(`tell ${message.type}`, at.system.tell(to, message))
const ask = (at: LabNode, message: Loose, to = a) => inTime(`ask ${message.type}`, at.system.ask(to, message))
const logOf = async (at: LabNode, to = a) => (await ask(at, { type: 'log' }, to)) as string[]
const logged = (at: LabNode, text: string, to = a) =>
  waitFor(
    `${text} in the log`,
    () => logOf(at, to),
    (log) => log.includes(text),
  )

test('SY1 what was acknowledged is there after a kill', async () => {
  const { start } = await house()
  const first = await start()
  for (let i = 0; i < 10; i++) await tell(first, { type: 'add', by: 1 })
  const second = await start()
  assert.equal(await ask(second, { type: 'get' }), 10)
})

test('R1 R2 messages that were committed and not delivered are delivered by the successor, once and in order', async () => {
  const { start, store } = await house()
  let cut = false
  // The receiver's commits never happen in the first life: everything stays in the outbox.
  const first = await start({
    before: (name, args) =>
      cut && name === 'commit' && JSON.stringify(args).includes('"key":"b"') ? new Promise<void>(() => undefined) : undefined,
  })
  await tell(first, { type: 'note', text: 'ready' }, lab('b'))
  cut = true
  await tell(first, { type: 'send', to: lab('b'), text: 'm', times: 50 })
  assert.ok((await store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length >= 50)
  const second = await start()
  await waitFor(
    'all',
    () => logOf(second, lab('b')),
    (log) => log.length === 51,
  )
  assert.deepEqual(await logOf(second, lab('b')), ['ready', ...Array.from({ length: 50 }, (_, i) => `m ${i}`)])
  await waitFor('an empty outbox', async () => (await store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length === 0)
})

test('T3 a message that was applied and whose row is still in the outbox is not applied again', async () => {
  const { start, store } = await house()
  // Nothing is deleted from the outbox in the first life.
  const first = await start({
    before: (name, args) => {
      if (name === 'commit') Object.assign(args[0] as object, { relayed: [] })
    },
  })
  await tell(first, { type: 'send', to: lab('b'), text: 'm', times: 5 })
  await waitFor(
    'all',
    () => logOf(first, lab('b')),
    (log) => log.length === 5,
  )
  assert.equal((await store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length, 5)
  const second = await start()
  await waitFor('an empty outbox', async () => (await store.outbox([0, 1, 2, 3, 4, 5, 6, 7], 1000)).length === 0)
  assert.equal((await logOf(second, lab('b'))).length, 5)
})

test('T7 TS1 timers that were armed before a kill fire once after it, the cancelled one does not', async () => {
  const { start } = await house()
  const first = await start()
  await tell(first, { type: 'after', id: 'kept', delay: 60 })
  await tell(first, { type: 'after', id: 'cancelled', delay: 60 })
  await tell(first, { type: 'cancel', id: 'cancelled' })
  const second = await start()
  await logged(second, 'tick kept')
  const third = await start()
  await tell(third, { type: 'after', id: 'later', delay: 30 })
  await logged(third, 'tick later')
  assert.deepEqual(await logOf(third), ['tick kept', 'tick later'])
})

test('T7 a timer that is due in the same batch as its cancellation or re-arming heeds it', async () => {
  const { start } = await house()
  let hold = false
  let release: (() => void) | undefined
  const at = await start({
    before: (name) =>
      hold && name === 'commit'
        ? new Promise<void>((resolve) => {
            release = resolve
          })
        : undefined,
  })
  await tell(at, { type: 'after', id: 'cancelled', delay: 40 })
  await tell(at, { type: 'after', id: 'again', delay: 40 })
  hold = true
  // While this commit hangs the timers come due and wait behind the messages that take them back.
  const held = tell(at, { type: 'note', text: 'held' })
  await waitFor('the commit', () => release)
  const taken = [tell(at, { type: 'cancel', id: 'cancelled' }), tell(at, { type: 'after', id: 'again', delay: 100 })]
  await waitFor('the timers', () => at.count('timer.fired') === 2)
  hold = false
  release?.()
  await Promise.all([held, ...taken])
  assert.deepEqual(await logOf(at), ['held'])
  await logged(at, 'tick again')
  assert.deepEqual(await logOf(at), ['held', 'tick again'])
})

test('T7 one timer that is handed over twice fires once', async () => {
  const { start } = await house()
  const at = await start()
  await tell(at, { type: 'after', id: 't', delay: 1 })
  const [row] =
    (await waitFor(
      'the row',
      async () => (await at.store.load([a]))[0]?.timers,
      (rows) => rows?.length === 1,
    )) ?? []
  assert.ok(row)
  const inbox = at.system.inboxOf(a)
  for (let i = 0; i < 3; i++)
    at.system.durable.push(inbox, new Delivery({ type: 'timer', id: 't', armed: row.armed, payload: row.payload }))
  await logged(at, 'tick t')
  assert.deepEqual(await logOf(at), ['tick t'])
})

/** Effects that a test lets end when it wants to, and that count how often they were begun. */
function workshop() {
  const begun: string[] = []
  const waiting = new Map<string, (value: unknown) => void>()
  const aborted: string[] = []
  const works: Works = {
    work: (input, signal) =>
      new Promise((resolve) => {
        begun.push(String(input))
        waiting.set(String(input), resolve)
        signal.addEventListener('abort', () => aborted.push(String(input)))
      }),
  }
  return { begun, waiting, aborted, works }
}

test('T6 an effect without a recorded result is started again once after a kill, a completed one never', async () => {
  const { begun, waiting, works } = workshop()
  const { start, store } = await house(labActor(works))
  const first = await start()
  await tell(first, { type: 'work', input: 'done' })
  await tell(first, { type: 'work', input: 'open' })
  await waitFor('both', () => begun.length === 2)
  waiting.get('done')?.('done')
  await logged(first, 'worked done')
  const old = waiting.get('open')
  const second = await start()
  await waitFor('the open one', () => begun.length === 3)
  assert.deepEqual(begun, ['done', 'open', 'open'])
  assert.equal(second.count('effect.resumed'), 1)
  // The result of the older life comes late, to nobody.
  old?.('from the older life')
  waiting.get('open')?.('from the newer life')
  await logged(second, 'worked from the newer life')
  const third = await start()
  assert.deepEqual(await logOf(third), ['worked done', 'worked from the newer life'])
  assert.equal(begun.length, 3)
  assert.deepEqual((await store.load([a]))[0]?.effects, [])
})

test('T6 LP1 an effect goes on over a crash of its actor and is not begun twice', async () => {
  const { begun, waiting, works } = workshop()
  const { start } = await house(labActor(works))
  const at = await start()
  await tell(at, { type: 'work', input: 'x' })
  await waitFor('the effect', () => begun.length === 1)
  await assert.rejects(tell(at, { type: 'boom' }))
  waiting.get('x')?.('x')
  await logged(at, 'worked x')
  assert.deepEqual(begun, ['x'])
})

test('T6 an effect that fails is told as an error, and one that gives what JSON cannot say too', async () => {
  const { start } = await house(
    labActor({
      work: async (input) => {
        if (input === 'fail') throw new Error('no luck')
        return input
      },
    }),
  )
  const at = await start()
  await tell(at, { type: 'work', input: 'fail' })
  await logged(at, 'failed no luck')
})

test('a reply token is kept in the state and answered in a later turn', async () => {
  const { start } = await house()
  const at = await start()
  const answer = at.system.ask(a, { type: 'keep' })
  await waitFor('the token', async () => ((await at.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  await tell(at, { type: 'release', value: 42 })
  assert.equal(await inTime('the answer', answer), 42)
})

test('a reply token of an actor is answered after a restart of everything in between', async () => {
  const { start } = await house()
  const first = await start()
  // b asks a (through forward), a keeps the token.
  await tell(first, { type: 'note', text: 'x' })
  const keeper = labActor()
  const decide = keeper.logic.decide
  const asKeep: typeof keeper.logic = {
    ...keeper.logic,
    decide: (state, message, turn) => decide(state, message.type === 'add' ? { type: 'keep' } : message, turn),
  }
  const second = await start(undefined, { ...keeper, logic: asKeep })
  await tell(second, { type: 'forward', to: a, by: 1 }, lab('b'))
  await waitFor('the token', async () => ((await second.store.load([a]))[0]?.row.state ?? '').includes('"as"'))
  const third = await start()
  await tell(third, { type: 'release', value: 9 })
  await logged(third, 'forwarded 9', lab('b'))
})

test('AS3 a token of a caller that is gone with its process answers nobody in the next one', async () => {
  const { start } = await house()
  const first = await start()
  void first.system.ask(a, { type: 'keep' }).catch(() => undefined)
  await waitFor('the token', async () => ((await first.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  const second = await start()
  const other = second.system.ask(lab('b'), { type: 'keep' }, { deadline: 300 })
  await tell(second, { type: 'release', value: 1 })
  await assert.rejects(other, { code: 'ask.deadline' })
  await waitFor('the late reply to be counted', () => second.count('reply.late') === 1)
})

test('passivation: an idle actor leaves memory with nothing lost, and comes back with its next message', async () => {
  const { start } = await house(labActor(undefined, { idleTimeout: 20 }))
  const at = await start()
  await tell(at, { type: 'add', by: 7 })
  await waitFor('it to leave', async () => !(await at.system.lookup(a))?.living, Boolean, { within: 5000 })
  const seen = await at.system.lookup(a)
  assert.deepEqual([seen?.living, seen?.status, seen?.sequence], [false, 'active', 2])
  assert.equal(await ask(at, { type: 'get' }), 7)
})

test('passivation: an actor with a running effect stays', async () => {
  const { works, waiting } = workshop()
  const { start } = await house(labActor(works, { idleTimeout: 10 }))
  const at = await start()
  await tell(at, { type: 'work', input: 'x' })
  await idleActorsWent(at)
  assert.equal((await at.system.lookup(a))?.living, true)
  waiting.get('x')?.('x')
  await logged(at, 'worked x')
})

test('a spawned actor starts with its input, once: a second spawn is refused, also after a restart', async () => {
  const { start } = await house()
  const actor = labActor()
  const first = await start(undefined, actor)
  await first.system.spawn(actor, 'a', { n: 5 })
  await assert.rejects(first.system.spawn(actor, 'a', { n: 6 }), { code: 'actor.already_started' })
  const second = await start(undefined, actor)
  await assert.rejects(second.system.spawn(actor, 'a', { n: 7 }), { code: 'actor.already_started' })
  assert.equal(await ask(second, { type: 'get' }), 5)
})

test('a spawn that comes behind a first message in one batch is refused, because its input would be ignored', async () => {
  const actor = labActor()
  const { start } = await house(actor)
  const at = await start()
  const told = tell(at, { type: 'add', by: 1 })
  await assert.rejects(inTime('spawn', at.system.spawn(actor, 'a', { n: 100 })), { code: 'actor.already_started' })
  await told
})
