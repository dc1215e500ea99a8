/**
 * Owns: machines for the comparison with XState that invoke promises, callbacks, observables and machines.
 * Does not own: machines without children.
 */

import { fromEventObservable, fromTransition } from 'xstate'
import type { Event, Scenario } from './differential.ts'
import { jobs, mortal } from './scenario-children.ts'
import { add, from, job, machine, note, poke, port, say, send, sends, sendUp, stream, subject, waits } from './scenario-parts.ts'

export const invokedScenarios: readonly Scenario[] = [
  {
    name: 'an invoked promise, done, failed or left',
    make: (w) =>
      machine(
        {
          initial: 'idle',
          states: {
            idle: { on: { GO: 'busy' } },
            busy: { invoke: { src: 'work', id: 'work', ...jobs }, on: { LEAVE: 'idle', GO: { target: 'busy', reenter: true } } },
            ok: { on: { GO: 'busy' } },
            bad: { on: { GO: 'busy' } },
          },
        },
        { actors: { work: job(w, 'work') } },
      ),
    steps: [...sends('GO', 'GO', 'LEAVE'), poke('work', { got: 1 }), poke('work', new Error('bad luck'))],
  },
  {
    name: 'an invoked promise that fails and nobody minds',
    make: (w) =>
      machine(
        { initial: 'a', states: { a: { invoke: { src: 'work', onDone: 'b' } }, b: { on: { BACK: 'a' } } } },
        { actors: { work: job(w, 'work') } },
      ),
    steps: [...sends('BACK'), poke('work', 1), poke('work', new Error('unheard'))],
  },
  {
    name: 'promises in a row and inline',
    make: (w) =>
      machine({
        initial: 'one',
        states: {
          one: { invoke: { src: job(w, 'one'), onDone: { target: 'two', actions: note((_c, event) => event.output) } } },
          two: {
            invoke: {
              src: job(w, 'two'),
              onDone: { target: 'one', actions: [add(), note((_c, event) => event.output)] },
              onError: 'one',
            },
            after: { 100: 'one' },
          },
        },
      }),
    steps: [poke('one', 'a'), poke('two', 'b'), poke('two', new Error('x')), ...waits(60)],
  },
  {
    name: 'a callback that is told things and sends things back',
    make: (w) =>
      machine(
        {
          initial: 'open',
          states: {
            open: {
              invoke: { src: 'port', id: 'port', input: from(({ context }) => ({ at: context.n })) },
              on: { CLOSE: 'closed', SAY: { actions: [send('port', { type: 'HELLO' }), say(w, 'said')] } },
            },
            closed: { entry: say(w, 'closed'), on: { OPEN: 'open' } },
          },
          on: { UP: { actions: [add(), say(w, 'up')] } },
        },
        { actors: { port: port(w, 'port') } },
      ),
    steps: [...sends('CLOSE', 'OPEN', 'SAY'), poke('port', { type: 'UP' })],
  },
  {
    name: 'an observable whose values reach the parent',
    make: (w) =>
      machine(
        {
          initial: 'on',
          states: {
            on: {
              invoke: {
                src: 'stream',
                id: 's',
                onSnapshot: {
                  actions: [note((_c, event) => (event.snapshot as { context: unknown }).context ?? null), say(w, 'value')],
                },
                onDone: 'off',
                onError: { target: 'off', actions: say(w, 'broken') },
              },
              on: { OFF: 'off' },
            },
            off: { on: { ON: 'on' } },
          },
        },
        { actors: { stream: stream(w, 'stream') } },
      ),
    steps: [
      ...sends('OFF', 'ON'),
      poke('stream', 1),
      poke('stream', { v: 2 }),
      poke('stream', undefined),
      poke('stream', new Error('broken')),
    ],
  },
  {
    name: 'an observable of events',
    make: (w) =>
      machine(
        {
          initial: 'on',
          states: { on: { invoke: { src: 'events', onDone: 'off' }, on: { OFF: 'off' } }, off: { on: { ON: 'on' } } },
          on: { TICK: { actions: [add(), say(w, 'tick')] } },
        },
        { actors: { events: fromEventObservable((() => subject(w, 'events')) as never) } },
      ),
    steps: [...sends('OFF', 'ON'), poke('events', { type: 'TICK' }), poke('events', undefined)],
  },
  {
    name: 'an invoked transition logic with snapshots',
    make: (w) =>
      machine(
        {
          initial: 'on',
          states: {
            on: {
              invoke: {
                src: 'sum',
                id: 'sum',
                input: 5,
                onSnapshot: { actions: note((_c, event) => (event.snapshot as { context: unknown }).context ?? null) },
              },
              on: { ADD: { actions: [send('sum', { type: 'ADD' }), say(w, 'sent')] }, OFF: 'off' },
            },
            off: { on: { ON: 'on' } },
          },
        },
        {
          actors: {
            sum: fromTransition(
              (n: number, event: Event) => (event.type === 'ADD' ? n + 1 : n),
              ({ input }: { input: number }) => input,
            ),
          },
        },
      ),
    steps: sends('ADD', 'OFF', 'ON'),
  },
  {
    name: 'an invoked machine that ends with an output',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: {
              invoke: { src: 'kid', id: 'kid', onDone: { target: 'b', actions: note((_c, event) => event.output) } },
              on: { INC: { actions: send('kid', { type: 'INC' }) }, END: { actions: send('kid', { type: 'END' }) } },
            },
            b: { on: { BACK: 'a' } },
          },
        },
        { actors: { kid: mortal(w, 'kid') } },
      ),
    steps: sends('INC', 'END', 'BACK'),
  },
  {
    name: 'an invoked machine that fails, heard',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: {
              invoke: {
                src: 'kid',
                id: 'kid',
                onError: { target: 'b', actions: note((_c, event) => (event.error as Error).message) },
              },
              on: { FAIL: { actions: send('kid', { type: 'FAIL' }) } },
            },
            b: { entry: say(w, 'b'), on: { BACK: 'a' } },
          },
        },
        { actors: { kid: mortal(w, 'kid') } },
      ),
    steps: sends('FAIL', 'BACK'),
  },
  {
    name: 'an invoked machine that fails, unheard',
    make: (w) =>
      machine(
        {
          invoke: { src: 'kid', id: 'kid' },
          on: { INC: { actions: send('kid', { type: 'INC' }) }, FAIL: { actions: send('kid', { type: 'FAIL' }) } },
        },
        { actors: { kid: mortal(w, 'kid') } },
      ),
    steps: sends('INC', 'INC', 'FAIL'),
  },
  {
    name: 'a child that talks while it is born',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: { on: { GO: 'b' } },
            b: {
              entry: say(w, 'enter b'),
              invoke: { src: 'eager', id: 'eager' },
              on: { HELLO: { actions: [say(w, 'hello'), send('eager', { type: 'BACK' })] }, GO: 'a' },
            },
          },
        },
        {
          actors: {
            eager: machine({
              entry: [sendUp({ type: 'HELLO' }), say(w, 'born')],
              on: { BACK: { actions: [add(), say(w, 'answered')] } },
            }),
          },
        },
      ),
    steps: sends('GO'),
  },
]
