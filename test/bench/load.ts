/**
 * Owns: the load of the durable benchmarks: a fixed number of messages in flight, each for another actor, and their latencies.
 * Does not own: what a message costs (contenders).
 * Invariants: LO1 no actor has two messages in flight, so that batches of one actor do not hide the cost of a commit.
 */

import type { Figures } from './contender.ts'
import { percentiles } from './stopwatch.ts'

/** How many messages are in flight, one setting after the other. */
export const inFlight: readonly number[] = [1, 64, 256]
/** How many actors there are; a multiple of each setting. */
export const actorCount = 1024
/** Milliseconds for which each setting is measured. */
const span = 1000

/** Sends one message to the actor with that number; resolves when its turn is committed and answered. */
export type Send = (actor: number) => Promise<unknown>

/** Figures `perSecond@N`, `p50@N` and `p99@N` (milliseconds) for each N of `inFlight`. */
export async function durableRound(send: Send): Promise<Figures> {
  const figures: { [figure: string]: number } = {}
  for (const count of inFlight) {
    const { latencies, milliseconds } = await hold(count, send)
    const { p50, p99 } = percentiles(latencies)
    figures[`perSecond@${count}`] = latencies.length / (milliseconds / 1000)
    figures[`p50@${count}`] = p50
    figures[`p99@${count}`] = p99
  }
  return figures
}

async function hold(count: number, send: Send): Promise<{ latencies: Float64Array; milliseconds: number }> {
  const taken: number[] = []
  const begun = performance.now()
  const lane = async (first: number): Promise<void> => {
    for (let actor = first; performance.now() - begun < span; actor = (actor + count) % actorCount) {
      const sent = performance.now()
      await send(actor)
      taken.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: count }, (_, first) => lane(first)))
  return { latencies: Float64Array.from(taken), milliseconds: performance.now() - begun }
}
