/**
 * Owns: the stream of operations of a chaos run, from a seed.
 * Does not own: how they are performed and recorded (client).
 */

import { type Random, seededRandom } from '#runtime'
import type { Operation } from './history.ts'

export const counters = 6
export const accounts = 6
export const alarms = 3
export const workers = 3

/** Endless operations; the same seed gives the same. @param longest milliseconds that a timer may take */
export function* operations(seed: number, longest = 1500): Generator<Operation> {
  const random = seededRandom(seed)
  for (let n = 1; ; n++) yield operation(`op${n}`, random, longest)
}

function operation(op: string, random: Random, longest: number): Operation {
  const pick = (many: number): string => String(Math.floor(random.next() * many))
  const chance = random.next()
  if (chance < 0.25) return { type: 'add', op, to: pick(counters), by: 1 + Math.floor(random.next() * 9), key: true, tell: false }
  if (chance < 0.4) return { type: 'add', op, to: pick(counters), by: 1, key: false, tell: random.next() < 0.5 }
  if (chance < 0.5) return { type: 'get', op, to: pick(counters), key: false, tell: false }
  if (chance < 0.58) return { type: 'order', op, to: op, key: true, tell: false }
  if (chance < 0.8) {
    const to = pick(accounts)
    return { type: 'transfer', op, to, other: pick(accounts), amount: 1 + Math.floor(random.next() * 50), key: true, tell: false }
  }
  if (chance < 0.9)
    return { type: 'arm', op, to: pick(alarms), delay: Math.floor(random.next() * longest), key: true, tell: true }
  return { type: 'run', op, to: pick(workers), key: true, tell: true }
}
