/**
 * Owns: the runtime's own actions in machines: their order, their tokens, their types, and what they do outside of the runtime.
 * Does not own: how decisions are performed.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assign, createActor, enqueueActions, raise, sendTo, setup } from 'xstate'
import type { ReplyToken } from '../../../../runtime/kernel/envelope.ts'
import { TroupeError } from '../../../../runtime/kernel/errors.ts'
import {
  fact,
  machineLogic,
  reply,
  replyError,
  replyToken,
  selfAddress,
  sender,
  tell,
} from '../../../../runtime/kernel/machine/index.ts'
import { RecordingTurn, stored } from './recording-turn.ts'

type Events =
  | { type: 'add'; by: number }
  | { type: 'get' }
  | { type: 'keep' }
  | { type: 'answer' }
  | { type: 'late' }
  | { type: 'bad' }
  | { type: 'all' }

const token: ReplyToken = { id: 'r1', type: 'get', node: 'n1' }

const counter = setup({
  types: {} as { context: { n: number; waiting: ReplyToken | null; who: unknown }; events: Events },
  actions: { answerN: reply(({ context }) => context.n) },
}).createMachine({
  context: { n: 0, waiting: null, who: null },
  on: {
    add: {
      actions: [
        reply(({ context }) => context.n),
        assign({ n: ({ context, event }) => context.n + event.by }),
        fact('added', ({ context, event }) => ({ by: event.by, n: context.n })),
        tell({ kind: 'log', key: 'main' }, ({ context }) => ({ type: 'line', n: context.n }), { replyAs: 'logged' }),
      ],
    },
    get: { actions: 'answerN' },
    keep: { actions: assign({ waiting: (args) => replyToken(args), who: (args) => [sender(args), selfAddress(args)] }) },
    answer: { actions: [reply('now', { to: ({ context }) => context.waiting }), assign({ waiting: null })] },
    late: { actions: raise({ type: 'get' }, { delay: 10 }) },
    bad: { actions: replyError(new Error('not today')) },
    all: {
      actions: enqueueActions(({ enqueue, context }) => {
        enqueue.assign({ n: context.n + 1 })
        enqueue(reply(({ context: now }) => now.n))
        enqueue(fact('all', { seen: true }))
      }),
    },
  },
})

const begin = (asked?: ReplyToken) => {
  const turn = new RecordingTurn()
  const logic = machineLogic(counter)
  const state = logic.start(undefined, turn)
  turn.reply = asked
  return { turn, logic, state }
}

test('AC1 actions are evaluated in their place among the others', () => {
  const { turn, logic, state } = begin(token)
  logic.decide(state, { type: 'add', by: 2 } as never, turn)
  assert.deepEqual(turn.take(), [
    { type: 'reply', token, answer: { ok: true, value: 0 } },
    { type: 'fact', name: 'added', data: { by: 2, n: 2 } },
    { type: 'tell', to: { kind: 'log', key: 'main' }, message: { type: 'line', n: 2 }, replyAs: 'logged' },
  ])
})

test('AC1 actions named in setup and enqueued actions do the same', () => {
  const { turn, logic, state } = begin(token)
  const next = logic.decide(state, { type: 'all' }, turn)
  logic.decide(next, { type: 'get' }, turn)
  assert.deepEqual(turn.take(), [
    { type: 'reply', token, answer: { ok: true, value: 1 } },
    { type: 'fact', name: 'all', data: { seen: true } },
    { type: 'reply', token, answer: { ok: true, value: 1 } },
  ])
})

test('a message that was told has nobody to answer', () => {
  const { turn, logic, state } = begin()
  logic.decide(state, { type: 'get' }, turn)
  assert.deepEqual(turn.take(), [])
})

test('a kept token is answered in a later turn, also after a restart, and only once it is there', () => {
  const { turn, logic, state } = begin(token)
  turn.from = { kind: 'till', key: 't1' }
  const kept = logic.decide(state, { type: 'keep' }, turn)
  const restored = logic.restore(stored(logic.persist(kept)), turn)
  assert.deepEqual((logic.view(restored) as { context: { who: unknown } }).context.who, [turn.from, turn.self])
  turn.reply = { id: 'r2', type: 'answer' }
  const answered = logic.decide(restored, { type: 'answer' }, turn)
  assert.deepEqual(turn.take(), [{ type: 'reply', token, answer: { ok: true, value: 'now' } }])
  // No token is kept any more: the one who asks now must not get the answer that was meant for another.
  logic.decide(answered, { type: 'answer' }, turn)
  assert.deepEqual(turn.take(), [])
})

test('an error answer is the error as data', () => {
  const { turn, logic, state } = begin(token)
  logic.decide(state, { type: 'bad' }, turn)
  const { answer } = turn.only('reply')
  assert.ok(!answer.ok && answer.error.message === 'not today' && answer.error.code === 'foreign')
})

test('a child machine answers the message that its parent handed on', () => {
  const child = setup({}).createMachine({ on: { get: { actions: reply('from the child') } } })
  const parent = setup({ actors: { child } }).createMachine({
    invoke: { src: 'child', id: 'child' },
    on: { get: { actions: sendTo('child', { type: 'get' }) } },
  })
  const turn = new RecordingTurn()
  const logic = machineLogic(parent)
  const state = logic.start(undefined, turn)
  turn.reply = token
  logic.decide(state, { type: 'get' }, turn)
  assert.deepEqual(turn.only('reply').answer, { ok: true, value: 'from the child' })
})

test('an entry action of the first state may tell', () => {
  const machine = setup({}).createMachine({
    initial: 'a',
    states: { a: { entry: [tell({ address: { kind: 'x', key: 'y' } }, { type: 'hi' }), fact('born', null)] } },
  })
  const turn = new RecordingTurn()
  machineLogic(machine).start(undefined, turn)
  assert.deepEqual(turn.types(), ['tell', 'fact'])
})

test('a bad address fails the turn with a catalogued error', () => {
  const machine = setup({}).createMachine({ on: { go: { actions: tell({ kind: '7up', key: 'x' }, { type: 'hi' }) } } })
  const turn = new RecordingTurn()
  const logic = machineLogic(machine)
  const state = logic.start(undefined, turn)
  assert.throws(
    () => logic.decide(state, { type: 'go' }, turn),
    (error) => TroupeError.is(error, 'address.invalid'),
  )
})

test('AC2 under XState’s own interpreter the actions emit what they would have done', () => {
  const seen: unknown[] = []
  const actor = createActor(counter)
  actor.on('*', (event) => void seen.push(event))
  actor.start()
  actor.send({ type: 'add', by: 3 })
  actor.send({ type: 'keep' })
  assert.deepEqual(stored(seen), [
    { type: 'troupe.reply', answer: { ok: true, value: 0 } },
    { type: 'troupe.fact', name: 'added', data: { by: 3, n: 3 } },
    { type: 'troupe.tell', to: { kind: 'log', key: 'main' }, message: { type: 'line', n: 3 } },
  ])
  assert.deepEqual(actor.getSnapshot().context, { n: 3, waiting: null, who: [null, null] })
})

test('the types of context and event reach the actions’ expressions', () => {
  setup({ types: {} as { context: { n: number }; events: Events } }).createMachine({
    context: { n: 0 },
    on: {
      add: {
        actions: [reply(({ context, event }) => context.n + event.by), fact('x', ({ event }) => event.by satisfies number)],
      },
      // @ts-expect-error the context has no such member
      get: { actions: reply(({ context }) => context.missing) },
      // @ts-expect-error this event carries nothing
      keep: { actions: tell({ kind: 'a', key: 'b' }, ({ event }) => ({ type: 'x', by: event.by })) },
    },
  })
})
