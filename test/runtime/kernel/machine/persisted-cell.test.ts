/**
 * Owns: stored states of machines: what comes back, what is refused and how, upcasters.
 * Does not own: restarts in the middle of a run (differential.test).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spawnChild } from 'xstate'
import { TroupeError } from '../../../../runtime/kernel/errors.ts'
import type { Json } from '../../../../runtime/kernel/json.ts'
import { machineLogic } from '../../../../runtime/kernel/machine/index.ts'
import { begin, family, fetching, kid } from './machine-parts.ts'
import { RecordingTurn, stored } from './recording-turn.ts'
import { machine, send, set } from './scenario-parts.ts'

test('an error that was kept in the context comes back as an error with the same message', () => {
  const { logic, turn, state } = begin(fetching(async () => 1))
  const failed = logic.settled(
    logic.decide(state, { type: 'GO' }, turn),
    'load#1',
    { ok: false, error: new RangeError('out of range') },
    turn,
  )
  const restored = logic.restore(stored(logic.persist(failed)), turn)
  const { got } = (logic.view(restored) as { context: { got: Error } }).context
  assert.ok(got instanceof Error)
  assert.equal(got.message, 'out of range')
})

test('a context that JSON cannot say is refused with its path', () => {
  const broken = (context: object): unknown => {
    const { logic, state } = begin(machineLogic(machine({ context: { n: 0, list: [], ...context } })))
    try {
      return logic.persist(state)
    } catch (error) {
      return error
    }
  }
  const refused = (context: object, path: string): void => {
    const error = broken(context)
    assert.ok(TroupeError.is(error, 'snapshot.not_json'), String(error))
    assert.equal(error.fields.path, path)
  }
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  refused({ call: () => 1 }, 'context.call')
  refused({ deep: { list: [1, { when: new Date(0) }] } }, 'context.deep.list[1].when')
  refused({ map: new Map() }, 'context.map')
  refused({ big: 1n }, 'context.big')
  refused({ rate: Number.NaN }, 'context.rate')
  refused({ loop: cycle }, 'context.loop.self')
  refused({ holes: [undefined] }, 'context.holes[0]')
  assert.doesNotThrow(() => JSON.stringify(broken({ gone: undefined, nil: null })))
})

test('a child’s context that JSON cannot say is refused with the path through the child', () => {
  const odd = machine({ context: { n: 0, list: [], set: new Set() } })
  const { logic, state } = begin(machineLogic(machine({ invoke: { src: 'odd', id: 'odd' } }, { actors: { odd } })))
  assert.throws(
    () => logic.persist(state),
    (error) => TroupeError.is(error, 'snapshot.not_json') && error.fields.path === 'children.odd.context.set',
  )
})

test('PC2 a child spawned from a logic without a name cannot be stored, and says how to name it', () => {
  const { logic, state } = begin(machineLogic(machine({ entry: spawnChild(kid as never, { id: 'anon' } as never) })))
  assert.throws(
    () => logic.persist(state),
    (error) => TroupeError.is(error, 'logic.unsupported') && /anon.*name it in setup/.test(error.message),
  )
})

test('PC2 a stored state that the machine has no place for is refused', () => {
  const { logic, state } = begin(family())
  const data = stored(logic.persist(state)) as unknown as { snapshot: object; children: readonly object[] }
  const turn = new RecordingTurn()
  assert.throws(
    () => logic.restore({ ...data, snapshot: { ...data.snapshot, value: 'nowhere' } } as unknown as Json, turn),
    /nowhere/,
  )
  assert.throws(
    () => logic.restore({ ...data, children: [{ ...data.children[0], src: 'stranger' }] } as unknown as Json, turn),
    /stranger/,
  )
  for (const garbage of [null, 1, 'x', [], {}, { v: 2 }, { v: 1, next: 0 }])
    assert.throws(() => logic.restore(garbage as Json, turn), TypeError)
})

test('B3 an upcaster sees the root’s value and context, and may change both', () => {
  const { logic, turn, state } = begin(family())
  const data = stored(logic.persist(logic.decide(state, { type: 'INC' }, turn)))
  const raised = logic.upcast!(data, (old) => {
    const { value, context, ...rest } = old as unknown as { value: string; context: { n: number } }
    assert.equal(value, 'a')
    return { ...rest, value: 'b', context: { ...context, n: context.n * 10 } } as unknown as Json
  })
  const restored = logic.restore(stored(raised), turn)
  assert.deepEqual(logic.view(restored), {
    value: 'b',
    context: { n: 10, list: [] },
    tags: [],
    status: 'active',
    output: undefined,
  })
})

test('a reference to a child that was stopped comes back as one that takes no events', () => {
  const logic = machineLogic(
    machine(
      {
        context: { n: 0, list: [], ref: null },
        on: {
          SPAWN: { actions: set((_c, _e, { spawn }) => ({ ref: spawn('kid' as never, { id: 'kid' }) })) },
          STOP: { actions: ({ self }: { self: never }) => self },
          SEND: { actions: send(({ context }: { context: { ref: unknown } }) => context.ref, { type: 'INC' }) },
        },
      },
      { actors: { kid: machine({ initial: 'z', states: { z: { type: 'final' } } }) } },
    ),
  )
  const turn = new RecordingTurn()
  const spawned = logic.decide(logic.start(undefined, turn), { type: 'SPAWN' }, turn)
  const data = stored(logic.persist(spawned)) as unknown as { children?: unknown }
  delete data.children
  const restored = logic.restore(data as unknown as Json, turn)
  const after = logic.decide(restored, { type: 'SEND' }, turn)
  assert.deepEqual(stored(logic.view(after)), {
    value: {},
    context: { n: 0, list: [], ref: { xstate$$type: 1, id: 'kid' } },
    tags: [],
    status: 'active',
  })
})
