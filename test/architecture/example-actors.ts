/**
 * Owns: the counter actor and the Troupe that examples speak of without making them.
 * Does not own: the examples.
 * Invariants: ES1.
 */

import { z } from 'zod'
import { createTroupe, defineActor } from '#troupe'

export const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number() }), get: z.object({}) },
  replies: { add: z.number(), get: z.number() },
  logic: {
    initial: () => 0,
    transition(n: number, message, turn) {
      const next = message.type === 'add' ? n + message.by : n
      turn.reply(next)
      return next
    },
  },
})

export const troupe = await createTroupe({ actors: [counter], store: 'memory' })
export const cart = troupe.actor(counter, 'cart-7')
