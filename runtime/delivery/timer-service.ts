/**
 * Owns: when stored timers become messages: the ones that are due soon in a heap, the rest in the store.
 * Does not own: arming and cancelling (they are rows of a turn's commit), what a timer does (logic).
 * Invariants: T7. TS1 a timer is handed over at or after its due time, also after a restart. TS2 one that was replaced or cancelled meanwhile is
 * recognised by the actor through `armed`, so handing it over again is harmless.
 */

import { formatAddress } from '../kernel/address.ts'
import { errorData } from '../kernel/errors.ts'
import type { Store, TimerRow } from '../kernel/ports.ts'
import type { Scheduled, Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

export interface TimerServiceOptions {
  readonly store: Pick<Store, 'timers'>
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly partitions: () => readonly number[]
  readonly fire: (timer: TimerRow) => void
  /** Milliseconds ahead of which timers are held in memory; more than twice the longest sleep, otherwise one may be missed until the next read. */
  readonly horizon?: number
}

const page = 10_000
/** Longest sleep, so that a jump of the wall clock is noticed within a second. */
const longestSleep = 1000
const retryDelay = 250

export class TimerService {
  readonly #options: TimerServiceOptions
  readonly #span: number
  readonly #heap: TimerRow[] = []
  readonly #armed = new Map<string, number>()
  /** Wall time up to which the heap is complete. */
  #horizon = 0
  /** Wall time up to which the heap will be complete when the read under way is done. */
  #reach = 0
  #sleep: Scheduled | undefined
  #reading = false
  #stopped = false

  constructor(options: TimerServiceOptions) {
    this.#options = options
    this.#span = options.horizon ?? 60_000
  }

  async start(): Promise<void> {
    await this.#read()
  }

  stop(): void {
    this.#stopped = true
    this.#sleep?.cancel()
  }

  /** A timer that was just committed. */
  set(timer: TimerRow): void {
    this.#armed.set(keyOf(timer), timer.armed)
    // A read under way began before this commit and does not bring it.
    if (timer.due <= Math.max(this.#horizon, this.#reach)) this.#add(timer)
    else this.#armed.delete(keyOf(timer))
    this.#rest()
  }

  /** A timer whose cancellation was just committed. */
  cancel(timer: Pick<TimerRow, 'address' | 'id'>): void {
    this.#armed.delete(keyOf(timer))
  }

  #add(timer: TimerRow): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.due <= timer.due) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = timer
  }

  #pop(): TimerRow {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return top
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.due < heap[below]!.due) below++
      if (heap[below]!.due >= last.due) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return top
  }

  #fire(): void {
    const now = this.#options.sources.clock.now()
    while (this.#heap.length > 0 && this.#heap[0]!.due <= now) {
      const timer = this.#pop()
      const key = keyOf(timer)
      if (this.#armed.get(key) !== timer.armed) continue
      this.#armed.delete(key)
      this.#options.telemetry.emit(
        'timer.fired',
        { late: now - timer.due },
        { address: formatAddress(timer.address), timer: timer.id },
      )
      this.#options.fire(timer)
    }
    // Read on before the heap runs dry, so that no timer waits for the store.
    if (now + this.#span / 2 >= this.#horizon) void this.#read()
    this.#rest()
  }

  #rest(): void {
    this.#sleep?.cancel()
    if (this.#stopped) return
    const now = this.#options.sources.clock.now()
    const due = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY
    const until = Math.min(due, now + longestSleep)
    this.#sleep = this.#options.sources.clock.schedule(Math.max(0, until - now), () => this.#fire())
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#stopped) return
    this.#reading = true
    const until = this.#options.sources.clock.now() + this.#span
    this.#reach = until
    try {
      const rows = await this.#options.store.timers(this.#options.partitions(), until, page)
      for (const row of rows) {
        // What was armed after the read began is newer than what it brings.
        const known = this.#armed.get(keyOf(row))
        if (known !== undefined && known >= row.armed) continue
        this.#armed.set(keyOf(row), row.armed)
        this.#add(row)
      }
      this.#horizon = Math.max(this.#horizon, rows.length === page ? rows[rows.length - 1]!.due : until)
    } catch (error) {
      this.#options.telemetry.emit('store.failed', {}, { operation: 'timers', reason: errorData(error).message })
      this.#options.sources.clock.schedule(retryDelay, () => void this.#read())
    } finally {
      this.#reading = false
      this.#reach = 0
      this.#rest()
    }
  }
}

function keyOf(timer: Pick<TimerRow, 'address' | 'id'>): string {
  return `${formatAddress(timer.address)}\0${timer.id}`
}
