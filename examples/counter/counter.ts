/**
 * Owns: the example: an XState machine as a durable actor.
 * Does not own: anything of Troupe.
 */

import { assign, setup } from 'xstate'
import { z } from 'zod'
import { createTroupe, defineActor, reply } from '#troupe'

export const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number().int() }), get: z.object({}) },
  replies: { add: z.number(), get: z.number() },
  logic: setup({
    types: { context: {} as { n: number }, events: {} as { type: 'add'; by: number } | { type: 'get' } },
  }).createMachine({
    context: { n: 0 },
    on: {
      add: { actions: [assign({ n: ({ context, event }) => context.n + event.by }), reply(({ context }) => context.n)] },
      get: { actions: reply(({ context }) => context.n) },
    },
  }),
})

/** @param store a folder or `postgres://…` */
export async function runCounter(store: string): Promise<number> {
  const troupe = await createTroupe({ actors: [counter], store })
  try {
    const cart = troupe.actor(counter, 'cart-7')
    // Resolves when the message can no longer be lost, whatever happens to this process afterwards.
    await cart.tell({ type: 'add', by: 2 })
    return await cart.ask({ type: 'get' }, { deadline: '2s' })
  } finally {
    await troupe.stop()
  }
}

if (import.meta.main) console.log(`cart-7 holds ${await runCounter('./.troupe-counter')}; run it again`)
