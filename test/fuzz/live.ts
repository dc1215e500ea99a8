/**
 * Owns: malformed messages for actors that live: each tell is applied once or refused with an error of the catalogue.
 * Does not own: malformed values for functions (targets).
 */

import assert from 'node:assert/strict'
import { z } from 'zod'
import { createTroupe } from '#main'
import { address, defineActor, type Message, type Random, TroupeError } from '#runtime'
import { mutateValue } from './mutate.ts'

const counter = defineActor({
  kind: 'fuzzed',
  version: 1,
  messages: { add: z.object({ by: z.number().int().min(0).max(9), note: z.json().optional() }), get: z.object({}) },
  replies: { get: z.number() },
  logic: {
    initial: () => 0,
    transition(n, message, turn) {
      if (message.type === 'add') return n + message.by
      turn.reply(n)
      return n
    },
  },
})

/** Sends `count` messages, most of them malformed, and compares the actors with what was acknowledged. Returns how many were applied and refused. */
export async function fuzzLive(random: Random, count: number): Promise<{ readonly applied: number; readonly refused: number }> {
  const troupe = await createTroupe({ actors: [counter], store: 'memory' })
  const expected = new Map<string, number>()
  let applied = 0
  let refused = 0
  const send = async (): Promise<void> => {
    const key = `k${Math.floor(random.next() * 50)}`
    const message = mutateValue(random, { type: 'add', by: 3, note: { text: 'x' } }, false) as Message & { readonly by: number }
    // Read before it is sent: the value is what a schema that passes it would apply.
    const by = (message as { readonly by?: number } | null)?.by ?? 0
    try {
      await troupe.system.tell(address('fuzzed', key), message)
      expected.set(key, (expected.get(key) ?? 0) + by)
      applied++
    } catch (error) {
      assert.ok(
        TroupeError.is(error) && error.code !== 'internal' && error.code !== 'foreign',
        `not catalogued: ${String(error)}`,
      )
      refused++
    }
  }
  for (let sent = 0; sent < count; sent += 100) await Promise.all(Array.from({ length: Math.min(100, count - sent) }, send))
  for (const [key, total] of expected)
    assert.equal(await troupe.actor(counter, key).ask({ type: 'get' }), total, `state of ${key}`)
  assert.equal((await troupe.deadLetters()).length, 0, 'a refused message is told to its sender, it is no dead letter')
  await troupe.stop()
  return { applied, refused }
}
