/**
 * Owns: our side of the comparisons in memory: tells, asks and starts of a volatile transition actor, through the public door.
 * Does not own: machines (troupe-machine), durable turns (troupe-durable), what is compared (local-cases).
 * Invariants: TR1 everything goes through `createTroupe` and a handle, supervised, as an app would do it. TR2 each round proves that every message
 * was taken, otherwise a lost message would look like speed.
 */

import { createTroupe } from '#main'
import { createProcesses, killed, realSources, type Server, type Signal, type StartResult } from '#runtime'
import type { ContenderMaker } from '../contender.ts'
import { counter } from '../counter-actor.ts'
import { heapPer, perSecond } from '../stopwatch.ts'

const tells = 900_000
/** Below the default limit of a mailbox, so that nothing is refused; then an ask waits until all of them were taken. */
const burst = 900
const asks = 200_000
const concurrentAsks = 64
const starts = 50_000

async function running() {
  return createTroupe({ actors: [counter], store: 'memory' })
}

/** A bare process that counts, as the peer's gen_server does. */
class CountingServer implements Server {
  #n = 0

  handle(signal: Signal): void {
    if (signal.signal === 'call') signal.reply(this.#n)
    else this.#n++
  }
}

export const contenders: { readonly [name: string]: ContenderMaker } = {
  tell: async () => {
    const troupe = await running()
    const actor = troupe.actor(counter, 'c1')
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

  ask: async () => {
    const troupe = await running()
    const actor = troupe.actor(counter, 'c1')
    await actor.spawn()
    return {
      round: () =>
        perSecond(asks, async () => {
          for (let i = 0; i < asks; i++) await actor.ask({ type: 'get' })
        }),
      close: () => troupe.stop(),
    }
  },

  'ask-concurrent': async () => {
    const troupe = await running()
    const actor = troupe.actor(counter, 'c1')
    await actor.spawn()
    const caller = async (): Promise<void> => {
      for (let i = 0; i < asks / concurrentAsks; i++) await actor.ask({ type: 'get' })
    }
    return {
      round: () => perSecond(asks, async () => void (await Promise.all(Array.from({ length: concurrentAsks }, caller)))),
      close: () => troupe.stop(),
    }
  },

  spawn: async () => {
    const troupe = await running()
    let generation = 0
    let last: readonly string[] = []
    return {
      async round() {
        for (const key of last) await troupe.actor(counter, key).stop()
        const keys = Array.from({ length: starts }, (_, i) => `${generation}-${i}`)
        generation++
        const figures = await heapPer(
          starts,
          () => keys.length,
          async () => {
            for (let i = 0; i < starts; i += 1000)
              await Promise.all(keys.slice(i, i + 1000).map((key) => troupe.actor(counter, key).spawn()))
          },
        )
        last = keys
        return figures
      },
      close: () => troupe.stop(),
    }
  },

  process: async () => {
    const processes = createProcesses({ sources: realSources() })
    let last: readonly StartResult[] = []
    return {
      async round() {
        for (const one of last) if (one.started === 'ok') processes.exit(one.ref, killed)
        const made: StartResult[] = []
        const figures = await heapPer(
          starts,
          () => made.length,
          async () => {
            for (let i = 0; i < starts; i++) made.push(await processes.spawn(new CountingServer()))
          },
        )
        last = made
        return figures
      },
      close: async () => processes.deadlines.stop(),
    }
  },
}
