/**
 * Owns: XState itself as a contender: its interpreter's `send`, its pure `transition`, its `createActor`.
 * Does not own: the machine (../counter-machine).
 * Invariants: XS1 the same machine and the same events as ours.
 */

import { createActor, initialTransition, transition } from 'xstate'
import type { ContenderMaker } from '../contender.ts'
import { counterMachine } from '../counter-machine.ts'
import { heapPer, perSecond } from '../stopwatch.ts'

const events = 200_000
const actors = 20_000

export const contenders: { readonly [name: string]: ContenderMaker } = {
  send: async () => {
    const actor = createActor(counterMachine).start()
    return {
      round: () =>
        perSecond(events, async () => {
          for (let i = 0; i < events; i++) actor.send({ type: 'add', by: 1 })
        }),
      close: async () => void actor.stop(),
    }
  },
  transition: async () => {
    let [snapshot] = initialTransition(counterMachine)
    return {
      round: () =>
        perSecond(events, async () => {
          for (let i = 0; i < events; i++) [snapshot] = transition(counterMachine, snapshot, { type: 'add', by: 1 })
        }),
      close: async () => undefined,
    }
  },
  spawn: async () => ({
    round: async () => {
      const made: unknown[] = []
      return heapPer(
        actors,
        () => made.length,
        async () => {
          for (let i = 0; i < actors; i++) made.push(createActor(counterMachine).start())
        },
      )
    },
    close: async () => undefined,
  }),
}
