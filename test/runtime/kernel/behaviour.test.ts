/**
 * Owns: what `defineActor` takes and refuses, and the checks that a behaviour makes.
 * Does not own: inferred types (test/types), quarantine in a living system (test/runtime/delivery).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { behaviourTable, checkMessage, checkReply, defineActor, upcastState } from '../../../runtime/kernel/behaviour.ts'
import { TroupeError } from '../../../runtime/kernel/errors.ts'

const to = { kind: 'counter', key: 'c1' }
const logic = { initial: () => 0, transition: (n: number) => n }
const good = {
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number().default(1) }) },
  replies: { add: z.number() },
  logic,
}

function refused(run: () => unknown, code: string): TroupeError {
  try {
    run()
  } catch (error) {
    assert.ok(TroupeError.is(error, code), String(error))
    return error
  }
  assert.fail('it was not refused')
}

const wrong: readonly { readonly what: string; readonly change: object; readonly code?: string; readonly says: RegExp }[] = [
  { what: 'a version that is no integer', change: { version: 1.5 }, says: /version must be an integer ≥ 1, got 1\.5/ },
  { what: 'version 0', change: { version: 0 }, says: /got 0/ },
  { what: 'a kind that is no identifier', change: { kind: 'a b' }, code: 'address.invalid', says: /kind/ },
  {
    what: 'a schema that is none',
    change: { messages: { add: { by: 'number' } } },
    says: /messages\.add is not a Standard Schema/,
  },
  { what: 'messages that are no object', change: { messages: null }, says: /messages/ },
  { what: 'a reply schema that is none', change: { replies: { add: 7 } }, says: /replies\.add is not a Standard Schema/ },
  {
    what: 'a reply to no message',
    change: { replies: { sub: z.number() } },
    says: /replies has "sub", which is no message; messages are add/,
  },
  { what: 'a durability that is not known', change: { durability: 'durabel' }, says: /durability must be/ },
  { what: 'a durable actor that would drop messages', change: { mailbox: { overflow: 'drop-oldest' } }, says: /may only refuse/ },
  { what: 'a mailbox without room', change: { mailbox: { limit: 0 } }, says: /mailbox\.limit must be a number > 0/ },
  { what: 'tries that are no number', change: { tries: Number.NaN }, says: /tries/ },
  { what: 'a negative idle time-out', change: { idleTimeout: -1 }, says: /idleTimeout/ },
  { what: 'a retention of nothing', change: { replyRetention: 0 }, says: /replyRetention/ },
  {
    what: 'logic that is none',
    change: { logic: { go: 1 } },
    says: /logic must be an XState machine or \{ initial, transition \}/,
  },
  { what: 'no logic', change: { logic: undefined }, says: /logic must be/ },
]

for (const { what, change, code = 'behaviour.invalid', says } of wrong) {
  test(`defineActor refuses ${what}`, () => {
    const error = refused(() => defineActor({ ...good, ...change } as never), code)
    assert.match(error.message, says)
  })
}

test('defineActor refuses what is no object', () => {
  for (const value of [null, undefined, 7, 'counter']) refused(() => defineActor(value as never), 'behaviour.invalid')
})

test('defineActor fills in what is left out', () => {
  const { durability, mailbox, tries, idleTimeout } = defineActor(good)
  assert.deepEqual(
    { durability, mailbox, tries, idleTimeout },
    { durability: 'durable', mailbox: { limit: 1000, overflow: 'refuse' }, tries: 5, idleTimeout: 60_000 },
  )
})

test('B1 SC1 a message passes as its schema gives it, and names of Object are no messages', () => {
  const behaviour = defineActor(good)
  assert.deepEqual(checkMessage(behaviour, to, { type: 'add' }), { type: 'add', by: 1 })
  for (const type of ['toString', '__proto__', 'constructor', 'hasOwnProperty'])
    refused(() => checkMessage(behaviour, to, { type }), 'message.unknown_type')
  for (const message of [null, undefined, 7, 'add', [], { by: 1 }])
    refused(() => checkMessage(behaviour, to, message), 'message.unknown_type')
})

test('B1 a message that does not fit is refused with path, expectation and what came', () => {
  const error = refused(() => checkMessage(defineActor(good), to, { type: 'add', by: 'two' }), 'message.invalid')
  assert.deepEqual([error.fields.path, error.fields.got], ['by', '"two"'])
})

test('a reply is checked against the schema of its message, and one without schema passes', () => {
  const behaviour = defineActor(good)
  assert.equal(checkReply(behaviour, to, 'add', 3), 3)
  refused(() => checkReply(behaviour, to, 'add', 'three'), 'reply.invalid')
  assert.equal(checkReply(behaviour, to, 'toString', 'anything'), 'anything')
})

test('B2 a kind that is given twice is refused with what differs, the same object twice is not', () => {
  const one = defineActor(good)
  assert.equal(behaviourTable([one, one]).size, 1)
  assert.match(
    refused(() => behaviourTable([one, defineActor({ ...good, version: 2 })]), 'actor.duplicate_kind').message,
    /version 1, the other 2/,
  )
  const more = defineActor({ ...good, messages: { ...good.messages, get: z.object({}) } })
  assert.match(refused(() => behaviourTable([one, more]), 'actor.duplicate_kind').message, /add \/ add, get/)
  assert.match(refused(() => behaviourTable([one, defineActor(good)]), 'actor.duplicate_kind').message, /two different objects/)
})

test('B3 a state goes through each upcaster once, in order; a gap, a newer state and a throw are quarantined', () => {
  const steps: number[] = []
  const step = (from: number) => (state: unknown) => {
    steps.push(from)
    return { n: (state as { n: number }).n + 1 }
  }
  const behaviour = defineActor({ ...good, version: 4, upcast: { 1: step(1), 2: step(2), 3: step(3) } })
  assert.deepEqual(upcastState(behaviour, to, 2, { user: { n: 0 }, next: 1, effects: {} }), {
    user: { n: 2 },
    next: 1,
    effects: {},
  })
  assert.deepEqual(steps, [2, 3])
  assert.match(
    refused(() => upcastState(behaviour, to, 5, {}), 'actor.quarantined').message,
    /version 5, this code has version 4/,
  )
  const gap = defineActor({ ...good, version: 4, upcast: { 1: step(1), 3: step(3) } })
  assert.match(refused(() => upcastState(gap, to, 1, { user: { n: 0 } }), 'actor.quarantined').message, /from version 2 to 3/)
  const broken = defineActor({
    ...good,
    version: 2,
    upcast: {
      1: () => {
        throw new Error('no')
      },
    },
  })
  assert.equal((refused(() => upcastState(broken, to, 1, { user: 0 }), 'actor.quarantined').cause as Error).message, 'no')
})
