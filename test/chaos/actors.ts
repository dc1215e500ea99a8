/**
 * Owns: the actors of the chaos load: counters, accounts, alarms, workers. Each turn that matters writes a fact, so that a checker can count turns.
 * Does not own: what is done with them (load), what must hold (checker).
 */

import { z } from 'zod'
import { type AnyBehaviour, address, defineActor, type ReplyToken } from '#runtime'

const op = z.string()

/** Adds, and answers with the sum after it. */
export const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ op, by: z.number() }), get: z.object({}) },
  replies: { add: z.number(), get: z.number() },
  logic: {
    initial: () => 0,
    transition(n: number, message, turn) {
      if (message.type === 'get') {
        turn.reply(n)
        return n
      }
      turn.fact('added', { op: message.op, n: n + message.by })
      turn.reply(n + message.by)
      return n + message.by
    },
  },
})

export const openingBalance = 1000

interface Account {
  readonly balance: number
  /** Callers of transfers that are not confirmed yet. */
  readonly waiting: { readonly [op: string]: ReplyToken }
}

/** Moves money to another account: withdrawn here, deposited there, confirmed back here; the caller is answered with the last turn. */
export const account = defineActor({
  kind: 'account',
  version: 1,
  messages: {
    transfer: z.object({ op, to: z.string(), amount: z.number() }),
    deposit: z.object({ op, amount: z.number() }),
  },
  replies: { transfer: z.boolean(), deposit: z.string() },
  internal: { deposited: z.object({ value: z.string().optional(), error: z.unknown().optional() }) },
  logic: {
    initial: (): Account => ({ balance: openingBalance, waiting: {} }),
    transition(state: Account, message, turn): Account {
      if (message.type === 'transfer') {
        if (state.balance < message.amount) {
          turn.fact('refused', { op: message.op })
          turn.reply(false)
          return state
        }
        turn.fact('withdrawn', { op: message.op, amount: message.amount })
        turn.tell(
          address('account', message.to),
          { type: 'deposit', op: message.op, amount: message.amount },
          { replyAs: 'deposited' },
        )
        const token = turn.replyToken()
        const waiting = token ? { ...state.waiting, [message.op]: token } : state.waiting
        return { balance: state.balance - message.amount, waiting }
      }
      if (message.type === 'deposit') {
        turn.fact('deposited', { op: message.op, amount: message.amount })
        turn.reply(message.op)
        return { ...state, balance: state.balance + message.amount }
      }
      const done = message.value ?? 'failed'
      turn.fact('confirmed', { op: done })
      const { [done]: token, ...waiting } = state.waiting
      if (token) turn.reply(true, token)
      return { ...state, waiting }
    },
  },
})

/** Arms a timer per request; each fires as a fact. */
export const alarm = defineActor({
  kind: 'alarm',
  version: 1,
  messages: { arm: z.object({ op, delay: z.number() }) },
  internal: { ring: z.object({ op, due: z.number() }) },
  logic: {
    initial: () => 0,
    transition(rung: number, message, turn) {
      if (message.type === 'ring') {
        turn.fact('rang', { op: message.op, late: turn.now - message.due })
        return rung + 1
      }
      turn.fact('armed', { op: message.op })
      turn.after(message.op, message.delay, { type: 'ring', op: message.op, due: turn.now + message.delay })
      return rung
    },
  },
})

/** Does a job as an effect; its result is a fact. */
export function worker(work: (job: string, signal: AbortSignal) => Promise<string>): AnyBehaviour {
  return defineActor({
    kind: 'worker',
    version: 1,
    messages: { run: z.object({ op }) },
    internal: { worked: z.object({ value: z.string().optional(), error: z.unknown().optional() }) },
    effects: { work: (job: string, { signal }) => work(job, signal) },
    logic: {
      initial: () => 0,
      transition(done: number, message, turn) {
        if (message.type === 'run') {
          turn.fact('asked', { op: message.op })
          turn.effect('work', message.op, 'worked')
          return done
        }
        // The effect answers with `op@life`.
        const [job, life] = (message.value ?? 'failed@0').split('@')
        turn.fact('result', { op: job ?? '', life: Number(life) })
        return done + 1
      },
    },
  })
}
