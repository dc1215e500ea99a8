/**
 * Owns: machines that several tests of machine logic share, and the start of one with a recording turn.
 * Does not own: the tests.
 */

import { assign, fromPromise, setup } from 'xstate'
import type { Logic } from '../../../../runtime/kernel/logic.ts'
import { machineLogic } from '../../../../runtime/kernel/machine/index.ts'
import { RecordingTurn } from './recording-turn.ts'
import { add, machine, note, send, set } from './scenario-parts.ts'

export const begin = (logic: Logic, input?: unknown) => {
  const turn = new RecordingTurn()
  return { logic, turn, state: logic.start(input, turn) }
}

export const kid = machine({
  initial: 'p',
  states: { p: { after: { 100: 'q' }, on: { INC: { actions: add() } } }, q: {} },
  on: {
    FAIL: {
      actions: set(() => {
        throw new Error('kid failed')
      }),
    },
  },
})

export const family = () =>
  machineLogic(
    machine(
      {
        initial: 'a',
        invoke: { src: 'kid', id: 'kid', systemId: 'the-kid' },
        states: { a: { after: { 50: 'b' }, on: { B: 'b' } }, b: { invoke: { src: 'work', id: 'work' } } },
        on: {
          INC: { actions: [add(), send('kid', { type: 'INC' })] },
          MORE: { actions: note((_c, _e, { spawn }) => spawn('kid' as never)) },
          BAD: {
            actions: [
              add(),
              send('kid', { type: 'INC' }),
              set(() => {
                throw new Error('bad turn')
              }),
            ],
          },
          CHILD_FAILS: { actions: [add(), send('kid', { type: 'FAIL' })] },
        },
      },
      { actors: { kid, work: fromPromise(async () => 1) } },
    ),
  )

export const fetching = (creator: (input: { of: number }) => Promise<unknown>) =>
  machineLogic(
    setup({
      types: {} as { context: { got: unknown } },
      actors: { load: fromPromise(({ input }: { input: { of: number } }) => creator(input)) },
    }).createMachine({
      context: { got: null },
      initial: 'idle',
      states: {
        idle: { on: { GO: 'loading' } },
        loading: {
          invoke: {
            src: 'load',
            id: 'load',
            input: { of: 7 },
            onDone: { target: 'idle', actions: assign({ got: ({ event }) => event.output }) },
            onError: { target: 'idle', actions: assign({ got: ({ event }) => event.error }) },
          },
          on: { LEAVE: 'idle' },
        },
      },
    }),
  )
