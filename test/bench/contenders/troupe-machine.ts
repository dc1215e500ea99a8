/**
 * Owns: our side of the comparison of machines: tells to a volatile machine actor.
 * Does not own: XState's side (xstate).
 * Invariants: TR1, TR2 of troupe.
 */

import { createTroupe } from '#main'
import type { ContenderMaker } from '../contender.ts'
import { machineCounter } from '../machine-counter.ts'
import { perSecond } from '../stopwatch.ts'

const tells = 225_000
const burst = 900

export const contenders: { readonly [name: string]: ContenderMaker } = {
  tell: async () => {
    const troupe = await createTroupe({ actors: [machineCounter], store: 'memory' })
    const actor = troupe.actor(machineCounter, 'm1')
    await actor.spawn()
    let sent = 0
    return {
      round: () =>
        perSecond(tells, async () => {
          for (let i = 0; i < tells; i += burst) {
            for (let j = 0; j < burst; j++) actor.tell({ type: 'add', by: 1 })
            sent += burst
            const seen = await actor.ask({ type: 'get' })
            if (seen !== sent) throw new Error(`sent ${sent} messages, the actor has taken ${seen}`)
          }
        }),
      close: () => troupe.stop(),
    }
  },
}
