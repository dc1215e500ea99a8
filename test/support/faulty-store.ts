/**
 * Owns: a store that fails or hangs where a test wants it to, around any real one.
 * Does not own: what must hold then (the tests).
 * Invariants: FS1 without an armed fault it is the inner store: it passes the contract. FS2 `before` a write nothing was written; `after` it all of it was,
 * and only the answer is lost.
 */

import type { Store } from '#runtime'
import { storeErrors } from '#store'

export type StoreOperation = Exclude<keyof Store, 'name' | 'parallel' | 'close'>
/** Where a fault strikes. */
export type FaultPoint = `${'before' | 'after'} ${StoreOperation}`

export interface Fault {
  readonly at: FaultPoint
  /** `fail` rejects; `hang` waits until the plan releases it, then goes on as if nothing had been. */
  readonly action: 'fail' | 'hang'
  /** Calls that pass before it strikes; 0 unless given. */
  readonly skip?: number
  /** How often it strikes; once unless given. */
  readonly times?: number
  /** What it rejects with; `store.unreachable` unless given. */
  readonly error?: () => Error
}

interface Armed {
  readonly fault: Fault
  skip: number
  times: number
}

/** The faults of one store, and what has happened so far. */
export class FaultPlan {
  #armed: Armed[] = []
  #hung: (() => void)[] = []
  readonly #hits = new Map<FaultPoint, number>()

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.arm(fault)
  }

  arm(fault: Fault): void {
    this.#armed.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })
  }

  disarm(): void {
    this.#armed = []
    this.release()
  }

  /** Lets everything that hangs go on. */
  release(): void {
    for (const resume of this.#hung.splice(0)) resume()
  }

  /** Calls that hang now. */
  get hanging(): number {
    return this.#hung.length
  }

  /** How often a fault struck at `point`. */
  hits(point: FaultPoint): number {
    return this.#hits.get(point) ?? 0
  }

  /** A call reaches `point`. */
  async reach(point: FaultPoint): Promise<void> {
    const armed = this.#armed.find((one) => one.fault.at === point && one.times > 0)
    if (!armed) return
    if (armed.skip-- > 0) return
    armed.times--
    this.#hits.set(point, this.hits(point) + 1)
    if (armed.fault.action === 'hang') return new Promise((resume) => this.#hung.push(resume))
    throw armed.fault.error?.() ?? storeErrors.make('store.unreachable', { where: 'a faulty store', problem: `fault ${point}` })
  }
}

/**
 * @param inner where everything really happens
 * @param plan its faults; may be armed later on
 * @example
 * const plan = new FaultPlan([{ at: 'after commit', action: 'fail' }])
 * const store = faultyStore(new MemoryStore(clock), plan)
 */
export function faultyStore(inner: Store, plan: FaultPlan): Store {
  const around =
    <A extends unknown[], R>(operation: StoreOperation, run: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      await plan.reach(`before ${operation}`)
      const result = await run(...given)
      await plan.reach(`after ${operation}`)
      return result
    }
  return {
    name: inner.name,
    parallel: inner.parallel,
    installation: around('installation', (wanted) => inner.installation(wanted)),
    claim: around('claim', (owner, partitions, ttl) => inner.claim(owner, partitions, ttl)),
    renew: around('renew', (leases, ttl) => inner.renew(leases, ttl)),
    release: around('release', (leases) => inner.release(leases)),
    leases: around('leases', () => inner.leases()),
    commit: around('commit', (batch) => inner.commit(batch)),
    load: around('load', (addresses) => inner.load(addresses)),
    withEffects: around('withEffects', (partitions) => inner.withEffects(partitions)),
    timers: around('timers', (partitions, before, limit) => inner.timers(partitions, before, limit)),
    outbox: around('outbox', (partitions, limit) => inner.outbox(partitions, limit)),
    reply: around('reply', (address, key) => inner.reply(address, key)),
    expireReplies: around('expireReplies', (now, limit) => inner.expireReplies(now, limit)),
    deadLetters: around('deadLetters', (filter) => inner.deadLetters(filter)),
    takeDeadLetters: around('takeDeadLetters', (ids) => inner.takeDeadLetters(ids)),
    facts: around('facts', (filter) => inner.facts(filter)),
    actors: around('actors', (filter) => inner.actors(filter)),
    close: () => inner.close(),
  }
}
