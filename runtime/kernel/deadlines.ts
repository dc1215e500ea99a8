/**
 * Owns: many deadlines on one clock: entries in buckets of a few milliseconds, one armed timer for the earliest bucket.
 * Does not own: what a deadline means.
 * Invariants: DL1 an entry fires once, never before its time, at most `grain` milliseconds late. DL2 a cancelled entry never fires and is let go at once.
 */

import type { Clock, Scheduled } from './sources.ts'

const grain = 4
const never: Scheduled = { cancel() {} }

interface Entry extends Scheduled {
  readonly expire: () => void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #buckets = new Map<number, Set<Entry>>()
  #stopped = false
  #armed: { readonly tick: number; readonly timer: Scheduled } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `expire` after `delay` milliseconds (Infinity = never), unless cancelled before. */
  add(delay: number, expire: () => void): Scheduled {
    if (delay === Number.POSITIVE_INFINITY || this.#stopped) return never
    const tick = Math.ceil((this.#clock.monotonic() + delay) / grain)
    let bucket = this.#buckets.get(tick)
    if (!bucket) {
      bucket = new Set()
      this.#buckets.set(tick, bucket)
      if (!this.#armed || tick < this.#armed.tick) this.#arm(tick)
    }
    const within = bucket
    const entry: Entry = { expire, cancel: () => void within.delete(entry) }
    within.add(entry)
    return entry
  }

  /** Forgets all entries; nothing fires any more. */
  stop(): void {
    this.#armed?.timer.cancel()
    this.#armed = undefined
    this.#stopped = true
    this.#buckets.clear()
  }

  #arm(tick: number): void {
    this.#armed?.timer.cancel()
    const delay = Math.max(0, tick * grain - this.#clock.monotonic())
    this.#armed = { tick, timer: this.#clock.schedule(delay, () => this.#fire()) }
  }

  #fire(): void {
    this.#armed = undefined
    // Clocks may fire a fraction early: then nothing is due yet and the same bucket is armed again (DL1).
    const now = Math.floor(this.#clock.monotonic() / grain)
    let earliest = Number.POSITIVE_INFINITY
    const due: Set<Entry>[] = []
    for (const [tick, bucket] of this.#buckets) {
      if (tick <= now || bucket.size === 0) {
        this.#buckets.delete(tick)
        due.push(bucket)
      } else if (tick < earliest) earliest = tick
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#arm(earliest)
    for (const bucket of due) for (const entry of [...bucket]) if (bucket.delete(entry)) entry.expire()
  }
}
