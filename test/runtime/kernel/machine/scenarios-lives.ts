/**
 * Owns: machines for the comparison with XState whose children begin and end in company, at once, or by an error.
 * Does not own: machines without children.
 */

import { spawnChild, stopChild } from 'xstate'
import type { Scenario } from './differential.ts'
import { counter, mortal } from './scenario-children.ts'
import {
  type Args,
  add,
  emitted,
  from,
  job,
  machine,
  note,
  poke,
  port,
  say,
  send,
  sends,
  sendUp,
  set,
  when,
} from './scenario-parts.ts'

export const lifeScenarios: readonly Scenario[] = [
  {
    name: 'several invokes in one state',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: {
              invoke: [
                { src: 'one', id: 'one', onDone: { actions: note((_c, event) => event.output) } },
                {
                  src: 'two',
                  id: 'two',
                  onDone: { target: 'b', actions: note((_c, event) => event.output) },
                  onError: { actions: say(w, 'two failed') },
                },
                { src: 'kid', id: 'kid', onDone: { actions: say(w, 'kid done') } },
              ],
              on: { END: { actions: send('kid', { type: 'END' }) } },
            },
            b: { on: { BACK: 'a' } },
          },
        },
        { actors: { one: job(w, 'one'), two: job(w, 'two'), kid: mortal(w, 'kid') } },
      ),
    steps: [...sends('BACK', 'END'), poke('one', 1), poke('two', 2), poke('two', new Error('x'))],
  },
  {
    name: 'invokes in parallel regions',
    make: (w) =>
      machine(
        {
          initial: 'p',
          states: {
            p: {
              type: 'parallel',
              states: {
                l: { initial: 'i', states: { i: { invoke: { src: 'left', onDone: 'z' } }, z: { type: 'final' } } },
                r: {
                  initial: 'i',
                  states: {
                    i: { invoke: { src: 'right', onDone: 'z', onError: 'i2' } },
                    i2: { on: { RETRY: 'i' } },
                    z: { type: 'final' },
                  },
                },
              },
              onDone: { target: 'end', actions: say(w, 'both') },
            },
            end: { on: { AGAIN: 'p' } },
          },
        },
        { actors: { left: job(w, 'left'), right: job(w, 'right') } },
      ),
    steps: [...sends('AGAIN', 'RETRY'), poke('left', 1), poke('right', 2), poke('right', new Error('r'))],
  },
  {
    name: 'a child that is done when it begins',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { on: { GO: 'b' } },
            b: {
              entry: say(w, 'b'),
              invoke: { src: 'brief', id: 'brief', onDone: { target: 'a', actions: [add(), note((_c, event) => event.output)] } },
            },
          },
        },
        { actors: { brief: machine({ initial: 'z', states: { z: { type: 'final' } }, output: 'brief' }) } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'a child that fails when it begins',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { on: { GO: 'b' } },
            b: {
              entry: say(w, 'b'),
              invoke: {
                src: 'still',
                id: 'still',
                onError: { target: 'a', actions: [add(), note((_c, event) => (event.error as Error).message)] },
              },
            },
          },
        },
        {
          actors: {
            still: machine({
              entry: set(() => {
                throw new Error('stillborn')
              }),
            }),
          },
        },
      ),
    steps: sends('GO'),
  },
  {
    name: 'children of the first context',
    make: (w) =>
      machine(
        {
          context: ({ spawn }: Args) => ({ n: 0, list: [], kid: spawn('kid' as never, { id: 'kid' }) }),
          on: {
            INC: {
              actions: send(
                from(({ context }) => context.kid),
                { type: 'INC' },
              ),
            },
            ASK: { actions: send('kid', { type: 'ASK' }) },
            ANSWER: { actions: note((_c, event) => event.n) },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('INC', 'ASK'),
  },
  {
    name: 'siblings that know each other by system id',
    make: (w) =>
      machine(
        {
          invoke: [
            { src: 'a', id: 'a', systemId: 'a' },
            { src: 'b', id: 'b', systemId: 'b' },
          ],
          on: { GO: { actions: send('a', { type: 'GO' }) }, BACK: { actions: [add(), say(w, 'back')] } },
        },
        {
          actors: {
            a: machine({
              on: {
                GO: {
                  actions: [
                    say(w, 'a'),
                    send(
                      from(({ system }) => system.get('b')),
                      { type: 'HEY' },
                    ),
                    sendUp({ type: 'BACK' }),
                  ],
                },
                YO: { actions: [add(), say(w, 'a yo')] },
              },
            }),
            b: machine({
              on: {
                HEY: {
                  actions: [
                    say(w, 'b'),
                    send(
                      from(({ system }) => system.get('a')),
                      { type: 'YO' },
                    ),
                    add(),
                  ],
                },
              },
            }),
          },
        },
      ),
    steps: sends('GO'),
  },
  {
    name: 'what children emit',
    make: (w) =>
      machine(
        {
          invoke: { src: 'kid', id: 'kid' },
          on: { GO: { actions: [emitted({ type: 'parent' }), send('kid', { type: 'GO' }), say(w, 'sent')] } },
        },
        { actors: { kid: machine({ on: { GO: { actions: [emitted({ type: 'kid' }), add(), say(w, 'kid')] } } }) } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'children are stopped when the machine ends',
    make: (w) =>
      machine(
        {
          initial: 'a',
          invoke: [
            { src: 'port', id: 'p1' },
            { src: 'kid', id: 'k1' },
          ],
          states: {
            a: {
              invoke: { src: 'port', id: 'p2' },
              on: { END: 'z', SPAWN: { actions: note((_c, _e, { spawn }) => spawn('kid' as never)) } },
            },
            z: { type: 'final', entry: say(w, 'z') },
          },
        },
        { actors: { port: port(w, 'port'), kid: counter(w, 'kid') } },
      ),
    steps: [...sends('SPAWN', 'END'), poke('port', { type: 'X' })],
  },
  {
    name: 'an event for a child that the same step stops',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { invoke: { src: 'kid', id: 'kid' }, exit: send('kid', { type: 'INC' }), on: { GO: 'b' } },
            b: { on: { GO: 'a' } },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'an invoke whose state is left in the same step',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { on: { GO: 'b' } },
            b: { invoke: { src: 'kid', id: 'kid' }, entry: say(w, 'b'), always: 'c' },
            c: { entry: say(w, 'c'), on: { GO: 'a' } },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'a stop from inside of the child’s own message',
    make: (w) =>
      machine(
        {
          entry: spawnChild('kid', { id: 'kid' } as never),
          on: {
            GO: { guard: when(({ n }) => n === 0), actions: send('kid', { type: 'FLIP' }) },
            WENT_DOWN: { actions: [say(w, 'stop it'), stopChild('kid'), add()] },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'a send to nobody',
    make: () =>
      machine({
        on: { ADD: { actions: add() }, BAD: { guard: when(({ n }) => n > 1), actions: send('nobody', { type: 'X' }) } },
      }),
    steps: sends('ADD', 'BAD'),
  },
  {
    name: 'a root without a parent that sends to it',
    make: () =>
      machine({ on: { ADD: { actions: add() }, BAD: { guard: when(({ n }) => n > 1), actions: sendUp({ type: 'X' }) } } }),
    steps: sends('ADD', 'BAD'),
  },
]
