/**
 * Owns: the actor of the frozen-owner test: it counts and answers with the count.
 * Does not own: who asks it.
 */

import { z } from 'zod'
import { defineActor } from '#runtime'

export const tally = defineActor({
  kind: 'tally',
  version: 1,
  messages: { add: z.object({}), get: z.object({}) },
  replies: { add: z.number(), get: z.number() },
  logic: {
    initial: () => 0,
    transition(n, message, turn) {
      const next = message.type === 'add' ? n + 1 : n
      turn.reply(next)
      return next
    },
  },
})
