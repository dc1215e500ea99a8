/**
 * Owns: the three sources of everything that is not deterministic: clock, random, ids.
 * Does not own: who uses them; they are passed in, so that a simulation can replace all of them at once.
 * Invariants: SO1 no other file of the product reads time, randomness or makes ids. SO2 seed 0 is a seed.
 */

/** A pending call of a clock. */
export interface Scheduled {
  cancel(): void
}

export interface Clock {
  /** Wall time in milliseconds since 1970 (UTC); may jump. For timestamps and due times. */
  now(): number
  /** Monotonic milliseconds from an arbitrary start; never jumps. For durations and windows. */
  monotonic(): number
  /** Calls `run` once, `delay` milliseconds from now (0 = as soon as possible, after pending input and output). */
  schedule(delay: number, run: () => void): Scheduled
  /** Calls `run` as soon as the current synchronous work and its microtasks are done, before timers of the same moment. */
  immediate(run: () => void): void
}

export interface Random {
  /** A number in [0, 1). */
  next(): number
}

export interface Ids {
  /** A new id: URL-safe, unique in the world, sortable by time of making. */
  next(): string
}

export interface Sources {
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
}

const base32 = '0123456789abcdefghjkmnpqrstvwxyz'

/** Ids from a clock and a random source: 9 characters of milliseconds and 13 of randomness (65 bits), in Crockford's base 32. */
export function idsFrom(clock: Clock, random: Random): Ids {
  return {
    next() {
      let time = clock.now()
      let text = ''
      for (let i = 0; i < 9; i++) {
        text = base32[time % 32]! + text
        time = Math.floor(time / 32)
      }
      for (let i = 0; i < 13; i++) text += base32[Math.floor(random.next() * 32)]!
      return text
    },
  }
}

/** A seeded random source (mulberry32): the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
  }
}

/**
 * The real sources of this machine. A scheduled call keeps the process alive until it ran or was cancelled.
 *
 * @example const troupe = await createTroupe({ sources: realSources() })
 */
export function realSources(): Sources {
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    schedule(delay, run) {
      // Node fires at once for delays beyond 2^31-1 ms, so a longer one is cut into hops.
      const limit = 2_000_000_000
      let timer: NodeJS.Timeout
      const arm = (left: number): void => {
        timer = setTimeout(() => (left > limit ? arm(left - limit) : run()), Math.min(Math.max(left, 0), limit))
      }
      arm(delay)
      return { cancel: () => clearTimeout(timer) }
    },
    immediate: (run) => void setImmediate(run),
  }
  const buffer = new Uint32Array(256)
  let at = buffer.length
  const random: Random = {
    next() {
      if (at === buffer.length) {
        crypto.getRandomValues(buffer)
        at = 0
      }
      return buffer[at++]! / 4294967296
    },
  }
  return { clock, random, ids: idsFrom(clock, random) }
}

/** Simulated sources and the verbs that move their time. */
export interface SimulatedSources extends Sources {
  /** Runs everything that is due in the next `ms` milliseconds, in order of time, letting microtasks finish in between. */
  advance(ms: number): Promise<void>
  /** Runs immediates until none is left, without moving the time. */
  settle(): Promise<void>
  /** Milliseconds until the next scheduled call, or undefined when there is none. */
  nextDue(): number | undefined
}

/**
 * Sources under the caller's control: time stands still until `advance`, numbers and ids come from the seed.
 *
 * @example
 * const sources = simulatedSources({ seed: 7 })
 * sources.clock.schedule(1000, () => console.log('a second later'))
 * await sources.advance(1000)
 */
export function simulatedSources(options: { seed?: number; now?: number } = {}): SimulatedSources {
  let now = options.now ?? 1_700_000_000_000
  let order = 0
  const start = now
  const timers = new Set<{ at: number; order: number; run: () => void }>()
  const immediates: (() => void)[] = []
  const clock: Clock = {
    now: () => now,
    monotonic: () => now - start,
    schedule(delay, run) {
      const timer = { at: now + Math.max(0, delay), order: order++, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    immediate: (run) => void immediates.push(run),
  }
  const random = seededRandom(options.seed ?? 1)
  // A macrotask lets every chain of settled promises finish, however long it is; counting microtasks would not.
  const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const settle = async (): Promise<void> => {
    await quiet()
    while (immediates.length > 0) {
      for (const run of immediates.splice(0)) run()
      await quiet()
    }
  }
  const next = () => {
    let found: { at: number; order: number; run: () => void } | undefined
    for (const timer of timers)
      if (!found || timer.at < found.at || (timer.at === found.at && timer.order < found.order)) found = timer
    return found
  }
  return {
    clock,
    random,
    ids: idsFrom(clock, random),
    settle,
    nextDue: () => {
      const timer = next()
      return timer && timer.at - now
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let timer = next(); timer && timer.at <= end; timer = next()) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.run()
        await settle()
      }
      now = end
    },
  }
}
