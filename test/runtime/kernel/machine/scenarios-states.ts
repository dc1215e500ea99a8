/**
 * Owns: machines for the comparison with XState that use states, guards, eventless and delayed transitions, and history.
 * Does not own: machines with children (scenarios-actors), actions (scenarios-actions).
 */

import { and, not, or, stateIn } from 'xstate'
import type { Scenario } from './differential.ts'
import { type Args, add, machine, note, say, sends, set, when } from './scenario-parts.ts'

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
]
