/**
 * Owns: what actors inside of a cell do beyond XState's own behaviour: references, volatile children, watchers, failures.
 * Does not own: equality with XState (differential.test).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromCallback, toPromise } from 'xstate'
import { TroupeError } from '../../../../runtime/kernel/errors.ts'
import type { VolatileLink } from '../../../../runtime/kernel/logic.ts'
import { actorRef, machineLogic } from '../../../../runtime/kernel/machine/index.ts'
import { InMemoryCell } from './in-memory-cell.ts'
import { begin, kid } from './machine-parts.ts'
import { RecordingTurn, stored } from './recording-turn.ts'
import { add, machine, send, set, when } from './scenario-parts.ts'

test('AR1 references to other actors are kept in the context and sent to as a tell', () => {
  const logic = machineLogic(
    machine({
      context: { n: 0, list: [], till: actorRef({ kind: 'till', key: 'front' }) },
      on: {
        PAY: {
          actions: send(
            ({ context }: { context: { till: unknown } }) => context.till,
            ({ self }: { self: unknown }) => ({ type: 'paid', by: self }),
          ),
        },
        LATER: {
          actions: send(({ context }: { context: { till: unknown } }) => context.till, { type: 'reminder' }, { delay: 500 }),
        },
      },
    }),
  )
  const turn = new RecordingTurn()
  const state = logic.restore(stored(logic.persist(logic.start(undefined, turn))), turn)
  const paid = logic.decide(state, { type: 'PAY' }, turn)
  const { to, message } = turn.only('tell')
  assert.deepEqual(to, { kind: 'till', key: 'front' })
  assert.deepEqual(stored(message), { type: 'paid', by: { xstate$$type: 1, address: { kind: 'order', key: 'o1' } } })
  assert.deepEqual(actorRef((message as unknown as { by: { address: { kind: string; key: string } } }).by).id, 'order/o1')
  turn.take()
  const later = logic.decide(paid, { type: 'LATER' }, turn)
  const timer = turn.only('set_timer')
  turn.take()
  logic.timer(later, timer.id, stored(timer.payload), turn)
  assert.deepEqual(turn.take(), [{ type: 'tell', to: { kind: 'till', key: 'front' }, message: { type: 'reminder' } }])
})

test('a reference to another actor cannot be sent to behind the turn’s back', () => {
  assert.throws(
    () => actorRef({ kind: 'till', key: 'front' }).send({ type: 'x' }),
    (error) => TroupeError.is(error, 'logic.unsupported'),
  )
  assert.throws(
    () => actorRef({ kind: '7', key: 'x' }),
    (error) => TroupeError.is(error, 'address.invalid'),
  )
})

test('callbacks start again after a restart; what they send arrives as messages of their own', () => {
  const sent: ((event: { type: string }) => void)[] = []
  const port = fromCallback(({ sendBack }) => {
    sent.push(sendBack as never)
    return () => undefined
  })
  const cell = new InMemoryCell(
    machineLogic(machine({ invoke: { src: 'port', id: 'port' }, on: { UP: { actions: add() } } }, { actors: { port } })),
  )
  cell.restart()
  assert.equal(sent.length, 2)
  sent[0]!({ type: 'UP' })
  assert.equal((cell.logic.view(cell.state) as { context: { n: number } }).context.n, 0)
  sent[1]!({ type: 'UP' })
  assert.equal((cell.logic.view(cell.state) as { context: { n: number } }).context.n, 1)
})

test('a callback that fails is an error of the child, heard by its parent', () => {
  const { logic, turn, state } = begin(
    machineLogic(
      machine(
        { initial: 'a', states: { a: { invoke: { src: 'port', id: 'port', onError: 'b' } }, b: {} } },
        { actors: { port: fromCallback(() => undefined) } },
      ),
    ),
  )
  const { id } = turn.only('start_volatile')
  assert.equal(
    (logic.view(logic.settled(state, id, { ok: false, error: new Error('gone') }, turn)) as { value: unknown }).value,
    'b',
  )
})

test('a callback reaches other actors of the cell by their system ids', () => {
  const open: { get: (id: string) => { send(event: object): void } | undefined }[] = []
  const port = fromCallback(({ system }) => {
    open.push(system as never)
  })
  const { logic, turn, state } = begin(
    machineLogic(
      machine(
        {
          invoke: [
            { src: 'port', id: 'port' },
            { src: 'kid', id: 'kid', systemId: 'the-kid' },
          ],
        },
        { actors: { port, kid } },
      ),
    ),
  )
  const start = turn.only('start_volatile')
  const delivered: { type: string }[] = []
  const link: VolatileLink = {
    deliver: (event) => void delivered.push(event),
    receive: () => undefined,
    settle: () => undefined,
    emit: () => undefined,
  }
  start.start(link)
  open[0]!.get('the-kid')!.send({ type: 'INC' })
  const next = logic.child(state, start.id, delivered[0]!, turn)
  assert.match(JSON.stringify(logic.persist(next)), /"id":"kid".*"n":1/)
})

test('an action may wait for a child’s snapshots from outside of the turn', async () => {
  const outputs: unknown[] = []
  const cell = new InMemoryCell(
    machineLogic(
      machine(
        {
          invoke: { src: 'kid', id: 'kid' },
          on: {
            WATCH: {
              actions: ({ self }: { self: { getSnapshot(): { children: { kid: never } } } }) =>
                void toPromise(self.getSnapshot().children.kid).then((output) => outputs.push(output)),
            },
            END: { actions: send('kid', { type: 'END' }) },
          },
        },
        {
          actors: {
            kid: machine({ initial: 'a', states: { a: { on: { END: 'z' } }, z: { type: 'final' } }, output: 'the end' }),
          },
        },
      ),
    ),
  )
  cell.send({ type: 'WATCH' })
  cell.send({ type: 'END' })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(outputs, ['the end'])
})

test('CA2 a child that fails takes its own children with it, the youngest first', () => {
  const closed: string[] = []
  const port = (name: string) => fromCallback(() => () => void closed.push(name))
  const middle = machine(
    {
      invoke: [
        { src: 'one', id: 'one' },
        { src: 'two', id: 'two' },
      ],
      on: {
        FAIL: {
          actions: set(() => {
            throw new Error('middle failed')
          }),
        },
      },
    },
    { actors: { one: port('one'), two: port('two') } },
  )
  const cell = new InMemoryCell(
    machineLogic(
      machine(
        {
          invoke: { src: 'middle', id: 'middle', onError: { actions: add() } },
          on: { FAIL: { actions: send('middle', { type: 'FAIL' }) } },
        },
        { actors: { middle } },
      ),
    ),
  )
  cell.send({ type: 'FAIL' })
  assert.deepEqual(closed, ['two', 'one'])
  assert.equal((cell.logic.view(cell.state) as { context: { n: number } }).context.n, 1)
})

test('an actor may send itself a hundred thousand events in one turn', () => {
  const { logic, turn, state } = begin(
    machineLogic(
      machine({
        on: {
          GO: {
            guard: when(({ n }) => n < 100_000),
            actions: [add(), send(({ self }: { self: unknown }) => self, { type: 'GO' })],
          },
        },
      }),
    ),
  )
  const end = logic.decide(state, { type: 'GO' }, turn)
  assert.equal((logic.view(end) as { context: { n: number } }).context.n, 100_000)
})
