/**
 * Owns: one run of one program version: its steps in order, its end, who waits for it.
 * Does not own: versions (program actors), calls and their cache (model-call actors), its state's changes (execution-state).
 * Invariants: T6. EX1 pending → running → completed | failed | cancelled, and an ended run never changes.
 */

import { assign, enqueueActions, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import {
  address,
  type Behaviour,
  defineActor,
  type ErrorData,
  errorData,
  fact,
  type Json,
  type ReplyToken,
  reply,
  replyToken,
  tell,
} from '#runtime'
import { actorErrors } from './actor-errors.ts'
import { type ExecutionInput, type ExecutionState, newExecution, thinkOn, traceOf, withAnswer } from './execution-state.ts'
import { type ExecutionStatus, type ExecutionTrace, totalsOf } from './execution-trace.ts'
import type { FetchedCall } from './model-call.actor.ts'
import type { Thinking } from './thinking.ts'

const messages = { start: z.object({}), cancel: z.object({}), get: z.object({}), result: z.object({}) }
const replies = { get: z.custom<ExecutionTrace>(), result: z.custom<ExecutionTrace>(), cancel: z.boolean() }

export type ExecutionActor = Behaviour<typeof messages, typeof replies>

type Events =
  | { type: 'start' }
  | { type: 'cancel' }
  | { type: 'get' }
  | { type: 'result' }
  | { type: 'answered'; value?: FetchedCall; error?: ErrorData }

/** The behaviour of executions over a way of thinking. @param now wall time in milliseconds, for the trace */
export function executionActor(thinking: Thinking, now: () => number): ExecutionActor {
  const machine = setup({
    types: { context: {} as ExecutionState, events: {} as Events, input: {} as ExecutionInput },
    actors: { learn: fromPromise<void, { version: string }>(({ input }) => thinking.learn(input.version)) },
    guards: {
      knows: ({ context }) => thinking.knows(context.hash),
      needsCall: ({ context }) => context.thought?.next === 'call',
      hasFailed: ({ context }) => context.thought?.next === 'failed',
      isDone: ({ context }) => context.thought?.next === 'outputs',
      answerFailed: ({ event }) => event.type === 'answered' && event.value === undefined,
    },
    actions: {
      answer: reply(({ context }) => traceOf(context) as unknown as Json),
      begin: assign({ status: 'running', startedAt: () => now() }),
      think: assign(({ context }) => thinkOn(context, thinking, now())),
      takeAnswer: assign(({ context, event }) => (event.type === 'answered' ? withAnswer(context, event, now()) : {})),
      call: enqueueActions(({ enqueue, context }) => {
        if (context.thought?.next !== 'call') return
        const { key, recipe } = context.thought
        enqueue(tell(address('model-call', key), { type: 'fetch', recipe }, { replyAs: 'answered' }))
      }),
      keepWaiting: assign({ waiting: (args) => withToken(args.context.waiting, replyToken(args)) }),
      keepThoughtError: assign({
        error: ({ context }) => (context.thought?.next === 'failed' ? context.thought.error : context.error),
      }),
      keepResult: assign({ result: ({ context }) => (context.thought?.next === 'outputs' ? context.thought.outputs : null) }),
      completed: end('completed', now),
      failed: end('failed', now),
      cancelled: end('cancelled', now),
    },
  }).createMachine({
    id: 'execution',
    initial: 'pending',
    context: ({ input }) => newExecution(input),
    on: { get: { actions: 'answer' } },
    states: {
      pending: {
        on: { start: 'running', cancel: { target: 'cancelled', actions: reply(true) }, result: { actions: 'keepWaiting' } },
      },
      running: {
        initial: 'ready',
        entry: 'begin',
        on: { cancel: { target: 'cancelled', actions: reply(true) }, result: { actions: 'keepWaiting' } },
        states: {
          // A version is content-addressed: whether it is in memory changes how long a step takes, never what it comes to.
          ready: { always: [{ guard: 'knows', target: 'thinking' }, { target: 'learning' }] },
          learning: {
            invoke: {
              src: 'learn',
              input: ({ context }) => ({ version: context.hash }),
              onDone: 'thinking',
              onError: { target: '#execution.failed', actions: assign({ error: ({ event }) => errorData(event.error) }) },
            },
          },
          thinking: {
            entry: 'think',
            always: [
              { guard: 'needsCall', target: 'calling' },
              { guard: 'hasFailed', target: '#execution.failed', actions: 'keepThoughtError' },
              { guard: 'isDone', target: '#execution.completed', actions: 'keepResult' },
              { target: 'thinking', reenter: true },
            ],
          },
          calling: {
            entry: 'call',
            on: {
              answered: [
                { guard: 'answerFailed', target: '#execution.failed', actions: 'takeAnswer' },
                { target: 'ready', actions: 'takeAnswer' },
              ],
            },
          },
        },
      },
      completed: { entry: 'completed', on: { result: { actions: 'answer' }, cancel: { actions: reply(false) } } },
      failed: { entry: 'failed', on: { result: { actions: 'answer' }, cancel: { actions: reply(false) } } },
      cancelled: { entry: 'cancelled', on: { result: { actions: 'answer' }, cancel: { actions: reply(false) } } },
    },
  })
  return defineActor({ kind: 'execution', version: 1, messages, replies, logic: machine })
}

/** Sets the end, writes it into the journal, and tells all who waited. */
function end(status: Extract<ExecutionStatus, 'completed' | 'failed' | 'cancelled'>, now: () => number) {
  return enqueueActions<ExecutionState, Events, undefined, Events, never, never, never, never, never>(({ enqueue, context }) => {
    const error =
      status === 'cancelled' ? actorErrors.make('execution.cancelled', { execution: context.execution }).toJSON() : context.error
    const last: ExecutionState = { ...context, status, endedAt: now(), error: status === 'completed' ? null : error }
    const trace = traceOf(last)
    enqueue(assign({ status, endedAt: last.endedAt, error: last.error, waiting: [], thought: null }))
    enqueue(
      fact(`execution.${status}`, { program: context.program, version: context.version, ...totalsOf(trace) } as unknown as Json),
    )
    for (const token of context.waiting) enqueue(reply(trace as unknown as Json, { to: token }))
  })
}

function withToken(waiting: readonly ReplyToken[], token: ReplyToken | null | undefined): readonly ReplyToken[] {
  return token ? [...waiting, token] : waiting
}
