/**
 * Owns: the example: durable actors that send to each other, and a supervisor of the host's own.
 * Does not own: anything of Troupe.
 */

import { z } from 'zod'
import { createTroupe, defineActor, startServer } from '#troupe'

const account = defineActor({
  kind: 'account',
  version: 1,
  messages: {
    deposit: z.object({ amount: z.number().positive() }),
    send: z.object({ to: z.string(), amount: z.number().positive() }),
    balance: z.object({}),
  },
  replies: { send: z.boolean(), balance: z.number() },
  logic: {
    initial: () => 0,
    transition(balance, message, turn) {
      if (message.type === 'deposit') return balance + message.amount
      if (message.type === 'balance') {
        turn.reply(balance)
        return balance
      }
      if (balance < message.amount) {
        turn.reply(false)
        return balance
      }
      // Committed together with the new balance: the message leaves if and only if the money is off this account.
      turn.tell({ kind: 'account', key: message.to }, { type: 'deposit', amount: message.amount })
      turn.reply(true)
      return balance - message.amount
    },
  },
})

/** Moves money round between three accounts and returns their balances, when all of it has arrived. */
export async function runTransfers(store: string): Promise<readonly number[]> {
  const troupe = await createTroupe({ actors: [account], store })
  try {
    // A child that crashes at its first message, is started again, and then works: the host's own supervisor sees to it.
    let started = 0
    const supervisor = await troupe.supervise('clerks', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'clerk',
          start: startServer(() => {
            const life = ++started
            return {
              handle(signal) {
                if (signal.signal !== 'call') return
                if (life === 1) throw new Error('the first clerk always faints')
                signal.reply(`clerk ${life}`)
              },
            }
          }),
        },
      ],
    })
    const names = ['ann', 'ben', 'cem']
    const accounts = names.map((name) => troupe.actor(account, name))
    const before = await Promise.all(accounts.map((one) => one.ask({ type: 'balance' })))
    await accounts[0]!.tell({ type: 'deposit', amount: 90 })
    const total = before.reduce((sum, balance) => sum + balance, 0) + 90
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => accounts[n % 3]!.ask({ type: 'send', to: names[(n + 1) % 3]!, amount: 10 })),
    )
    for (;;) {
      const balances = await Promise.all(accounts.map((one) => one.ask({ type: 'balance' })))
      if (balances.reduce((sum, balance) => sum + balance, 0) !== total) continue
      const [clerk] = await supervisor.whichChildren()
      if (typeof clerk?.ref !== 'object') throw new Error('the clerk is not there')
      return balances
    }
  } finally {
    await troupe.stop()
  }
}

if (import.meta.main) console.log('balances of ann, ben and cem:', (await runTransfers('./.troupe-transfers')).join(', '))
