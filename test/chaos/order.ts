/**
 * Owns: the machine of the chaos load: one order each, which invokes a job, waits a moment, answers its caller and ends.
 * Does not own: the other actors (actors).
 */

import { assign, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { type AnyBehaviour, defineActor, fact, type ReplyToken, reply, replyToken } from '#runtime'

interface Context {
  readonly op: string
  readonly caller: ReplyToken | null
}

/** @param work the job: answers with `op@life`, as the worker's does */
export function order(work: (job: string, signal: AbortSignal) => Promise<string>): AnyBehaviour {
  const machine = setup({
    types: { context: {} as Context, events: {} as { type: 'place'; op: string } },
    actors: { work: fromPromise<string, string>(({ input, signal }) => work(input, signal)) },
  }).createMachine({
    context: { op: '', caller: null },
    initial: 'new',
    states: {
      new: {
        on: {
          place: {
            target: 'working',
            actions: [
              assign({ op: ({ event }) => event.op, caller: replyToken }),
              fact('placed', ({ event }) => ({ op: event.op })),
              fact('asked', ({ event }) => ({ op: event.op })),
            ],
          },
        },
      },
      working: {
        invoke: {
          src: 'work',
          input: ({ context }) => context.op,
          onDone: {
            target: 'packing',
            actions: fact('result', ({ event }) => {
              const [op, life] = event.output.split('@')
              return { op: op ?? '', life: Number(life) }
            }),
          },
        },
      },
      packing: { after: { 40: 'delivered' } },
      delivered: {
        entry: [fact('delivered', ({ context }) => ({ op: context.op })), reply(true, { to: ({ context }) => context.caller })],
        type: 'final',
      },
    },
  })
  return defineActor({
    kind: 'order',
    version: 1,
    messages: { place: z.object({ op: z.string() }) },
    replies: { place: z.boolean() },
    logic: machine,
  })
}
