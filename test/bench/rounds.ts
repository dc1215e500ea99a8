/**
 * Owns: the order of measuring: all contenders of a group are prepared, then asked round by round, and the median of each figure.
 * Does not own: what is compared (bench-case), how a contender measures.
 * Invariants: RO1 rounds are interleaved, and every second one runs backwards, so that a load of the machine that comes or goes meets all
 * sides alike. RO2 the first round of each contender is a warm-up and does not count.
 */

import type { Group, Side } from './bench-case.ts'
import { type Figures, labelOf, RemoteContender } from './contender.ts'

/** A measured comparison, as the JSON form of a bench has it. */
export interface Measured {
  readonly case: string
  readonly value: number
  readonly unit: string
  readonly peer?: string
  readonly peerValue?: number
  readonly ratio?: number
}

/** What a run says while it goes on; for the terminal. */
export type Progress = (line: string) => void

export async function measure(group: Group, rounds: number, progress: Progress): Promise<Measured[]> {
  const places = new Map(
    group.comparisons
      .flatMap(({ ours, peer }) => (peer ? [ours, peer] : [ours]))
      .map((side) => [labelOf(side.place), side.place]),
  )
  const living = new Map<string, RemoteContender>()
  const seen = new Map<string, Figures[]>()
  try {
    for (const [label, place] of places) {
      const contender = new RemoteContender(place)
      living.set(label, contender)
      if (await contender.prepare()) await contender.round()
      else {
        progress(`${label} cannot run on this machine`)
        await contender.close()
        living.delete(label)
      }
    }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [...living] : [...living].reverse()
      for (const [label, contender] of order) {
        const figures = await contender.round()
        seen.set(label, [...(seen.get(label) ?? []), figures])
      }
      progress(`${group.letter}: round ${round + 1} of ${rounds}`)
    }
  } finally {
    for (const contender of living.values()) await contender.close()
  }
  const value = (side: Side): number | undefined =>
    median((seen.get(labelOf(side.place)) ?? []).map((figures) => figures[side.figure] ?? Number.NaN))
  return group.comparisons.flatMap(({ name, unit, ours, peer }) => {
    const own = value(ours)
    if (own === undefined) return []
    const other = peer && value(peer)
    return [
      {
        case: name,
        value: own,
        unit,
        ...(peer && other !== undefined ? { peer: peer.label, peerValue: other, ratio: own / other } : {}),
      },
    ]
  })
}

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
