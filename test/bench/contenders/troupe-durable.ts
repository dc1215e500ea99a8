/**
 * Owns: our side of the durable comparisons: asks to durable counters, each answered after its turn was committed.
 * Does not own: the load (../load), the floors (floor).
 * Invariants: TR1 of troupe.
 */

import { createTroupe } from '#main'
import { benchPlace, type Engine } from '../bench-place.ts'
import type { ContenderMaker } from '../contender.ts'
import { durableCounter } from '../counter-actor.ts'
import { actorCount, durableRound } from '../load.ts'

const asks: ContenderMaker = async (engine) => {
  const { place, schema, clear } = await benchPlace(engine as Engine)
  const troupe = await createTroupe({ actors: [durableCounter], store: place, schema })
  const actors = Array.from({ length: actorCount }, (_, i) => troupe.actor(durableCounter, `c${i}`))
  await Promise.all(actors.map((actor) => actor.ask({ type: 'add', by: 1 }, { deadline: '60s' })))
  return {
    round: () => durableRound((at) => actors[at]!.ask({ type: 'add', by: 1 })),
    async close() {
      await troupe.stop()
      await clear()
    },
  }
}

export const contenders: { readonly [name: string]: ContenderMaker } = { asks }
