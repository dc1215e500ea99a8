/**
 * Owns: one call of a language model by its canonical request key: single flight, the stored answer, hit, join or miss.
 * Does not own: the request (it is made anew from its recipe), the provider (model port), what is made of the answer (execution).
 * Invariants: T6. MC1 equal calls in flight cost one. MC2 an answered call is never made again. MC3 a failed call is told to all who wait, and the
 * next one who asks tries again.
 */

import { assign, enqueueActions, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { type Behaviour, defineActor, digestOf, type Json, type ReplyToken, reply, replyError, replyToken } from '#runtime'
import type { ModelResponse } from './cognition/language-model.ts'
import type { CallRecipe } from './thinking.ts'

/** What was paid for one call. */
export interface CallRecord {
  readonly response: ModelResponse
  /** US dollars; absent when the price of the model is not known. */
  readonly cost?: number
}

/** The answer to `fetch`. */
export interface FetchedCall extends CallRecord {
  readonly cache: 'hit' | 'joined' | 'miss'
}

const recipe = z.object({
  version: z.string(),
  step: z.string(),
  inputs: z.record(z.string(), z.json()),
  responses: z.array(z.custom<ModelResponse>()),
  model: z.string(),
})
const messages = { fetch: z.object({ recipe }) }
const replies = { fetch: z.custom<FetchedCall>() }

export type ModelCallActor = Behaviour<typeof messages, typeof replies>

interface Waiting {
  readonly token: ReplyToken
  readonly cache: 'miss' | 'joined'
}

interface Context {
  readonly recipe: CallRecipe | undefined
  readonly waiting: readonly Waiting[]
  readonly record: CallRecord | undefined
}

/** How a recipe becomes an answer: the only part of it that touches the world. `key` tells the provider which request it is. */
export type CallModel = (
  recipe: CallRecipe,
  options: { readonly key: string; readonly signal: AbortSignal },
) => Promise<CallRecord>

/** The behaviour; `call` makes the request of a recipe and sends it. */
export function modelCallActor(call: CallModel): ModelCallActor {
  const machine = setup({
    types: {
      context: {} as Context,
      events: {} as { type: 'fetch'; recipe: CallRecipe },
    },
    actors: {
      callModel: fromPromise<CallRecord, { recipe: CallRecipe; key: string }>(({ input, signal }) =>
        call(input.recipe, { key: input.key, signal }),
      ),
    },
  }).createMachine({
    id: 'model-call',
    initial: 'empty',
    context: { recipe: undefined, waiting: [], record: undefined },
    states: {
      empty: {
        on: {
          fetch: { target: 'calling', actions: assign((args) => ({ recipe: args.event.recipe, waiting: joined(args, 'miss') })) },
        },
      },
      calling: {
        invoke: {
          id: 'call',
          src: 'callModel',
          input: ({ context }) => ({ recipe: context.recipe!, key: digestOf(context.recipe) }),
          onDone: {
            target: 'answered',
            actions: [
              assign({ record: ({ event }) => event.output }),
              enqueueActions(({ enqueue, context }) => {
                for (const { token, cache } of context.waiting) enqueue(reply(fetched(context, cache), { to: token }))
              }),
              assign({ waiting: [] }),
            ],
          },
          onError: {
            target: 'empty',
            actions: [
              enqueueActions(({ enqueue, context, event }) => {
                for (const { token } of context.waiting) enqueue(replyError(() => event.error, { to: token }))
              }),
              assign({ waiting: [] }),
            ],
          },
        },
        on: { fetch: { actions: assign((args) => ({ waiting: joined(args, 'joined') })) } },
      },
      answered: {
        on: { fetch: { actions: reply(({ context }) => fetched(context, 'hit')) } },
      },
    },
  })
  return defineActor({ kind: 'model-call', version: 1, messages, replies, logic: machine })
}

/** Who waits, with the asker of the message at hand added; nobody is added when it was told, not asked. */
function joined(args: { readonly context: Context; readonly self: unknown }, cache: Waiting['cache']): readonly Waiting[] {
  const token = replyToken(args)
  return token ? [...args.context.waiting, { token, cache }] : args.context.waiting
}

function fetched(context: Context, cache: FetchedCall['cache']): Json {
  return { ...context.record!, cache } satisfies FetchedCall as unknown as Json
}
