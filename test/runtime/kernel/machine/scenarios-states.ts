/**
 * Owns: machines for the comparison with XState that use states, guards, eventless and delayed transitions, and history.
 * Does not own: machines with children (scenarios-actors), actions (scenarios-actions).
 */

import { and, not, or, stateIn } from 'xstate'
import type { Scenario } from './differential.ts'
import { type Args, add, cancelled, machine, note, poke, raised, say, sends, set, waits, when } from './scenario-parts.ts'

export const stateScenarios: readonly Scenario[] = [
  {
    name: 'toggle',
    make: (w) =>
      machine({
        initial: 'off',
        states: { off: { entry: say(w, 'off'), on: { T: 'on' } }, on: { exit: say(w, 'leave on'), on: { T: 'off' } } },
      }),
    steps: sends('T', 'X'),
  },
  {
    name: 'counter',
    make: () => machine({ on: { ADD: { actions: add() }, SUB: { actions: add(-1) } } }),
    steps: sends('ADD', 'SUB'),
  },
  {
    name: 'nested states with entries and exits',
    make: (w) =>
      machine({
        initial: 'a',
        entry: say(w, 'enter root'),
        states: {
          a: {
            initial: 'x',
            entry: say(w, 'enter a'),
            exit: say(w, 'exit a'),
            states: {
              x: { entry: say(w, 'enter x'), exit: say(w, 'exit x'), on: { N: { target: 'y', actions: say(w, 'x to y') } } },
              y: { entry: say(w, 'enter y'), exit: say(w, 'exit y'), on: { N: 'x' } },
            },
            on: { GO: { target: 'b', actions: [add(), say(w, 'a to b')] }, IN: '.y' },
          },
          b: { entry: say(w, 'enter b'), on: { GO: 'a', DEEP: '#deep' } },
          c: {
            initial: 'p',
            states: { p: {}, q: { id: 'deep', on: { GO: '#p2' } }, r: { id: 'p2', on: { GO: '#(machine).a.y' } } },
          },
        },
      }),
    steps: sends('N', 'GO', 'IN', 'DEEP'),
  },
  {
    name: 'parallel regions',
    make: (w) =>
      machine({
        type: 'parallel',
        states: {
          one: {
            initial: 'a',
            states: { a: { on: { X: { target: 'b', actions: say(w, 'one ab') } } }, b: { on: { X: 'a', Y: 'a' } } },
          },
          two: { initial: 'a', states: { a: { on: { X: 'b' } }, b: { entry: [add(), say(w, 'two b')], on: { Z: 'a' } } } },
          three: { on: { X: { actions: note(({ n }) => n) } } },
        },
      }),
    steps: sends('X', 'Y', 'Z'),
  },
  {
    name: 'parallel inside of a state, left as a whole',
    make: (w) =>
      machine({
        initial: 'work',
        states: {
          work: {
            type: 'parallel',
            states: {
              l: {
                initial: 'i',
                exit: say(w, 'exit l'),
                states: { i: { on: { L: 'j' } }, j: { exit: say(w, 'exit j'), on: { L: 'i' } } },
              },
              r: { initial: 'i', exit: say(w, 'exit r'), states: { i: { on: { R: 'j' } }, j: { on: { R: 'i', OUT: '#rest' } } } },
            },
            on: { STOP: 'rest' },
          },
          rest: { id: 'rest', on: { BACK: 'work', BOTH: { target: ['work.l.j', 'work.r.j'] } } },
        },
      }),
    steps: sends('L', 'R', 'OUT', 'STOP', 'BACK', 'BOTH'),
  },
  {
    name: 'shallow history',
    make: (w) =>
      machine({
        initial: 'on',
        states: {
          on: {
            initial: 'a',
            states: {
              a: { on: { N: 'b' } },
              b: { initial: 'p', states: { p: { on: { N: 'q' } }, q: {} } },
              h: { type: 'history' },
            },
            on: { OFF: 'off' },
          },
          off: { entry: say(w, 'off'), on: { BACK: 'on.h', FRESH: 'on' } },
        },
      }),
    steps: sends('N', 'OFF', 'BACK', 'FRESH'),
  },
  {
    name: 'deep history',
    make: () =>
      machine({
        initial: 'on',
        states: {
          on: {
            initial: 'a',
            states: {
              a: { on: { N: 'b' } },
              b: { initial: 'p', states: { p: { on: { N: 'q' } }, q: { on: { N: '#on.a' } } } },
              h: { type: 'history', history: 'deep' },
            },
            id: 'on',
            on: { OFF: 'off' },
          },
          off: { on: { BACK: 'on.h' } },
        },
      }),
    steps: sends('N', 'OFF', 'BACK'),
  },
  {
    name: 'history of a parallel state with a default',
    make: (w) =>
      machine({
        initial: 'out',
        states: {
          out: { on: { IN: 'p.back', PLAIN: 'p' } },
          p: {
            type: 'parallel',
            states: {
              l: { initial: 'a', states: { a: { entry: say(w, 'l.a'), on: { L: 'b' } }, b: { on: { L: 'a' } } } },
              r: { initial: 'a', states: { a: { on: { R: 'b' } }, b: { entry: say(w, 'r.b'), on: { R: 'a' } } } },
              back: { type: 'history', history: 'deep' },
            },
            on: { OUT: 'out' },
          },
        },
      }),
    steps: sends('IN', 'PLAIN', 'L', 'R', 'OUT'),
  },
  {
    name: 'history with a default target',
    make: () =>
      machine({
        initial: 'off',
        states: {
          off: { on: { BACK: 'on.h' } },
          on: {
            initial: 'a',
            states: { a: {}, b: { on: { N: 'c' } }, c: {}, h: { type: 'history', target: 'b' } },
            on: { OFF: 'off' },
          },
        },
      }),
    steps: sends('BACK', 'N', 'OFF'),
  },
  {
    name: 'a final child state finishes its parent, with output',
    make: (w) =>
      machine({
        initial: 'job',
        states: {
          job: {
            initial: 'one',
            states: {
              one: { on: { N: 'two' } },
              two: { on: { N: 'end' } },
              end: { type: 'final', output: ({ context }: Args) => ({ of: context }) },
            },
            onDone: { target: 'after', actions: [note((_c, event) => event.output), say(w, 'job done')] },
          },
          after: { on: { AGAIN: 'job' } },
        },
      }),
    steps: sends('N', 'AGAIN'),
  },
  {
    name: 'the machine ends with an output',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: { exit: say(w, 'exit a'), on: { N: { actions: add() }, END: 'end' } },
          end: { type: 'final', entry: say(w, 'end'), output: { from: 'end' } },
        },
        exit: say(w, 'exit root'),
        output: ({ context, event }: { context: { n: number }; event: { output: unknown } }) => ({
          n: context.n,
          event: event.output,
        }),
      }),
    steps: sends('N', 'END', 'N'),
  },
  {
    name: 'a parallel state is done when all its regions are',
    make: (w) =>
      machine({
        initial: 'p',
        states: {
          p: {
            type: 'parallel',
            states: {
              l: {
                initial: 'a',
                states: { a: { on: { L: 'z' } }, z: { type: 'final', output: 'left' } },
                onDone: { actions: say(w, 'l done') },
              },
              r: { initial: 'a', states: { a: { on: { R: 'z' } }, z: { type: 'final' } } },
            },
            onDone: { target: 'end', actions: say(w, 'p done') },
          },
          end: { on: { AGAIN: 'p' } },
        },
      }),
    steps: sends('L', 'R', 'AGAIN'),
  },
  {
    name: 'guards choose among transitions',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: {
            on: {
              N: [
                { guard: when(({ n }) => n > 3), target: 'b', actions: say(w, 'big') },
                { guard: when(({ n }) => n === 2), actions: [add(2), say(w, 'two')] },
                { actions: add() },
              ],
            },
          },
          b: { on: { N: { target: 'a', actions: set(() => ({ n: 0 })) } } },
        },
      }),
    steps: sends('N'),
  },
  {
    name: 'guards made of guards',
    make: (w) =>
      machine(
        {
          type: 'parallel',
          states: {
            k: { initial: 'a', states: { a: { on: { K: 'b' } }, b: { on: { K: 'a' } } } },
            m: {
              on: {
                AND: { guard: and(['even', when(({ n }) => n > 1)] as never), actions: say(w, 'and') },
                OR: { guard: or(['even', stateIn({ k: 'b' })] as never), actions: [say(w, 'or'), add()] },
                NOT: { guard: not('even'), actions: [say(w, 'not'), add(3)] },
                IN: { guard: stateIn('#(machine).k.b'), actions: say(w, 'in b') },
                MORE: {
                  guard: { type: 'above', params: ({ context }: { context: { n: number } }) => ({ limit: 5 - context.n }) },
                  actions: add(),
                },
              },
            },
          },
        },
        {
          guards: {
            even: when(({ n }) => n % 2 === 0),
            above: ({ context }: { context: { n: number } }, { limit }: { limit: number }) => context.n >= limit,
          },
        },
      ),
    steps: sends('K', 'AND', 'OR', 'NOT', 'IN', 'MORE'),
  },
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
