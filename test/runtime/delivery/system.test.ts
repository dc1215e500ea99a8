/**
 * Owns: the verbs as a caller sees them: how asks fail, what is refused at the entry, lookup, stop.
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Delivery } from '#runtime'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, lab, labActor, memoryStore, startNode, type Tap } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const a = lab('a')
const get = { type: 'get' }
const say = (type: string, members: object = {}) => ({ type, ...members }) as never

async function node(actors = [labActor()], tap?: Tap, store = memoryStore()): Promise<LabNode> {
  const at = await startNode(store, actors, {}, tap)
  nodes.push(at)
  return at
}

const volatileLab = () => labActor(undefined, { kind: 'vlab', durability: 'volatile' })

test('SY2 AS1 an ask that nobody answers fails at its deadline, which it names', async () => {
  const at = await node()
  const error = await failure(at.system.ask(a, say('silent'), { deadline: 60 }))
  assert.deepEqual([error.code, error.fields.milliseconds, error.retry], ['ask.deadline', 60, 'later'])
})

test('AS2 the answer that comes after the deadline is dropped and counted', async () => {
  const at = await node()
  await failure(at.system.ask(a, say('keep'), { deadline: 50 }))
  await at.system.tell(a, say('release', { value: 1 }))
  assert.equal(at.count('reply.late'), 1)
})

for (const deadline of [-1, Number.NaN, 'soon', '', '5 s', null, {}] as const) {
  test(`a deadline of ${JSON.stringify(deadline)} is refused before anything is sent`, async () => {
    const at = await node()
    const error = await failure(at.system.ask(a, get, { deadline: deadline as never }))
    assert.equal(error.code, 'deadline.invalid')
    assert.equal((await at.store.load([a])).length, 0)
  })
}

test('SY2 an ask of a volatile actor that does not live fails at once', async () => {
  const at = await node([volatileLab()])
  const error = await failure(at.system.ask({ kind: 'vlab', key: 'x' }, get))
  assert.equal(error.code, 'actor.not_found')
  assert.equal((await failure(at.system.tell({ kind: 'vlab', key: 'x' }, get))).code, 'actor.not_found')
})

test('SY2 an ask of an unknown kind names the nearest known one', async () => {
  const at = await node()
  const error = await failure(at.system.ask({ kind: 'lap', key: 'x' }, get))
  assert.deepEqual([error.code, error.fields.nearest], ['actor.unknown_kind', 'lab'])
})

test('SY2 an ask of an actor that ends without an answer fails with actor.stopped, volatile or durable', async () => {
  const at = await node([labActor(), volatileLab()])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  for (const to of [a, { kind: 'vlab', key: 'x' }]) {
    const waiting = at.system.ask(to, say('keep'), { deadline: 10_000 })
    const ending = at.system.ask(to, say('end'), { deadline: 10_000 })
    const errors = await inTime('both', Promise.all([failure(waiting), failure(ending)]))
    assert.deepEqual(
      errors.map((error) => error.code),
      ['actor.stopped', 'actor.stopped'],
    )
  }
})

test('SY2 what comes after the end of a durable actor is refused with actor.stopped, also after a restart', async () => {
  const store = memoryStore()
  const first = await node([labActor()], undefined, store)
  await first.system.tell(a, say('end'))
  assert.equal((await failure(inTime('the refusal', first.system.ask(a, get)))).code, 'actor.stopped')
  first.kill()
  const second = await node([labActor()], undefined, store)
  assert.equal((await failure(inTime('the refusal', second.system.tell(a, get)))).code, 'actor.stopped')
})

test('SY2 an ask of a volatile actor that crashes fails with actor.crashed and its cause, also for those that only wait', async () => {
  const at = await node([volatileLab()])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const to = { kind: 'vlab', key: 'x' }
  const waiting = at.system.ask(to, say('keep'))
  const crashing = at.system.ask(to, say('boom', { message: 'why' }))
  const errors = await inTime('both', Promise.all([failure(waiting), failure(crashing)]))
  for (const error of errors) {
    assert.equal(error.code, 'actor.crashed')
    assert.equal((error.cause as Error).message, 'why')
  }
})

test('reply.invalid: an answer that does not fit its schema crashes the turn of a durable actor and fails the ask of a volatile one', async () => {
  const at = await node([labActor(), volatileLab()])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const durable = await failure(inTime('durable', at.system.ask(a, say('answer', { value: 'text' }))))
  assert.deepEqual([durable.code, (durable.cause as { code: string }).code], ['actor.crashed', 'reply.invalid'])
  const volatile = await failure(inTime('volatile', at.system.ask({ kind: 'vlab', key: 'x' }, say('answer', { value: 'text' }))))
  assert.equal(volatile.code, 'reply.invalid')
})

test('B1 what does not fit its schema is refused at the entry, with path, expectation and what came, and nothing is stored', async () => {
  const at = await node()
  for (const [message, code] of [
    [say('add', { by: '2' }), 'message.invalid'],
    [say('add'), 'message.invalid'],
    [say('ad', { by: 2 }), 'message.unknown_type'],
    [say('tick', { id: 'internal' }), 'message.unknown_type'],
    [say('toString'), 'message.unknown_type'],
    [say('__proto__'), 'message.unknown_type'],
    [null, 'message.unknown_type'],
    [7, 'message.unknown_type'],
    [{}, 'message.unknown_type'],
    [say('answer', { value: 1n }), 'message.not_json'],
    [say('answer', { value: new Date(0) }), 'message.not_json'],
  ] as const) {
    const error = await failure(inTime('the refusal', at.system.tell(a, message as never)))
    assert.equal(error.code, code, JSON.stringify(error.fields))
    assert.equal((await failure(inTime('the refusal', at.system.ask(a, message as never)))).code, code)
  }
  assert.equal((await at.store.load([a])).length, 0)
})

test('B1 a volatile actor that sends a durable one what does not fit is refused, and hears of it if it asked', async () => {
  const at = await node([labActor(), labActor(undefined, { kind: 'vlab', durability: 'volatile' })])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const to = { kind: 'vlab', key: 'x' }
  assert.equal(await inTime('the answer', at.system.ask(to, say('forward', { to: a, by: 'two' }))), -1)
  assert.deepEqual(await at.system.ask(to, say('log')), ['forwarded message.invalid'])
  assert.equal((await at.store.load([a])).length, 0)
})

test('a volatile and a durable actor answer each other', async () => {
  const at = await node([labActor(), volatileLab()])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const volatile = { kind: 'vlab', key: 'x' }
  assert.equal(await inTime('durable answers volatile', at.system.ask(volatile, say('forward', { to: a, by: 2 }))), 2)
  assert.equal(await inTime('volatile answers durable', at.system.ask(a, say('forward', { to: volatile, by: 3 }))), 3)
})

test('VC1 messages, timers and answers of volatile actors never touch the store', async () => {
  const calls: string[] = []
  const at = await node([volatileLab()], { before: (name) => void calls.push(name) })
  calls.length = 0
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const to = { kind: 'vlab', key: 'x' }
  for (let i = 0; i < 50; i++) await at.system.tell(to, say('add', { by: 1 }))
  assert.equal(await at.system.ask(to, get), 50)
  await at.system.tell(to, say('after', { id: 't', delay: 1 }))
  await waitFor(
    'the timer',
    () => at.system.ask(to, say('log')) as Promise<string[]>,
    (log) => log.length === 1,
  )
  assert.deepEqual(calls, [])
})

test('lookup tells what is known of an actor: never existed, living, at rest', async () => {
  const at = await node()
  assert.equal(await at.system.lookup(a), undefined)
  await at.system.tell(a, say('add', { by: 1 }))
  const living = await at.system.lookup(a)
  assert.deepEqual([living?.living, living?.status, living?.version], [true, 'active', 1])
  await at.system.stopActor(a)
  const resting = await at.system.lookup(a)
  assert.deepEqual([resting?.living, resting?.status, resting?.sequence], [false, 'active', living?.sequence])
  assert.equal(await at.system.ask(a, get), 1)
})

test('stop during an ask answers it with system.stopped, and nothing of the runtime waits any more', async () => {
  const at = await node([labActor(), volatileLab()])
  await at.system.spawn(at.system.behaviour('vlab'), 'x')
  const waiting = [
    at.system.ask(a, say('keep'), { deadline: 'infinity' }),
    at.system.ask({ kind: 'vlab', key: 'x' }, say('keep'), { deadline: 'infinity' }),
  ].map((call) => failure(call))
  await waitFor('the token', async () => ((await at.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  const watching = (async () => {
    for await (const _ of at.system.watch(a));
  })()
  await inTime('stop', at.stop())
  const errors = await inTime('the asks', Promise.all(waiting))
  assert.deepEqual(new Set(errors.map((error) => error.code)), new Set(['system.stopped', 'actor.stopped']))
  await inTime('the watch', watching)
  assert.deepEqual([at.system.asks.size, at.system.processes.list().length], [0, 0])
  for (const call of [() => at.system.tell(a, get), () => at.system.ask(a, get), () => at.system.spawn(labActor(), 'z')])
    assert.equal((await failure(call())).code, 'system.stopped')
  await inTime('a second stop', at.stop())
})

test('a stop commits the turns under way and refuses what waits behind them: every caller hears which', async () => {
  const at = await node()
  const calls = Array.from({ length: 200 }, () =>
    at.system.tell(a, say('add', { by: 1 })).then(
      () => true,
      (error) => error.code,
    ),
  )
  await new Promise((resolve) => setImmediate(resolve))
  await inTime('stop', at.stop())
  const results = await inTime('all', Promise.all(calls))
  const [stored] = await at.store.load([a])
  const n = stored ? (JSON.parse(stored.row.state) as { user: { n: number } }).user.n : 0
  assert.equal(results.filter((result) => result === true).length, n)
  assert.deepEqual(new Set(results.filter((result) => result !== true)), new Set(n < 200 ? ['system.stopped'] : []))
})

test('a stop while an actor is being loaded starts no effect of it', async () => {
  const store = memoryStore()
  let begun = 0
  const actor = labActor({
    work: () => {
      begun++
      return new Promise(() => undefined)
    },
  })
  const first = await node([actor], undefined, store)
  await first.system.tell(a, say('work', { input: 1 }))
  await waitFor('the effect', () => begun === 1)
  first.kill()
  let open: (() => void) | undefined
  const second = await node(
    [actor],
    {
      before: (name) =>
        name === 'load'
          ? new Promise<void>((resolve) => {
              open = resolve
            })
          : undefined,
    },
    store,
  )
  await waitFor('the load', () => open)
  const stopping = second.stop()
  open?.()
  await inTime('stop', stopping)
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(begun, 1)
  assert.equal(second.system.processes.list().length, 0)
})

test('a stop while the store is away ends within its patience, and tells callers that the outcome is not known', async () => {
  let away = false
  const { storeErrors } = await import('#store')
  const at = await startNode(
    memoryStore(),
    [labActor()],
    { stopPatience: 100 },
    {
      before: () => {
        if (away) throw storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })
      },
    },
  )
  await at.system.tell(a, say('add', { by: 1 }))
  away = true
  const calls = [at.system.tell(a, say('add', { by: 1 })), at.system.ask(a, say('add', { by: 1 })), at.system.tell(lab('b'), get)]
  const errors = Promise.all(calls.map((call) => failure(call)))
  await waitFor('a try', () => at.count('store.failed') > 0)
  await inTime('stop', at.stop())
  const codes = (await inTime('the callers', errors)).map((error) => error.code)
  assert.deepEqual(new Set(codes.slice(0, 2)), new Set(['store.unreachable']))
  assert.equal(codes[2], 'system.stopped')
})

test('DE1 what is handed in is told once, even if it is told twice', () => {
  const told: string[] = []
  const delivery = new Delivery({ type: 'start' }, { done: () => told.push('done'), failed: () => told.push('failed') })
  delivery.done()
  delivery.failed(new Error('x'))
  delivery.done()
  assert.deepEqual(told, ['done'])
})
