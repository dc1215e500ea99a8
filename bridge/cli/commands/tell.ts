/**
 * Owns: `troupe tell`: one message to one actor.
 * Does not own: what the actor makes of it.
 * Invariants: CM1, CM2.
 */

import { formatAddress } from '#runtime'
import { addressArgument, messageArgument } from '../arguments.ts'
import { type CommandDefinition, listOf, textOf } from '../command.ts'

export const tellCommand: CommandDefinition = {
  usage: 'tell <address> <message...>',
  summary: 'send a message; returns when it can no longer be lost',
  arguments: { address: 'kind/key', message: 'a type and members (add by=2), or JSON with a type' },
  options: [{ flags: '--key <key>', summary: 'idempotency key: the same key is applied once' }],
  examples: ['tell counter/cart-7 add by=2', `tell counter/cart-7 '{"type":"add","by":2}' --key order-17`],
  async run(context, input) {
    const to = addressArgument(input)
    const message = messageArgument(listOf(input, 'message'))
    const key = textOf(input, 'key')
    await context.withSession((session) => session.tell(to, message, key === undefined ? {} : { idempotencyKey: key }))
    return {
      data: { told: formatAddress(to), message },
      lines: (style) => [`${style.paint('good', style.symbols.ok)} told ${formatAddress(to)}`],
    }
  },
}
