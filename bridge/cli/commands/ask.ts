/**
 * Owns: `troupe ask`: one message to one actor, and its answer.
 * Does not own: what the actor makes of it.
 * Invariants: CM1, CM2.
 */

import { type Duration, formatAddress, milliseconds } from '#runtime'
import { addressArgument, messageArgument } from '../arguments.ts'
import { type CommandDefinition, listOf, textOf } from '../command.ts'
import { printable } from '../render/columns.ts'

export const askCommand: CommandDefinition = {
  usage: 'ask <address> <message...>',
  summary: 'send a message and print the answer as JSON',
  arguments: { address: 'kind/key', message: 'a type and members (add by=2), or JSON with a type' },
  options: [
    { flags: '--deadline <duration>', summary: 'how long to wait: 250ms, 2s, 5m (default 5s)' },
    { flags: '--key <key>', summary: 'idempotency key: the same key gives the recorded answer' },
  ],
  examples: ['ask counter/cart-7 get', 'ask counter/cart-7 add by=2 --deadline 500ms'],
  async run(context, input) {
    const to = addressArgument(input)
    const message = messageArgument(listOf(input, 'message'))
    const deadline = textOf(input, 'deadline') as Duration | undefined
    if (deadline !== undefined) milliseconds(deadline)
    const key = textOf(input, 'key')
    const options = {
      ...(deadline === undefined ? {} : { deadline }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    }
    const answer = await context.withSession((session) => session.ask(to, message, options))
    return {
      data: { asked: formatAddress(to), answer },
      // Not folded, so that what is printed is JSON also for a pipe.
      lines: () => printable(JSON.stringify(answer, null, 2)).split('\n'),
    }
  },
}
