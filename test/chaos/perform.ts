/**
 * Owns: performing an operation of the load on a runtime.
 * Does not own: which operations (load), what came of them (client).
 */

import { type Address, address, type Message, type System } from '#runtime'
import type { Operation } from './history.ts'

interface Call {
  readonly to: Address
  readonly message: Message
}

const calls: { readonly [T in Operation['type']]: (operation: Extract<Operation, { type: T }>) => Call } = {
  add: ({ op, to, by }) => call('counter', to, { type: 'add', op, by }),
  get: ({ to }) => call('counter', to, { type: 'get' }),
  transfer: ({ op, to, other, amount }) => call('account', to, { type: 'transfer', op, to: other, amount }),
  arm: ({ op, to, delay }) => call('alarm', to, { type: 'arm', op, delay }),
  order: ({ op, to }) => call('order', to, { type: 'place', op }),
  run: ({ op, to }) => call('worker', to, { type: 'run', op }),
}

function call(kind: string, key: string, message: Message & { readonly [member: string]: unknown }): Call {
  return { to: address(kind, key), message }
}

/** Resolves with the answer, or undefined for a tell. @param deadline milliseconds */
export function perform(system: Pick<System, 'tell' | 'ask'>, operation: Operation, deadline: number): Promise<unknown> {
  const { to, message } = (calls[operation.type] as (operation: Operation) => Call)(operation)
  const options = operation.key ? { idempotencyKey: operation.op } : {}
  return operation.tell ? system.tell(to, message, options) : system.ask(to, message, { ...options, deadline })
}
