/**
 * Owns: the actor that the benchmarks in memory run: a counter as a transition function.
 * Does not own: the measuring.
 */

import { z } from 'zod'
import { type ActorTurn, defineActor } from '#runtime'

export const messages = { add: z.object({ by: z.number() }), get: z.looseObject({}) }
export const replies = { get: z.number() }

type CounterMessage = { readonly type: 'add'; readonly by: number } | { readonly type: 'get' }

export const counter = defineActor({
  kind: 'counter',
  version: 1,
  durability: 'volatile',
  messages,
  replies,
  logic: {
    initial: () => 0,
    transition(n: number, message: CounterMessage, turn: ActorTurn) {
      if (message.type === 'add') return n + message.by
      turn.reply(n)
      return n
    },
  },
})
