/**
 * Owns: machines for the comparison with XState that have children: invoked and spawned promises, callbacks, observables, machines.
 * Does not own: machines without children.
 */

import { forwardTo, fromEventObservable, fromTransition, spawnChild, stopChild } from 'xstate'
import type { Event, Scenario } from './differential.ts'
import {
  type Args,
  add,
  cancelled,
  emitted,
  from,
  job,
  machine,
  note,
  poke,
  port,
  raised,
  say,
  send,
  sends,
  sendUp,
  set,
  stream,
  subject,
  waits,
  when,
} from './scenario-parts.ts'
import type { World } from './world.ts'

/** A child that counts, tells, and answers its parent. */
const counter = (w: World, name = 'child') =>
  machine({
    id: name,
    initial: 'up',
    states: {
      up: { entry: say(w, `${name} up`), on: { FLIP: 'down' } },
      down: { entry: [say(w, `${name} down`), sendUp({ type: 'WENT_DOWN' })], on: { FLIP: 'up' } },
    },
    exit: say(w, `${name} exit`),
    on: {
      INC: { actions: [add(), say(w, `${name} inc`)] },
      ASK: { actions: sendUp(from(({ context }) => ({ type: 'ANSWER', n: context.n }))) },
      FAIL: {
        actions: set(() => {
          throw new Error(`${name} failed`)
        }),
      },
    },
    output: from(({ context }) => ({ total: context.n })),
  })

/** The same, able to end. */
const mortal = (w: World, name = 'child') =>
  machine({
    id: name,
    initial: 'living',
    states: { living: { on: { END: 'end', INC: { actions: [add(), say(w, `${name} inc`)] } } }, end: { type: 'final' } },
    on: {
      FAIL: {
        actions: set(() => {
          throw new Error(`${name} failed`)
        }),
      },
    },
    output: from(({ context }) => ({ total: context.n })),
    exit: say(w, `${name} exit`),
  })

const jobs = {
  onDone: { target: 'ok', actions: note((_c, event) => event.output) },
  onError: { target: 'bad', actions: note((_c, event) => String((event.error as Error).message)) },
}

export const actorScenarios: readonly Scenario[] = [
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
