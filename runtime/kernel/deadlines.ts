/**
 * Owns: many deadlines on one clock: entries in buckets of a few milliseconds, one armed timer for the earliest bucket.
 * Does not own: what a deadline means.
 * Invariants: DL1 an entry fires once, never before its time, at most `grain` milliseconds late. DL2 a cancelled entry never fires and is let go at once.
 */

import type { Clock, Scheduled } from './sources.ts'

const grain = 4
const never: Scheduled = { cancel() {} }

/**
 * One deadline, to be extended by what waits for it. Entries are linked into their bucket themselves, because a set with many entries that come
 * and go leaves chains of old tables behind that only a full collection frees.
 */
export class Deadline implements Scheduled {
  before: Deadline | undefined = undefined
  after: Deadline | undefined = undefined

  /** What happens when it is due. */
  expire(): void {
    // A plain entry is the head of a bucket: nothing waits for it.
  }

  cancel(): void {
    const { before, after } = this
    if (before === undefined || after === undefined) return
    before.after = after
    after.before = before
    this.before = this.after = undefined
  }
}

class Call extends Deadline {
  readonly #run: () => void

  constructor(run: () => void) {
    super()
    this.#run = run
  }

  override expire(): void {
    this.#run()
  }
}

export class Deadlines {
  readonly #clock: Clock
  readonly #buckets = new Map<number, Deadline>()
  /** The bucket that was added to last; most deadlines of a moment share it. */
  #lastTick = -1
  #last: Deadline | undefined
  #stopped = false
  #armed: { readonly tick: number; readonly timer: Scheduled } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `expire` after `delay` milliseconds (Infinity = never), unless cancelled before. */
  add(delay: number, expire: () => void): Scheduled {
    if (delay === Number.POSITIVE_INFINITY || this.#stopped) return never
    const entry = new Call(expire)
    this.put(delay, entry)
    return entry
  }

  /** `add` for an entry of the caller's own. */
  put(delay: number, entry: Deadline): void {
    if (delay === Number.POSITIVE_INFINITY || this.#stopped) return
    const tick = Math.ceil((this.#clock.monotonic() + delay) / grain)
    const head = tick === this.#lastTick && this.#last ? this.#last : this.#bucket(tick)
    const last = head.before!
    entry.before = last
    entry.after = head
    last.after = entry
    head.before = entry
  }

  /** Forgets all entries; nothing fires any more. */
  stop(): void {
    this.#armed?.timer.cancel()
    this.#armed = undefined
    this.#stopped = true
    this.#last = undefined
    this.#buckets.clear()
  }

  #bucket(tick: number): Deadline {
    let head = this.#buckets.get(tick)
    if (!head) {
      head = new Deadline()
      head.before = head.after = head
      this.#buckets.set(tick, head)
      if (!this.#armed || tick < this.#armed.tick) this.#arm(tick)
    }
    this.#lastTick = tick
    this.#last = head
    return head
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
    const due: Deadline[] = []
    for (const [tick, head] of this.#buckets) {
      const empty = head.after === head
      if (tick <= now || empty) {
        this.#buckets.delete(tick)
        if (!empty) due.push(head)
      } else if (tick < earliest) earliest = tick
    }
    this.#last = undefined
    if (earliest !== Number.POSITIVE_INFINITY) this.#arm(earliest)
    for (const head of due) expireAll(head)
  }
}

/** Fires what is in the bucket now; what an entry cancels while it fires does not fire any more (DL2). */
function expireAll(head: Deadline): void {
  for (let entry = head.after; entry !== undefined && entry !== head; entry = head.after) {
    entry.cancel()
    entry.expire()
  }
}
