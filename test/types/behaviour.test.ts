import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assign, setup } from 'xstate'
import { z } from 'zod'
import { type AsksOf, defineActor, type MessagesOf, type ReplyOf, reply, type Troupe } from '#troupe'

/** True when the two types are the same, not only assignable to each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(claim: Same<A, B>): void => assert.equal(claim, true)
/** What is inside is compiled, never run: it says what must and what must not compile. */
const compiled = (_code: (troupe: Troupe) => unknown): void => undefined

const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number().int() }), get: z.object({}), reset: z.object({ to: z.coerce.number() }) },
  replies: { add: z.number(), get: z.object({ n: z.number() }) },
  logic: setup({
    types: {
      context: {} as { n: number },
      events: {} as { type: 'add'; by: number } | { type: 'get' } | { type: 'reset'; to: number },
    },
  }).createMachine({
    context: { n: 0 },
    on: {
      add: { actions: [assign({ n: ({ context, event }) => context.n + event.by }), reply(({ context }) => context.n)] },
      get: { actions: reply(({ context }) => ({ n: context.n })) },
    },
  }),
})

test('AH2: messages and replies are inferred from their schemas', () => {
  type Messages = MessagesOf<typeof counter>
  same<Extract<Messages, { type: 'add' }>, { type: 'add'; by: number }>(true)
  same<Messages['type'], 'add' | 'get' | 'reset'>(true)
  same<AsksOf<typeof counter>['type'], 'add' | 'get'>(true)
  same<ReplyOf<typeof counter, 'add'>, number>(true)
  same<ReplyOf<typeof counter, 'get'>, { n: number }>(true)
})

test('AH2: a wrong message does not compile', () => {
  compiled(async (troupe) => {
    const cart = troupe.actor(counter, 'cart-7')
    await cart.tell({ type: 'add', by: 2 })
    // @ts-expect-error because a text is no number
    await cart.tell({ type: 'add', by: '2' })
    // @ts-expect-error because a member is missing
    await cart.tell({ type: 'add' })
    // @ts-expect-error because there is no such message
    await cart.tell({ type: 'ad', by: 2 })
    // @ts-expect-error because a message needs its type
    await cart.tell({ by: 2 })
  })
})

test('AH2: an answer has the type of its reply schema, and what has no answer cannot be asked', () => {
  compiled(async (troupe) => {
    const cart = troupe.actor(counter, 'cart-7')
    const n: number = await cart.ask({ type: 'add', by: 1 }, { deadline: '2s' })
    const { n: m }: { n: number } = await cart.ask({ type: 'get' })
    // @ts-expect-error because the answer is a number
    const wrong: string = await cart.ask({ type: 'add', by: 1 })
    // @ts-expect-error because reset has no reply schema
    await cart.ask({ type: 'reset', to: 1 })
    // @ts-expect-error because a deadline has a unit
    await cart.ask({ type: 'get' }, { deadline: '2 seconds' })
    return [n, m, wrong]
  })
})

test('AH2: a transition function gets its own messages as their schemas give them', () => {
  compiled(() =>
    defineActor({
      kind: 'tally',
      version: 1,
      messages: { add: z.object({ by: z.coerce.number().default(1) }), stop: z.object({}) },
      replies: { add: z.number() },
      internal: { tick: z.object({ at: z.number() }) },
      logic: {
        initial: () => 0,
        transition(n: number, message, turn) {
          same<typeof message.type, 'add' | 'stop' | 'tick'>(true)
          if (message.type === 'add') {
            const by: number = message.by
            turn.reply(n + by)
            return n + by
          }
          // @ts-expect-error because only add has by
          return message.by
        },
      },
    }),
  )
})

test('AH2: a reply for a message that does not exist does not compile', () => {
  compiled(() => {
    const logic = { initial: () => 0, transition: (n: number) => n }
    defineActor({ kind: 'odd', version: 1, messages: { add: z.object({}) }, replies: { add: z.number() }, logic })
    // @ts-expect-error because there is no message get
    defineActor({ kind: 'odd', version: 1, messages: { add: z.object({}) }, replies: { get: z.number() }, logic })
  })
})

test('AH2: a behaviour needs kind, version, messages and logic, and its settings have types', () => {
  compiled(() => {
    const logic = { initial: () => 0, transition: (n: number) => n }
    // @ts-expect-error because version is missing
    defineActor({ kind: 'a', messages: {}, logic })
    // @ts-expect-error because there is no such durability
    defineActor({ kind: 'a', version: 1, messages: {}, logic, durability: 'sometimes' })
    // @ts-expect-error because there is no such overflow answer
    defineActor({ kind: 'a', version: 1, messages: {}, logic, mailbox: { overflow: 'explode' } })
  })
})
