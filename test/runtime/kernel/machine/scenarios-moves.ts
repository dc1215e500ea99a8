/**
 * Owns: machines for the comparison with XState that move by themselves: eventless, delayed, raised; and unusual targets and events.
 * Does not own: states as such (scenarios-states), machines with children.
 */

import type { Scenario } from './differential.ts'
import { type Args, add, cancelled, machine, note, poke, raised, say, sends, set, waits, when } from './scenario-parts.ts'

export const moveScenarios: readonly Scenario[] = [
  {
    name: 'eventless transitions in a row',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: add() } } },
          b: { entry: say(w, 'b'), always: { target: 'c', actions: [add(), say(w, 'b to c')] } },
          c: { always: [{ guard: when(({ n }) => n > 6), target: 'd' }, { target: 'a' }] },
          d: { entry: say(w, 'd'), always: { target: 'a', actions: set(() => ({ n: 0 })) } },
        },
      }),
    steps: sends('GO'),
  },
  {
    name: 'an eventless transition waits for the context',
    make: (w) =>
      machine({
        initial: 'filling',
        always: { guard: when(({ n }) => n < 0), target: '.broken' },
        states: {
          filling: { always: { guard: when(({ n }) => n >= 3), target: 'full' }, on: { ADD: { actions: add() } } },
          full: { entry: say(w, 'full'), on: { EMPTY: { target: 'filling', actions: set(() => ({ n: 0 })) } } },
          broken: { entry: [say(w, 'broken'), set(() => ({ n: 0 }))], on: { ADD: 'filling' } },
        },
        on: { SUB: { actions: add(-1) } },
      }),
    steps: sends('ADD', 'ADD', 'SUB', 'EMPTY'),
  },
  {
    name: 'eventless transitions of regions, in the order in which they were entered',
    make: (w) =>
      machine({
        type: 'parallel',
        states: {
          a: {
            initial: 'i',
            states: {
              i: { on: { A: 'j' } },
              j: { always: { guard: when(({ n }) => n > 2), target: 'i', actions: [say(w, 'a back'), add(-2)] } },
            },
          },
          b: {
            initial: 'i',
            states: {
              i: { on: { B: 'j' } },
              j: { always: { guard: when(({ n }) => n > 2), target: 'i', actions: [say(w, 'b back'), add(-2)] } },
            },
          },
          c: {
            initial: 'i',
            states: {
              i: { on: { C: 'j' } },
              j: { always: { guard: when(({ n }) => n > 2), target: 'i', actions: [say(w, 'c back'), note(({ n }) => n)] } },
            },
          },
        },
        on: { ADD: { actions: add() } },
      }),
    steps: sends('A', 'B', 'C', 'ADD', 'ADD'),
  },
  {
    name: 'after: a delayed transition',
    make: (w) =>
      machine({
        initial: 'green',
        states: {
          green: { after: { 100: 'yellow' }, exit: say(w, 'exit green') },
          yellow: { after: { 50: { target: 'red', actions: add() } }, on: { STOP: 'off' } },
          red: { after: { 200: 'green' }, on: { STOP: 'off' } },
          off: { on: { START: 'green' } },
        },
      }),
    steps: [...sends('STOP', 'START'), ...waits(50, 100, 200, 1000)],
  },
  {
    name: 'after: several delays with guards in one state',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: {
            on: { ADD: { actions: add() } },
            after: {
              10: { actions: [say(w, 'ten'), add()] },
              20: [
                { guard: when(({ n }) => n > 3), target: 'b', actions: say(w, 'twenty, many') },
                { actions: say(w, 'twenty, few') },
              ],
              30: 'b',
            },
          },
          b: { entry: set(() => ({ n: 0 })), on: { BACK: 'a' } },
        },
      }),
    steps: [...sends('ADD', 'BACK'), ...waits(5, 10, 30)],
  },
  {
    name: 'after: named and computed delays',
    make: (w) =>
      machine(
        {
          initial: 'a',
          context: { n: 1, list: [] },
          states: {
            a: { after: { short: { target: 'b', actions: say(w, 'short') } } },
            b: { after: { grows: { target: 'a', actions: [add(), say(w, 'grown')] } } },
          },
        },
        { delays: { short: 15, grows: ({ context }: { context: { n: number } }) => context.n * 20 } },
      ),
    steps: waits(5, 15, 20, 40),
  },
  {
    name: 'after: entering again starts the time again',
    make: () =>
      machine({
        initial: 'a',
        states: {
          a: { on: { AGAIN: { target: 'a', reenter: true }, STAY: { actions: add() } }, after: { 100: 'b' } },
          b: { on: { AGAIN: 'a' } },
        },
      }),
    steps: [...sends('AGAIN', 'STAY'), ...waits(40, 60, 99, 100)],
  },
  {
    name: 'after: the time of a parent and of its child',
    make: (w) =>
      machine({
        initial: 'p',
        states: {
          p: {
            initial: 'c',
            after: { 100: 'out' },
            states: {
              c: { after: { 40: { target: 'd', actions: say(w, 'c to d') } } },
              d: { after: { 70: { actions: say(w, 'late') } }, on: { BACK: 'c' } },
            },
          },
          out: { on: { IN: 'p' } },
        },
      }),
    steps: [...sends('BACK', 'IN'), ...waits(10, 30, 40, 70)],
  },
  {
    name: 'after: one of zero milliseconds',
    make: (w) =>
      machine({
        initial: 'a',
        states: { a: { on: { GO: 'b' } }, b: { after: { 0: { target: 'a', actions: say(w, 'at once') } } } },
      }),
    steps: [...sends('GO'), ...waits(0, 1)],
  },
  {
    name: 'a raised event is taken before the next one',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: [raised({ type: 'ONE' }), raised({ type: 'TWO' }), say(w, 'raised')] } } },
          b: {
            on: { ONE: { actions: [say(w, 'one'), raised({ type: 'THREE' })] }, TWO: { actions: say(w, 'two') }, THREE: 'a' },
          },
        },
      }),
    steps: sends('GO'),
  },
  {
    name: 'a raised event meets the state after an eventless transition',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: raised({ type: 'R' }) } } },
          b: { entry: raised({ type: 'S' }), always: 'c', on: { R: { actions: say(w, 'r in b') } } },
          c: { on: { R: { actions: say(w, 'r in c') }, S: { target: 'a', actions: say(w, 's in c') } } },
        },
      }),
    steps: sends('GO'),
  },
  {
    name: 'a delayed raise, and its cancelling',
    make: (w) =>
      machine({
        on: {
          LATER: { actions: raised({ type: 'RANG' }, { delay: 50, id: 'bell' }) },
          LATER2: { actions: raised(({ context }: Args) => ({ type: 'RANG', context }) as never, { delay: 80 }) },
          CANCEL: { actions: cancelled('bell') },
          RANG: { actions: [add(), say(w, 'rang')] },
        },
      }),
    steps: [...sends('LATER', 'LATER2', 'CANCEL'), ...waits(20, 50, 80)],
  },
  {
    name: 'one send id for two delayed events',
    make: (w) =>
      machine({
        on: {
          A: { actions: raised({ type: 'RANG', of: 'a' }, { delay: 50, id: 'same' }) },
          B: { actions: raised({ type: 'RANG', of: 'b' }, { delay: 30, id: 'same' }) },
          CANCEL: { actions: cancelled(({ context }: Args) => (context ? 'same' : '')) },
          RANG: { actions: [note((_c, event) => event.of), say(w, 'rang')] },
        },
      }),
    steps: [...sends('A', 'B', 'CANCEL'), ...waits(10, 30, 50)],
  },
  {
    name: 'transitions inside of a state and out of it and back',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: {
            entry: say(w, 'enter a'),
            exit: say(w, 'exit a'),
            initial: 'x',
            states: { x: { exit: say(w, 'exit x') }, y: { entry: say(w, 'enter y') } },
            on: {
              IN: '.y',
              OUT: { target: '.y', reenter: true },
              SELF: 'a',
              SELF2: { target: 'a', reenter: true },
              NONE: { actions: add() },
            },
          },
        },
      }),
    steps: sends('IN', 'OUT', 'SELF', 'SELF2', 'NONE'),
  },
  {
    name: 'wildcards',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { on: { 'mouse.*': { actions: say(w, 'mouse') }, 'mouse.click': 'b', '*': { actions: [add(), say(w, 'any')] } } },
          b: { on: { '*': 'a' } },
        },
      }),
    steps: sends('mouse.click', 'mouse.move.fast', 'mouse', 'key'),
  },
  {
    name: 'a child state forbids what its parent would take',
    make: (w) =>
      machine({
        initial: 'a',
        on: { X: { actions: say(w, 'root x') }, Y: '.b' },
        states: { a: { on: { X: undefined, N: 'b' } }, b: { on: { Y: {}, N: 'a' } } },
      }),
    steps: sends('X', 'Y', 'N'),
  },
  {
    name: 'tags and meta',
    make: () =>
      machine({
        initial: 'a',
        tags: 'root',
        states: {
          a: { tags: ['busy', 'red'], meta: { text: 'a' }, on: { N: 'b' } },
          b: { type: 'parallel', tags: 'wide', states: { x: { tags: ['busy'] }, y: { tags: 'blue' } }, on: { N: 'a' } },
        },
      }),
    steps: sends('N'),
  },
  {
    name: 'an initial transition with actions',
    make: (w) =>
      machine({
        initial: { target: 'a', actions: [add(5), say(w, 'first')] },
        states: {
          a: {
            initial: { target: 'y', actions: say(w, 'into y') },
            states: { x: {}, y: { on: { N: 'x' } } },
            on: { R: { target: 'a', reenter: true } },
          },
        },
      }),
    steps: sends('N', 'R'),
  },
  {
    name: 'routes to states by id',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { id: 'first', route: {} },
          b: { id: 'second', route: { guard: when(({ n }) => n > 0) }, entry: say(w, 'b'), on: { N: 'a' } },
        },
        on: { ADD: { actions: add() } },
      }),
    steps: [
      ...sends('N', 'ADD'),
      { send: { type: 'xstate.route', to: '#second' } },
      { send: { type: 'xstate.route', to: '#first' } },
    ],
  },
  {
    name: 'done events climb through nested final states',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: {
            initial: 'b',
            states: {
              b: {
                initial: 'c',
                states: { c: { on: { N: 'z' } }, z: { type: 'final' } },
                onDone: { target: 'y', actions: say(w, 'b done') },
              },
              y: { type: 'final' },
            },
            onDone: { target: 'end', actions: say(w, 'a done') },
          },
          end: { type: 'final' },
        },
      }),
    steps: sends('N'),
  },
  {
    name: 'nothing is poked and nothing moves',
    make: () => machine({ initial: 'a', states: { a: {} } }),
    steps: [poke('nobody'), ...waits(1000)],
  },
]
