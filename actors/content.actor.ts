/**
 * Owns: one immutable value under its own digest: graphs of program versions, pages of data sets.
 * Does not own: what the value means.
 * Invariants: CN1 a value is only ever found under the SHA-256 of its canonical JSON. CN2 it never changes; putting it again changes nothing.
 */

import { z } from 'zod'
import { type Behaviour, defineActor, digestOf, type Json, kernelErrors } from '#runtime'

const messages = { put: z.object({ value: z.custom<Json>((value) => value !== undefined) }), get: z.object({}) }
const replies = { put: z.string(), get: z.custom<Json>() }

export type ContentActor = Behaviour<typeof messages, typeof replies>

/** State of an address under which nothing was put yet. */
const nothing = { put: false, value: null } as const
type State = { readonly put: boolean; readonly value: Json }

export const contentActor: ContentActor = defineActor({
  kind: 'content',
  version: 1,
  messages,
  replies,
  logic: {
    initial: (): State => nothing,
    transition(state: State, message, turn): State {
      if (message.type === 'get') {
        turn.reply(state.value)
        return state
      }
      const digest = digestOf(message.value)
      if (digest !== turn.self.key) {
        turn.fail(kernelErrors.make('content.mismatch', { key: turn.self.key, digest }))
        return state
      }
      turn.reply(digest)
      return state.put ? state : { put: true, value: message.value }
    },
  },
})
