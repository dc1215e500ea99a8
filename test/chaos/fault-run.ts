/**
 * Owns: one run of the load inside this process on a store with faults: a first life that is killed, a second one that meets the faults; then the check.
 * Does not own: which faults (faults.test.ts), the rules (checker).
 */

import { createTroupe, type Troupe } from '#main'
import { type Store, type Telemetry, TroupeError } from '#runtime'
import { MemoryStore } from '#store'
import { mortalSources, tapped } from '../runtime/delivery/lab.ts'
import { type Fault, FaultPlan, faultyStore } from '../support/faulty-store.ts'
import { inTime, waitFor } from '../support/wait.ts'
import { account, alarm, counter, worker } from './actors.ts'
import { check, type Violation } from './checker.ts'
import { Client, type Target } from './client.ts'
import { History, type Outcome } from './history.ts'
import { operations } from './load.ts'
import { order } from './order.ts'
import { perform } from './perform.ts'
import { leftIn, readTables } from './tables.ts'

export interface FaultRun {
  readonly seed: number
  readonly faults: readonly Fault[]
  /** Milliseconds after which whatever hangs goes on. */
  readonly hang?: number
  /** Milliseconds of a lease; long unless the loss of leases is what is looked at. */
  readonly lease?: number
  /** Operations of each of the two lives. */
  readonly perLife?: number
}

export interface FaultReport {
  readonly violations: readonly Violation[]
  readonly acknowledged: number
  readonly hits: number
  /** Partitions that were lost, each time it happened. */
  readonly lost: number
  /** Supervisors that gave up: faults of the store are nobody's restarts. */
  readonly gaveUp: number
}

/** Errors after which nobody knows whether the message was applied. */
const unknown = new Set(['ask.deadline', 'actor.moved', 'system.stopped'])

class Life {
  readonly number: number
  readonly plan = new FaultPlan()
  lost = 0
  #troupe: Troupe | undefined
  gaveUp = 0
  #claims = 0
  readonly #telemetry: Telemetry = {
    emit: (name) => {
      if (name === 'partition.lost') this.lost++
      if (name === 'supervisor.gave_up') this.gaveUp++
      if (name === 'partition.claimed') this.#claims++
    },
  }
  #kill: () => void = () => undefined

  constructor(number: number) {
    this.number = number
  }

  /** Starts, again and again while the faults make the start fail, as whoever supervises a process would. */
  async start(store: Store, history: History, lease: number): Promise<void> {
    const work = async (job: string): Promise<string> => {
      // What was lost with its partition is rightly begun again when that comes back: as in another life.
      const life = this.number * 1000 + this.#claims
      history.begun.push({ op: job, life })
      await new Promise((resolve) => setTimeout(resolve, 10))
      return `${job}@${life}`
    }
    for (;;) {
      const { store: tap, sever } = tapped(faultyStore(store, this.plan))
      const { sources, kill } = mortalSources()
      this.#kill = () => {
        sever()
        kill()
      }
      try {
        const actors = [counter, account, alarm, worker(work), order(work)]
        this.#troupe = await createTroupe({
          actors,
          store: tap,
          sources,
          telemetry: this.#telemetry,
          node: 'chaos',
          partitions: 8,
          lease,
        })
        return
      } catch (error) {
        if (!TroupeError.is(error) || error.retry !== 'later') throw error
        this.#kill()
      }
    }
  }

  readonly target: Target = async (operation): Promise<Outcome> => {
    const troupe = this.#troupe
    if (!troupe) return { outcome: 'unknown' }
    try {
      return { outcome: 'acknowledged', value: await perform(troupe.system, operation, 5000) }
    } catch (error) {
      const code = TroupeError.is(error) ? error.code : String(error)
      return unknown.has(code) ? { outcome: 'unknown' } : { outcome: 'failed', code }
    }
  }

  kill(): void {
    this.#kill()
  }

  async stop(): Promise<void> {
    await this.#troupe?.stop()
    this.#kill()
  }
}

/** The calls of a killed life never come back: they count as unknown, and go to the life that follows. */
class Lives {
  #now: Life | undefined
  #changed: (() => void)[] = []
  #next: (() => void)[] = []

  begin(life: Life): void {
    this.#now = life
    for (const go of this.#next.splice(0)) go()
  }

  end(): void {
    this.#now = undefined
    for (const go of this.#changed.splice(0)) go()
  }

  readonly target: Target = async (operation): Promise<Outcome> => {
    while (!this.#now) await new Promise<void>((resolve) => this.#next.push(resolve))
    const ended = new Promise<Outcome>((resolve) => this.#changed.push(() => resolve({ outcome: 'unknown' })))
    return Promise.race([this.#now.target(operation), ended])
  }
}

export async function faultRun({ seed, faults, hang = 60, lease = 20_000, perLife = 80 }: FaultRun): Promise<FaultReport> {
  const store = new MemoryStore(mortalSources().sources.clock)
  const history = new History()
  const lives = new Lives()
  const client = new Client({ history, operations: operations(seed, 200), target: lives.target, lanes: 12 })
  const first = new Life(1)
  await first.start(store, history, lease)
  lives.begin(first)
  client.allow(perLife)
  await waitFor('half of the first load', () => history.entries.length >= perLife / 2, Boolean, { every: 1 })
  first.kill()
  lives.end()

  const second = new Life(2)
  for (const fault of faults) second.plan.arm(fault)
  const releasing = setInterval(() => second.plan.release(), hang)
  await inTime('the second start', second.start(store, history, lease), 20_000)
  lives.begin(second)
  client.allow(perLife)
  await waitFor('the load', () => history.entries.length >= perLife, Boolean, { within: 20_000 })
  await inTime('the end of all operations', client.finish(), 40_000)
  second.plan.disarm()
  clearInterval(releasing)
  await waitFor(
    'all to be quiet',
    () => leftIn(store),
    (left) => left.outbox + left.timers + left.effects === 0,
    { within: 20_000 },
  )
  await inTime('the stop', second.stop())
  const points = new Set(faults.map((fault) => fault.at))
  return {
    violations: check(history, await readTables(store)),
    acknowledged: history.entries.filter((entry) => entry.result.outcome === 'acknowledged').length,
    lost: second.lost,
    gaveUp: second.gaveUp,
    hits: [...points].reduce((sum, point) => sum + second.plan.hits(point), 0),
  }
}
