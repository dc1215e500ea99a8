/**
 * Owns: the table of the timers that a cell has armed: which id belongs to which delayed event of which actor.
 * Does not own: their due times and payloads (rows of the store), when they fire (the cell).
 * Invariants: AT1 a table is never changed, a new one is made, so that an earlier state of the cell stays whole. AT2 an id is armed once at a time.
 */

/** One armed timer. */
export interface Armed {
  readonly id: string
  /** The name that `cancel` knows it by. */
  readonly name: string
  /** Key of the actor that armed it. */
  readonly source: string
  /** False for one whose name was used again while it waited: it still fires, but `cancel` means the newer one. */
  readonly latest: boolean
}

export type ArmedTimers = ReadonlyMap<string, Armed>

export const noTimers: ArmedTimers = new Map()

/** Adds a timer. `fresh` makes its id different from every other one when the plain one is taken. */
export function arm(timers: ArmedTimers, source: string, name: string, fresh: () => number): { timers: ArmedTimers; id: string } {
  const next = new Map(timers)
  const older = latest(timers, source, name)
  if (older) next.set(older.id, { ...older, latest: false })
  let id = `${source}~${name}`
  if (next.has(id)) id = `${id}~${fresh()}`
  next.set(id, { id, name, source, latest: true })
  return { timers: next, id }
}

/** Takes out one that fired. XState forgets its name then, even when a newer one has it. */
export function fired(timers: ArmedTimers, { id, source, name }: Armed): ArmedTimers {
  const next = new Map(timers)
  next.delete(id)
  const newer = latest(next, source, name)
  if (newer) next.set(newer.id, { ...newer, latest: false })
  return next
}

/** The timer that `cancel` means by a name. */
export function latest(timers: ArmedTimers, source: string, name: string): Armed | undefined {
  for (const timer of timers.values()) if (timer.latest && timer.source === source && timer.name === name) return timer
  return undefined
}

/** Every timer that an actor armed. */
export function armedBy(timers: ArmedTimers, source: string): readonly Armed[] {
  if (timers.size === 0) return []
  return [...timers.values()].filter((timer) => timer.source === source)
}

/** The table without some of its timers. */
export function without(timers: ArmedTimers, gone: readonly Armed[]): ArmedTimers {
  const next = new Map(timers)
  for (const { id } of gone) next.delete(id)
  return next
}
