/**
 * Owns: machines for the comparison with XState whose children are spawned, talk, and are spoken to late.
 * Does not own: machines without children.
 */

import { forwardTo, spawnChild, stopChild } from 'xstate'
import type { Scenario } from './differential.ts'
import { counter, mortal } from './scenario-children.ts'
import {
  type Args,
  add,
  cancelled,
  from,
  job,
  machine,
  note,
  poke,
  raised,
  say,
  send,
  sends,
  sendUp,
  set,
  waits,
  when,
} from './scenario-parts.ts'
import type { World } from './world.ts'

export const spawnedScenarios: readonly Scenario[] = [
  {
    name: 'parent and child in conversation',
    make: (w) =>
      machine(
        {
          invoke: { src: 'kid', id: 'kid' },
          on: {
            PING: {
              actions: [
                say(w, 'ping 1'),
                send('kid', { type: 'INC' }),
                say(w, 'ping 2'),
                send('kid', { type: 'ASK' }),
                raised({ type: 'INNER' }),
              ],
            },
            INNER: { actions: [say(w, 'inner'), send('kid', { type: 'FLIP' })] },
            ANSWER: { actions: [note((_c, event) => event.n), say(w, 'answer'), send('kid', { type: 'INC' })] },
            WENT_DOWN: { actions: [say(w, 'down'), send('kid', { type: 'ASK' })] },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('PING', 'INNER'),
  },
  {
    name: 'a child with a time of its own, left before it is over',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: { a: { invoke: { src: 'slow', id: 'slow' }, on: { GO: 'b' } }, b: { on: { GO: 'a' } } },
          on: { RANG: { actions: add() } },
        },
        {
          actors: {
            slow: machine({
              initial: 'p',
              states: {
                p: { after: { 50: 'q' } },
                q: { entry: [say(w, 'q'), sendUp({ type: 'RANG' })], after: { 70: 'p' } },
              },
            }),
          },
        },
      ),
    steps: [...sends('GO'), ...waits(20, 50, 70, 120)],
  },
  {
    name: 'spawned in an assign, kept in the context, spoken to by reference',
    make: (w) =>
      machine(
        {
          context: { n: 0, list: [], ref: null },
          on: {
            SPAWN: {
              guard: when((context) => context.ref === null),
              actions: [set((_c, _e, { spawn }) => ({ ref: spawn('kid' as never, { id: 'kid' }) })), say(w, 'spawned')],
            },
            INC: {
              guard: when((context) => context.ref !== null),
              actions: send(
                from(({ context }) => context.ref),
                { type: 'INC' },
              ),
            },
            ASK: { guard: when((context) => context.ref !== null), actions: send('kid', { type: 'ASK' }) },
            STOP: {
              guard: when((context) => context.ref !== null),
              actions: [stopChild(from(({ context }) => context.ref)), set(() => ({ ref: null }))],
            },
            ANSWER: { actions: note((_c, event) => event.n) },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('SPAWN', 'INC', 'ASK', 'STOP'),
  },
  {
    name: 'spawned without an id, many of them',
    make: (w) =>
      machine(
        {
          on: {
            MORE: { guard: when(({ list }) => list.length < 4), actions: note((_c, _e, { spawn }) => spawn('kid' as never)) },
            ALL: { actions: ({ context, self }: Args) => w.say(`${context.list.length} children of ${typeof self}`) },
            FIRST: {
              guard: when(({ list }) => list.length > 0),
              actions: send(
                from(({ context }) => context.list[0]),
                { type: 'INC' },
              ),
            },
            LAST: {
              guard: when(({ list }) => list.length > 0),
              actions: send(
                from(({ context }) => context.list[context.list.length - 1]),
                { type: 'END' },
              ),
            },
            'xstate.done.actor.*': {
              actions: [add(), say({ say: (text: string) => w.say(text.replaceAll(/x:\d+/g, 'x:n')) } as World, 'one is done')],
            },
          },
        },
        { actors: { kid: mortal(w, 'kid') } },
      ),
    steps: sends('MORE', 'MORE', 'ALL', 'FIRST', 'LAST'),
  },
  {
    name: 'spawnChild and stopChild by id',
    make: (w) =>
      machine(
        {
          initial: 'without',
          states: {
            without: {
              on: { SPAWN: { target: 'with', actions: [spawnChild('kid', { id: 'kid', input: 3 } as never), say(w, 'spawn')] } },
            },
            with: {
              on: {
                STOP: { target: 'without', actions: [say(w, 'stop'), stopChild('kid'), say(w, 'stopped')] },
                INC: { actions: send('kid', { type: 'INC' }) },
              },
            },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('SPAWN', 'STOP', 'INC'),
  },
  {
    name: 'a child spawned again under the same id in one step',
    make: (w) =>
      machine(
        {
          entry: spawnChild('kid', { id: 'kid' } as never),
          on: {
            NEW: { actions: [stopChild('kid'), spawnChild('kid', { id: 'kid' } as never), send('kid', { type: 'INC' })] },
            INC: { actions: send('kid', { type: 'INC' }) },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('NEW', 'INC'),
  },
  {
    name: 'a spawned child whose snapshots are followed',
    make: (w) =>
      machine(
        {
          entry: spawnChild('kid', { id: 'kid', syncSnapshot: true } as never),
          on: {
            INC: { actions: send('kid', { type: 'INC' }) },
            END: { actions: send('kid', { type: 'END' }) },
            'xstate.snapshot.kid': {
              actions: [note((_c, event) => (event.snapshot as { context: { n: number } }).context.n), say(w, 'seen')],
            },
          },
        },
        { actors: { kid: mortal(w, 'kid') } },
      ),
    steps: sends('INC', 'END'),
  },
  {
    name: 'actors known by system id',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { invoke: { src: 'kid', id: 'kid', systemId: 'the-kid' }, on: { GO: { target: 'a', reenter: true }, OFF: 'b' } },
            b: { on: { ON: 'a', INC: { actions: add() } } },
          },
          on: {
            INC: {
              actions: send(
                from(({ system }) => system.get('the-kid')),
                { type: 'INC' },
              ),
            },
            LOOK: { actions: ({ system }: Args) => w.say(system.get('the-kid') ? 'there' : 'gone') },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('INC', 'LOOK', 'GO', 'OFF', 'ON'),
  },
  {
    name: 'a system id that is taken',
    make: (w) =>
      machine(
        {
          invoke: [{ src: 'kid', id: 'one', systemId: 'same' }],
          on: { TWO: { actions: spawnChild('kid', { id: 'two', systemId: 'same' } as never) } },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('TWO', 'X', 'X'),
  },
  {
    name: 'three generations with a promise at the bottom',
    make: (w) => {
      const low = machine(
        {
          initial: 'busy',
          states: {
            busy: {
              invoke: { src: 'work', id: 'work', onDone: { target: 'end', actions: note((_c, event) => event.output) } },
              after: { 200: 'end' },
            },
            end: { type: 'final' },
          },
          output: from(({ context }) => context.list),
        },
        { actors: { work: job(w, 'work') } },
      )
      const middle = machine(
        {
          initial: 'a',
          states: {
            a: {
              invoke: {
                src: 'low',
                id: 'low',
                onDone: { target: 'b', actions: [note((_c, event) => event.output), say(w, 'low done')] },
              },
            },
            b: { type: 'final' },
          },
          output: from(({ context }) => ({ of: context.list })),
        },
        { actors: { low } },
      )
      return machine(
        {
          initial: 'a',
          states: {
            a: {
              invoke: {
                src: 'middle',
                id: 'middle',
                onDone: { target: 'b', actions: [note((_c, event) => event.output), say(w, 'middle done')] },
                onError: 'c',
              },
              on: { OFF: 'c' },
            },
            b: { on: { AGAIN: 'a' } },
            c: { on: { AGAIN: 'a' } },
          },
        },
        { actors: { middle } },
      )
    },
    steps: [...sends('AGAIN', 'OFF'), poke('work', 7), poke('work', new Error('deep')), ...waits(100)],
  },
  {
    name: 'delayed events to a child, and their cancelling',
    make: (w) =>
      machine(
        {
          initial: 'on',
          states: {
            on: {
              invoke: { src: 'kid', id: 'kid' },
              on: {
                LATE: { actions: send('kid', { type: 'INC' }, { delay: 40, id: 'inc' }) },
                NOW: { actions: send('kid', { type: 'ASK' }) },
                CANCEL: { actions: cancelled('inc') },
                OFF: 'off',
              },
            },
            off: { on: { ON: 'on' } },
          },
          on: { ANSWER: { actions: note((_c, event) => event.n) } },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: [...sends('LATE', 'NOW', 'CANCEL', 'OFF', 'ON'), ...waits(20, 40)],
  },
  {
    name: 'forwarded events',
    make: (w) =>
      machine(
        {
          invoke: { src: 'kid', id: 'kid' },
          on: {
            INC: { actions: forwardTo('kid') },
            ASK: { actions: [forwardTo('kid'), say(w, 'forwarded')] },
            ANSWER: { actions: note((_c, event) => event.n) },
          },
        },
        { actors: { kid: counter(w, 'kid') } },
      ),
    steps: sends('INC', 'ASK'),
  },
  {
    name: 'a child that sends late to its parent',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { invoke: { src: 'kid', id: 'kid' }, on: { ASK: { actions: send('kid', { type: 'ASK' }) }, OFF: 'b' } },
            b: { on: { ON: 'a' } },
          },
          on: { LATE: { actions: [add(), say(w, 'late')] } },
        },
        { actors: { kid: machine({ on: { ASK: { actions: sendUp({ type: 'LATE' }, { delay: 30 }) } } }) } },
      ),
    steps: [...sends('ASK', 'OFF', 'ON'), ...waits(15, 30)],
  },
  {
    name: 'a child that is given its parent as input',
    make: (w) =>
      machine(
        {
          invoke: { src: 'kid', id: 'kid', input: from(({ self }) => ({ boss: self })) },
          on: { GO: { actions: send('kid', { type: 'GO' }) }, HI: { actions: [add(), say(w, 'hi')] } },
        },
        {
          actors: {
            kid: machine({
              context: ({ input }: { input: { boss: unknown } }) => ({ n: 0, list: [], boss: input.boss }),
              on: {
                GO: {
                  actions: [
                    add(),
                    send(
                      from(({ context }) => context.boss),
                      { type: 'HI' },
                    ),
                  ],
                },
              },
            }),
          },
        },
      ),
    steps: sends('GO'),
  },
]
