/**
 * Owns: the machine of the benchmarks as an actor of ours: the same machine, and an answer to `get`.
 * Does not own: the machine (counter-machine).
 */

import { defineActor, reply } from '#troupe'
import { messages, replies } from './counter-actor.ts'
import { counterMachine } from './counter-machine.ts'

export const machineCounter = defineActor({
  kind: 'machine-counter',
  version: 1,
  durability: 'volatile',
  messages,
  replies,
  logic: counterMachine.provide({ actions: { answer: reply(({ context }) => context.n) } }),
})
