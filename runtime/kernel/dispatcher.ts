/**
 * Owns: when each process runs: fair turns, bounded in messages and time. The only scheduler.
 * Does not own: what a turn does (process).
 * Invariants: D1 a process that has used its share goes behind all others that wait. D2 the event loop gets its turn at least every
 * `slice` milliseconds of work and a few messages, so that timers and input are late by no more than that. D3 a process runs once at a time.
 */

import type { Clock } from './sources.ts'

/** Something that has work. `run` does up to `share` pieces of it and says whether more is left. */
export interface Runnable {
  run(share: number): boolean
}

export interface DispatcherOptions {
  /** Messages that one process handles before others get their turn. */
  readonly share?: number
  /** Milliseconds of work after which the event loop gets its turn. */
  readonly slice?: number
}

/** Its reactions are microtasks without the bookkeeping that `queueMicrotask` adds to each. */
const settled = Promise.resolve()

export class Dispatcher {
  readonly #clock: Clock
  readonly #share: number
  readonly #slice: number
  #ready: Runnable[] = []
  #at = 0
  #running = false
  #armed = false
  /** The end of the current slice; set when the event loop last had its turn. */
  #sliceEnd = 0
  #heartbeat = false
  /** Counted over all slices: short bursts must not escape the clock. */
  #turns = 0

  constructor(clock: Clock, options: DispatcherOptions = {}) {
    this.#clock = clock
    this.#share = options.share ?? 64
    this.#slice = options.slice ?? 4
  }

  /** True when the event loop is due: what runs should end its turn. */
  get spent(): boolean {
    return this.#clock.monotonic() >= this.#sliceEnd
  }

  /** Puts `runnable` behind all that wait. The caller keeps it from being queued twice (D3). */
  schedule(runnable: Runnable): void {
    const waiting = this.#at < this.#ready.length
    this.#ready.push(runnable)
    // Who already waits is waiting for a microtask or for the beat: that one will do all.
    if (this.#running || this.#armed || waiting) return
    this.#armed = true
    void settled.then(this.#go)
  }

  /**
   * Work starts in a microtask, because that is ten times sooner than a macrotask; but microtasks starve timers, so a heartbeat
   * through the event loop marks when it last had its turn, and work that outlives its slice waits for the next beat.
   */
  readonly #go = (): void => {
    this.#armed = false
    if (!this.#heartbeat) {
      this.#heartbeat = true
      this.#sliceEnd = this.#clock.monotonic() + this.#slice
      this.#clock.immediate(this.#beat)
    }
    this.#work()
  }

  readonly #beat = (): void => {
    this.#heartbeat = false
    if (this.#at < this.#ready.length && !this.#armed) this.#go()
  }

  #work(): void {
    this.#running = true
    const ready = this.#ready
    let busy = false
    while (this.#at < ready.length) {
      // The clock is read every few turns only, because reading it costs as much as a small turn; a turn that used its whole share was no small one.
      if (((++this.#turns & 7) === 0 || busy) && this.spent) break
      const runnable = ready[this.#at++]!
      busy = runnable.run(this.#share)
      if (busy) ready.push(runnable)
      if (this.#at > 1024 && this.#at * 2 > ready.length) {
        ready.splice(0, this.#at)
        this.#at = 0
      }
    }
    if (this.#at === ready.length) {
      ready.length = 0
      this.#at = 0
    }
    this.#running = false
  }
}
