/**
 * Owns: the actors that the benchmarks run: a counter as a transition function, in memory and durable.
 * Does not own: the measuring, the counter as a machine (machine-counter).
 */

import { z } from 'zod'
import { defineActor } from '#runtime'

export const messages = { add: z.object({ by: z.number() }), get: z.object({}) }
export const replies = { get: z.number() }

export const counter = defineActor({
  kind: 'counter',
  version: 1,
  durability: 'volatile',
  messages,
  replies,
  logic: {
    initial: () => 0,
    transition(n: number, message, turn) {
      if (message.type === 'add') return n + message.by
      turn.reply(n)
      return n
    },
  },
})

export const durableCounter = defineActor({
  kind: 'durable-counter',
  version: 1,
  messages: { add: messages.add },
  replies: { add: z.number() },
  logic: {
    initial: () => 0,
    transition(n: number, message, turn) {
      turn.reply(n + message.by)
      return n + message.by
    },
  },
})
