/**
 * Owns: the machine that both XState and our cells run in the benchmarks: a counter with a state, a guard and an assignment.
 * Does not own: the measuring.
 */

import { assign, setup } from 'xstate'

export const counterMachine = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'add'; by: number } | { type: 'flip' } | { type: 'get' } },
  actions: {
    // Provided where the machine runs as an actor; raw XState has nobody to answer.
    answer: () => undefined,
  },
}).createMachine({
  id: 'counter',
  context: { n: 0 },
  initial: 'even',
  on: { get: { actions: 'answer' } },
  states: {
    even: { on: { add: { actions: assign({ n: ({ context, event }) => context.n + event.by }) }, flip: 'odd' } },
    odd: { on: { add: { actions: assign({ n: ({ context, event }) => context.n - event.by }) }, flip: 'even' } },
  },
})
