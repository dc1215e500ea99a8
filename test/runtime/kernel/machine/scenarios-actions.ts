/**
 * Owns: machines for the comparison with XState that use the built-in actions, inputs, outputs and errors.
 * Does not own: machines with children (scenarios-actors).
 */

import { enqueueActions, fromTransition } from 'xstate'
import type { Event, Scenario } from './differential.ts'
import {
  type Args,
  add,
  type Context,
  emitted,
  job,
  logged,
  machine,
  note,
  poke,
  port,
  raised,
  say,
  send,
  sends,
  set,
  stream,
  waits,
  when,
} from './scenario-parts.ts'

interface Enqueue {
  (action: unknown): void
  assign(update: object): void
  raise(event: object, options?: object): void
  emit(event: object): void
  cancel(id: string): void
}

type Collect = Args & { readonly enqueue: Enqueue; readonly check: (guard: unknown) => boolean }

const collect = (work: (args: Collect, params: { readonly by: number }) => void): never => enqueueActions(work as never) as never

export const actionScenarios: readonly Scenario[] = [
  {
    name: 'the order of exits, transition actions and entries',
    make: (w) =>
      machine({
        initial: 'a',
        states: {
          a: {
            exit: [say(w, 'exit 1'), add(), say(w, 'exit 2')],
            on: { GO: { target: 'b', actions: [say(w, 'go 1'), add(10), say(w, 'go 2')] } },
          },
          b: { entry: [say(w, 'entry 1'), add(100), say(w, 'entry 2')], on: { GO: 'a' } },
        },
      }),
    steps: sends('GO'),
  },
  {
    name: 'named actions with parameters',
    make: (w) =>
      machine(
        {
          on: {
            A: { actions: { type: 'told', params: { text: 'fixed' } } },
            B: {
              actions: [
                'plain',
                { type: 'told', params: ({ context, event }: Args) => ({ text: `${event.type} ${context.n}` }) },
              ],
            },
            C: { actions: { type: 'more', params: { by: 7 } } },
            D: { actions: 'missing' },
          },
        },
        {
          actions: {
            told: (_args: Args, { text }: { text: string }) => w.say(text),
            plain: add(),
            more: set(({ n }) => ({ n: n + 1 })),
          },
        },
      ),
    steps: sends('A', 'B', 'C', 'D'),
  },
  {
    name: 'enqueued actions',
    make: (w) =>
      machine(
        {
          initial: 'a',
          states: {
            a: {
              on: {
                GO: {
                  actions: collect(({ enqueue, check, context }) => {
                    enqueue.assign({ n: context.n + 1 })
                    enqueue(say(w, 'after the assign'))
                    if (check('odd')) enqueue.raise({ type: 'ODD' })
                    else enqueue.emit({ type: 'even', n: context.n })
                    enqueue('named')
                  }),
                },
                ODD: { target: 'a', reenter: true, actions: say(w, 'odd') },
              },
            },
          },
        },
        { guards: { odd: when(({ n }) => n % 2 === 1) }, actions: { named: say(w, 'named') } },
      ),
    steps: sends('GO'),
  },
  {
    name: 'enqueued actions that enqueue, with parameters',
    make: (w) =>
      machine(
        { on: { GO: { actions: { type: 'outer', params: { by: 3 } } } } },
        {
          actions: {
            outer: collect(({ enqueue }, { by }) => {
              enqueue(
                collect(({ enqueue: inner }) => {
                  inner.assign({ n: by })
                  inner(say(w, 'inner'))
                  inner.raise({ type: 'LATE' }, { delay: 10, id: 'late' })
                }),
              )
              enqueue(say(w, 'outer'))
              if (by > 3) enqueue.cancel('late')
            }),
          },
        },
      ),
    steps: [...sends('GO'), ...waits(10)],
  },
  {
    name: 'emitted events',
    make: (w) =>
      machine({
        initial: 'a',
        entry: emitted({ type: 'begun' }),
        states: {
          a: {
            on: {
              GO: {
                target: 'b',
                actions: [emitted(({ context }: Args) => ({ type: 'went', context }) as never), add(), say(w, 'went')],
              },
            },
          },
          b: { entry: [emitted({ type: 'in.b' }), add()], exit: emitted({ type: 'out.b' }), on: { GO: 'a' } },
        },
      }),
    steps: sends('GO'),
  },
  {
    name: 'log lines',
    make: (w) =>
      machine({
        entry: logged('begun'),
        on: {
          A: { actions: [logged('plain'), say(w, 'between'), logged(({ context }: Args) => context, 'labelled')] },
          B: { actions: logged((({ event }: Args) => event.type) as never) },
        },
      }),
    steps: sends('A', 'B'),
  },
  {
    name: 'an assign that throws',
    make: (w) =>
      machine({
        on: {
          ADD: { actions: [add(), say(w, 'added')] },
          BAD: {
            actions: set(({ n }) => {
              if (n > 1) throw new Error('too many')
              return { n: n + 1 }
            }),
          },
        },
      }),
    steps: sends('ADD', 'BAD'),
  },
  {
    name: 'a guard that throws',
    make: () =>
      machine({
        on: {
          ADD: { actions: add() },
          BAD: {
            guard: when(({ n }) => {
              if (n > 2) throw new Error('no such thing')
              return true
            }),
            actions: add(),
          },
        },
      }),
    steps: sends('ADD', 'BAD'),
  },
  {
    name: 'a first state that throws',
    make: () =>
      machine({
        entry: set(() => {
          throw new Error('never born')
        }),
      }),
    steps: sends('X'),
  },
  {
    name: 'a context made from input',
    make: () =>
      machine({
        context: ({ input }: { input: { n: number } }) => ({ n: input.n, list: ['born'] }),
        on: { ADD: { actions: [add(), note((_c, event) => event.type)] } },
      }),
    input: { n: 41 },
    steps: sends('ADD'),
  },
  {
    name: 'a machine that is done at once',
    make: (w) =>
      machine({
        initial: 'end',
        entry: say(w, 'short life'),
        states: { end: { type: 'final', output: 1 } },
        output: ({ event }: { event: { output: unknown } }) => event.output,
      }),
    steps: sends('X'),
  },
  {
    name: 'assigns of several kinds',
    make: () =>
      machine({
        context: { n: 0, list: [], deep: { a: { b: [1] } }, gone: 1 },
        on: {
          A: {
            actions: set((context) => ({ deep: { a: { b: [...(context.deep as { a: { b: number[] } }).a.b, context.n] } } })),
          },
          B: { actions: [set(() => ({ gone: undefined })), add()] },
          C: { actions: set(() => ({ text: 'ünïcode 🎭', nil: null, yes: true })) },
        },
      }),
    steps: sends('A', 'B', 'C'),
  },
  {
    name: 'events that carry data',
    make: () =>
      machine({
        on: {
          PUT: { actions: note((_c, event) => event.value) },
          DROP: { actions: set(({ list }) => ({ list: list.slice(1) })) },
        },
      }),
    steps: [
      { send: { type: 'PUT', value: { a: [1, { b: null }] } } },
      { send: { type: 'PUT', value: 'text' } },
      ...sends('DROP'),
    ],
  },
  {
    name: 'a machine that sends to itself',
    make: (w) =>
      machine({
        on: {
          A: { actions: [send((({ self }: Args) => self) as never, { type: 'B' }), raised({ type: 'C' }), say(w, 'a')] },
          B: { actions: [add(), say(w, 'b')] },
          C: { actions: [add(10), say(w, 'c')] },
          LATE: { actions: send((({ self }: Args) => self) as never, { type: 'B' }, { delay: 25, id: 'b' }) },
        },
      }),
    steps: [...sends('A', 'LATE'), ...waits(10, 25)],
  },
  {
    name: 'a transition logic as the root',
    make: () =>
      fromTransition(
        (state: { sum: number }, event: Event) => (event.type === 'ADD' ? { sum: state.sum + 1 } : state),
        ({ input }: { input: number }) => ({ sum: input }),
      ) as never,
    input: 3,
    steps: sends('ADD', 'OTHER'),
  },
  { name: 'a promise logic as the root', make: (w) => job(w, 'root'), steps: [poke('root', { answer: 42 }), ...sends('X')] },
  {
    name: 'a promise logic as the root that fails',
    make: (w) => job(w, 'root'),
    steps: [...sends('X'), poke('root', new Error('no'))],
  },
  {
    name: 'a callback logic as the root',
    make: (w) => port(w, 'root'),
    steps: [...sends('A', 'B'), poke('root', { type: 'UP' })],
  },
  {
    name: 'an observable logic as the root',
    make: (w) => stream(w, 'root'),
    steps: [poke('root', 1), poke('root', 'two'), poke('root', undefined)],
  },
  {
    name: 'an action that sends to its own actor',
    make: (w) =>
      machine({
        on: {
          A: { actions: [add(), ({ self }: { self: { send(event: object): void } }) => self.send({ type: 'B' }), say(w, 'a')] },
          B: { actions: [add(10), say(w, 'b')] },
        },
      }),
    steps: sends('A', 'B'),
  },
  {
    name: 'an eventless transition enters a state whose time then runs out',
    make: (w) =>
      machine({
        initial: 'idle',
        states: {
          idle: { on: { GO: 'check' } },
          check: {
            always: [
              { guard: when(({ n }: Context) => n % 2 === 0), target: 'wait' },
              { target: 'idle', actions: add() },
            ],
          },
          wait: { entry: say(w, 'wait'), after: { 30: { target: 'check', actions: add() } } },
        },
      }),
    steps: [...sends('GO'), ...waits(10, 30, 60)],
  },
]
