/**
 * Owns: what the runtime asks of a machine's logic beyond XState's own behaviour: pure turns, effects, timers, kinds.
 * Does not own: equality with XState (differential.test), stored states (persisted-cell.test).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnyActorLogic, fromPromise, fromTransition } from 'xstate'
import { TroupeError } from '../../../../runtime/kernel/errors.ts'
import type { Json } from '../../../../runtime/kernel/json.ts'
import { actorLogic, machineLogic } from '../../../../runtime/kernel/machine/index.ts'
import { InMemoryCell } from './in-memory-cell.ts'
import { begin, family, fetching, kid } from './machine-parts.ts'
import { stored } from './recording-turn.ts'
import { machine } from './scenario-parts.ts'

test('T2 what the root throws is thrown by the turn', () => {
  const { logic, turn, state } = begin(family())
  assert.throws(() => logic.decide(state, { type: 'BAD' }, turn), /bad turn/)
  assert.throws(() => logic.decide(state, { type: 'CHILD_FAILS' }, turn), /kid failed/)
})

test('L3 CS2 a turn that threw, or was not committed, leaves the whole state before it: children, timers, numbers', () => {
  const { logic, turn, state } = begin(family())
  const before = stored(logic.persist(state))
  const once = logic.decide(state, { type: 'INC' }, turn)
  const first = stored(logic.persist(once))
  assert.throws(() => logic.decide(once, { type: 'BAD' }, turn), /bad turn/)
  assert.deepEqual(stored(logic.persist(once)), first)
  // Back over two turns, as after a commit that failed; the same messages then give the same again.
  logic.decide(logic.decide(once, { type: 'B' }, turn), { type: 'MORE' }, turn)
  assert.deepEqual(stored(logic.persist(state)), before)
  turn.take()
  const again = logic.decide(state, { type: 'INC' }, turn)
  assert.deepEqual(stored(logic.persist(again)), first)
  const more = logic.decide(again, { type: 'MORE' }, turn)
  assert.equal(turn.only('set_timer').id, 'x:2#2~xstate.after.100.(machine).p')
  assert.equal((logic.view(more) as { context: { list: readonly unknown[] } }).context.list.length, 1)
})

test('CS1 the same messages give the same ids and the same state in every cell', () => {
  const run = (): Json => {
    const { logic, turn, state } = begin(family())
    let now = state
    for (const type of ['INC', 'MORE', 'MORE', 'B', 'INC']) now = logic.decide(now, { type }, turn)
    return stored([logic.persist(now), turn.take()]) as unknown as Json
  }
  assert.deepEqual(run(), run())
})

test('T7 a delayed transition is a timer with a stable id; leaving the state cancels it', () => {
  const { logic, turn, state } = begin(family())
  const set = turn.decisions.filter(({ type }) => type === 'set_timer')
  assert.deepEqual(
    set.map((decision) => decision.type === 'set_timer' && [decision.id, decision.delay]),
    [
      ['kid#1~xstate.after.100.(machine).p', 100],
      ['#0~xstate.after.50.(machine).a', 50],
    ],
  )
  turn.take()
  logic.decide(state, { type: 'B' }, turn)
  assert.equal(turn.only('cancel_timer').id, '#0~xstate.after.50.(machine).a')
})

test('T7 a timer of a state that was left changes nothing', () => {
  const { logic, turn, state } = begin(family())
  const { id, payload } = turn.decisions.find((decision) => decision.type === 'set_timer' && decision.delay === 50) as never
  const left = logic.decide(state, { type: 'B' }, turn)
  turn.take()
  assert.equal(logic.timer(left, id, payload, turn), left)
  assert.equal(logic.timer(left, 'unheard of', payload, turn), left)
  assert.deepEqual(turn.take(), [])
})

test('T7 a timer set before a restart fires after it, in the child that set it', () => {
  const cell = new InMemoryCell(family())
  cell.restart()
  cell.advance(120)
  const { children } = (cell.state as { snapshot: { children: { kid: { getSnapshot(): { value: unknown } } } } }).snapshot
  assert.equal(children.kid.getSnapshot().value, 'q')
  assert.equal((cell.logic.view(cell.state) as { value: unknown }).value, 'b')
})

test('an event that is put off for ever arms nothing', () => {
  const { turn } = begin(
    machineLogic(
      machine({ initial: 'a', states: { a: { after: { never: 'b' } }, b: {} } }, { delays: { never: Number.POSITIVE_INFINITY } }),
    ),
  )
  assert.deepEqual(turn.types(), [])
})

test('T6 a promise is asked for with its name and input, and its creator runs only when it is performed', async () => {
  let calls = 0
  const { logic, turn, state } = begin(fetching(async ({ of }) => ++calls + of))
  const loading = logic.decide(state, { type: 'GO' }, turn)
  const effect = turn.only('start_effect')
  assert.deepEqual([effect.id, effect.src, effect.input, calls], ['load#1', 'load', { of: 7 }, 0])
  assert.equal(await effect.run(new AbortController().signal, () => undefined), 8)
  const idle = logic.settled(loading, effect.id, { ok: true, output: 8 }, turn)
  assert.deepEqual(logic.view(idle), { value: 'idle', context: { got: 8 }, tags: [], status: 'active', output: undefined })
})

test('T6 each new call has an id of its own; a result of an older one is dropped', () => {
  const { logic, turn, state } = begin(fetching(async () => 1))
  const left = logic.decide(logic.decide(state, { type: 'GO' }, turn), { type: 'LEAVE' }, turn)
  assert.deepEqual(turn.types(), ['start_effect', 'stop_effect'])
  turn.take()
  const again = logic.decide(left, { type: 'GO' }, turn)
  assert.equal(turn.only('start_effect').id, 'load#2')
  assert.equal(logic.settled(again, 'load#1', { ok: true, output: 'stale' }, turn), again)
})

test('T6 a restored state asks again for effects that have not settled, with the same ids, and for no others', () => {
  const { logic, turn, state } = begin(fetching(async () => 1))
  const loading = logic.decide(state, { type: 'GO' }, turn)
  turn.take()
  const restored = logic.restore(stored(logic.persist(loading)), turn)
  assert.deepEqual([turn.only('start_effect').id, turn.only('start_effect').input], ['load#1', { of: 7 }])
  const done = logic.settled(restored, 'load#1', { ok: true, output: 2 }, turn)
  turn.take()
  logic.restore(stored(logic.persist(done)), turn)
  assert.deepEqual(turn.take(), [])
})

test('wrapped logics keep their kind: a promise, a machine', async () => {
  const wrap = (logic: AnyActorLogic): AnyActorLogic => ({
    ...logic,
    transition: (snapshot, event, scope) => logic.transition(snapshot, event, scope),
  })
  const { turn } = begin(actorLogic(wrap(fromPromise(async () => 5) as unknown as AnyActorLogic)))
  assert.equal(await turn.only('start_effect').run(new AbortController().signal, () => undefined), 5)
  const wrapped = begin(actorLogic(wrap(kid as unknown as AnyActorLogic)))
  const moved = wrapped.logic.decide(wrapped.state, { type: 'INC' }, wrapped.turn)
  assert.equal((wrapped.logic.view(moved) as { context: { n: number } }).context.n, 1)
  const again = wrapped.logic.restore(stored(wrapped.logic.persist(moved)), wrapped.turn)
  assert.deepEqual(stored(wrapped.logic.persist(again)), stored(wrapped.logic.persist(moved)))
})

test('a logic with a start function of its own is refused by name', () => {
  const own = {
    transition: (state: unknown) => state,
    getInitialSnapshot: () => ({}),
    getPersistedSnapshot: (state: unknown) => state,
    start: () => undefined,
  }
  assert.throws(
    () => actorLogic(own as unknown as AnyActorLogic),
    (error) => TroupeError.is(error, 'logic.unsupported'),
  )
})

test('a transition logic shows its state and is done never', () => {
  const { logic, turn, state } = begin(
    actorLogic(fromTransition((n: number, event: { type: string }) => (event.type === 'ADD' ? n + 1 : n), 5)),
  )
  const next = logic.decide(state, { type: 'ADD' }, turn)
  assert.deepEqual([logic.view(next), logic.status(next)], [6, { status: 'active' }])
  assert.equal(logic.view(logic.restore(stored(logic.persist(next)), turn)), 6)
})

test('a machine that ended says so with its output', () => {
  const { logic, turn, state } = begin(
    machineLogic(machine({ initial: 'a', states: { a: { on: { END: 'z' } }, z: { type: 'final' } }, output: { sum: 3 } })),
  )
  const ended = logic.decide(state, { type: 'END' }, turn)
  assert.deepEqual(logic.status(ended), { status: 'done', output: { sum: 3 } })
  assert.equal(logic.decide(ended, { type: 'END' }, turn), ended)
  assert.deepEqual(logic.status(logic.restore(stored(logic.persist(ended)), turn)), { status: 'done', output: { sum: 3 } })
})
