/**
 * Owns: transition functions as logic: what they push, what is stored, what comes back.
 * Does not own: performing it (test/runtime/delivery).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '../../../runtime/kernel/envelope.ts'
import { TroupeError } from '../../../runtime/kernel/errors.ts'
import type { Decision, Turn } from '../../../runtime/kernel/logic.ts'
import { type ActorTurn, transitionLogic } from '../../../runtime/kernel/transition-logic.ts'

const self = { kind: 'k', key: '1' }
const token = { id: 'r1', type: 'ask' }

function turn(reply: Turn['reply'] = undefined): Turn & { readonly decisions: Decision[] } {
  const decisions: Decision[] = []
  return { self, now: 1000, reply, from: undefined, decisions, push: (decision) => void decisions.push(decision) }
}

/** A logic whose transition does what the test says. */
function doing(act: (turn: ActorTurn, message: Message, state: number) => number) {
  return transitionLogic<number, Message>(
    { initial: (input: number | undefined) => input ?? 0, transition: (state, message, t) => act(t, message, state) },
    { work: async (input) => input, other: async () => 1 },
  )
}

test('L2 decisions come in the order in which the function asked for them', () => {
  const logic = doing((t, _message, n) => {
    t.tell({ kind: 'x', key: '1' }, { type: 'a' }, { replyAs: 'back' })
    t.reply(1)
    t.after('t', 50, { type: 'tick' })
    t.cancel('u')
    t.effect('work', { a: 1 }, 'worked')
    t.emit({ type: 'e' })
    t.fact('f', { b: 2 })
    t.log('text', 'label')
    t.stop()
    return n
  })
  const now = turn(token)
  logic.decide(logic.start(0, turn()), { type: 'go' }, now)
  assert.deepEqual(
    now.decisions.map((decision) => decision.type),
    ['tell', 'reply', 'set_timer', 'cancel_timer', 'start_effect', 'emit', 'fact', 'log', 'stop'],
  )
})

test('a reply without anybody who waits is nothing, and a kept token answers later', () => {
  const logic = doing((t, message, n) => {
    if (message.type === 'later') t.reply('late', token)
    else t.reply('now')
    return n
  })
  const state = logic.start(0, turn())
  const nobody = turn()
  logic.decide(state, { type: 'now' }, nobody)
  assert.deepEqual(nobody.decisions, [])
  const later = turn()
  logic.decide(state, { type: 'later' }, later)
  assert.deepEqual(later.decisions, [{ type: 'reply', token, answer: { ok: true, value: 'late' } }])
})

test('L1 the turn cannot be used after it is over, neither from the same turn nor from a promise', () => {
  let kept: ActorTurn | undefined
  const logic = doing((t, _message, n) => {
    kept = t
    return n
  })
  logic.decide(logic.start(0, turn()), { type: 'x' }, turn())
  logic.timer(logic.start(0, turn()), 't', { type: 'x' }, turn())
  assert.throws(() => kept?.reply(1), /this turn is over/)
})

test('L3 what the function throws leaves the state before it untouched, and the next turn is as if it had not been', () => {
  const logic = doing((t, message, n) => {
    if (message.type === 'boom') {
      t.effect('work', 1, 'worked')
      throw new Error('boom')
    }
    t.effect('work', 2, 'worked')
    return n + 1
  })
  const state = logic.start(0, turn())
  assert.throws(() => logic.decide(state, { type: 'boom' }, turn()), /boom/)
  const after = turn()
  const next = logic.decide(state, { type: 'x' }, after)
  assert.equal(logic.view(next), 1)
  assert.deepEqual(
    after.decisions.map((decision) => decision.type === 'start_effect' && [decision.id, decision.input]),
    [['work.1', 2]],
  )
})

test('T6 effect ids never repeat in the life of an actor, also after it was stored and restored', () => {
  const logic = doing((t, _message, n) => {
    t.effect('work', n, 'worked')
    return n + 1
  })
  let state = logic.start(0, turn())
  const ids: string[] = []
  for (let i = 0; i < 4; i++) {
    const now = turn()
    state = logic.decide(state, { type: 'x' }, now)
    for (const decision of now.decisions) if (decision.type === 'start_effect') ids.push(decision.id)
    state = logic.settled(state, `work.${i + 1}`, { ok: true, output: i }, turn())
    state = logic.restore(JSON.parse(JSON.stringify(logic.persist(state))), turn())
  }
  assert.equal(new Set(ids).size, ids.length)
})

test('T6 restoring asks again for every effect that has not settled, with the same id, source and input', () => {
  const logic = doing((t, message, n) => {
    if (message.type === 'two') {
      t.effect('work', 'a', 'worked')
      t.effect('other', null, 'othered')
    }
    return n
  })
  let state = logic.decide(logic.start(0, turn()), { type: 'two' }, turn())
  state = logic.settled(state, 'work.1', { ok: true, output: 1 }, turn())
  const again = turn()
  logic.restore(JSON.parse(JSON.stringify(logic.persist(state))), again)
  assert.deepEqual(
    again.decisions.map((decision) => decision.type === 'start_effect' && [decision.id, decision.src, decision.input]),
    [['other.2', 'other', null]],
  )
})

test('TL1 a result of an effect that the actor no longer waits for changes nothing', () => {
  const seen: Message[] = []
  const logic = doing((_t, message, n) => {
    seen.push(message)
    return n + 1
  })
  const state = logic.start(0, turn())
  assert.equal(logic.settled(state, 'work.9', { ok: true, output: 1 }, turn()), state)
  assert.deepEqual(seen, [])
})

test('a result comes back under the name that it was asked for, as a value or as an error in plain data', () => {
  const seen: (Message & { value?: unknown; error?: unknown })[] = []
  const logic = doing((t, message, n) => {
    if (message.type === 'go') {
      t.effect('work', 1, 'worked')
      t.effect('work', 2, 'worked')
    } else seen.push(message)
    return n
  })
  let state = logic.decide(logic.start(0, turn()), { type: 'go' }, turn())
  state = logic.settled(state, 'work.1', { ok: true, output: 7 }, turn())
  logic.settled(state, 'work.2', { ok: false, error: new Error('no luck') }, turn())
  assert.deepEqual(seen[0], { type: 'worked', value: 7 })
  assert.equal((seen[1]!.error as { message: string }).message, 'no luck')
})

test('an effect that the behaviour does not have is a crash that names those it has', () => {
  const logic = doing((t, _message, n) => {
    t.effect('wrok', 1, 'worked')
    return n
  })
  assert.throws(() => logic.decide(logic.start(0, turn()), { type: 'x' }, turn()), /no effect "wrok"; it has: work, other/)
})

test('an upcaster sees the state of the function, not what the runtime keeps beside it', () => {
  const logic = doing((t, _message, n) => {
    t.effect('work', 1, 'worked')
    return n + 1
  })
  const stored = logic.persist(logic.decide(logic.start(4, turn()), { type: 'x' }, turn()))
  const raised = logic.upcast?.(stored, (user) => (user as number) * 10)
  assert.equal(logic.view(logic.restore(raised ?? null, turn())), 50)
})

test('PL1 a state that JSON cannot say is refused with its path', () => {
  const logic = transitionLogic<unknown, Message>({ initial: () => ({ at: new Date(0) }), transition: (state) => state })
  assert.throws(
    () => logic.persist(logic.start(undefined, turn())),
    (error) => TroupeError.is(error, 'snapshot.not_json') && /\.at$/.test(String(error.fields.path)),
  )
})
