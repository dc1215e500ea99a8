/**
 * Owns: this node's leases: taking, renewing and giving them up; what is told when one is lost.
 * Does not own: the fence (every commit checks the epoch in the store), which partitions a node should have (placement).
 * Invariants: LK1 a partition is used only between its claim and its loss. LK2 a lease that could not be renewed is given up before it ends by this
 * node's own monotonic clock; safety does not depend on that, the fence does it. LK3 a lost partition is told once. LK4 what was lost because the store
 * was away, or this process did not get to run, is taken again as soon as nobody else has it; a living lease of another life is never taken, not even
 * one of the same name.
 */

import type { Ownership } from '../delivery/ownership.ts'
import { errorData } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Lease, Store } from '../kernel/ports.ts'
import type { Scheduled, Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

export interface LeaseKeeperOptions {
  readonly store: Store
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Name under which the leases are held. The same name may take its own leases again at once. */
  readonly node: string
  /** Milliseconds of a lease; renewed at every third of it. */
  readonly ttl: number
}

export class LeaseKeeper implements Ownership {
  readonly #options: LeaseKeeperOptions
  readonly #epochs = new Map<number, number>()
  /** Epochs under which partitions were lost. */
  readonly #lost = new Map<number, number>()
  readonly #listeners: ((partition: number) => void)[] = []
  readonly #regained: ((partitions: readonly number[]) => void)[] = []
  /** Monotonic time until which the leases certainly hold. */
  #until = 0
  #timer: Scheduled | undefined
  #stopped = false

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
  }

  /**
   * Takes all of the partitions, waiting for leases of dead owners to end.
   *
   * @param patience milliseconds to wait for leases that others hold
   * @throws `partition.held` when somebody renews them meanwhile
   */
  async claim(partitions: readonly number[], patience: number): Promise<void> {
    const { store, node, ttl, sources, telemetry } = this.#options
    const begun = sources.clock.monotonic()
    let missing = partitions
    let told = false
    while (missing.length > 0) {
      const asked = sources.clock.monotonic()
      const taken = await store.claim(node, missing, ttl)
      this.#until = this.#epochs.size === 0 ? asked + ttl : Math.min(this.#until, asked + ttl)
      for (const lease of taken) this.#epochs.set(lease.partition, lease.epoch)
      if (this.#epochs.size > 0 && !this.#timer) this.#later()
      missing = missing.filter((partition) => !this.#epochs.has(partition))
      if (missing.length === 0) break
      const held = (await store.leases()).filter((lease) => missing.includes(lease.partition))
      const first = held[0]
      if (sources.clock.monotonic() - begun > patience) {
        await this.release()
        throw kernelErrors.make('partition.held', {
          partitions: missing.length,
          owner: first?.owner ?? 'unknown',
          remaining: Math.ceil(first?.remaining ?? 0),
        })
      }
      if (first && !told) telemetry.emit('partition.waiting', waitOf(held), { owner: first.owner })
      told = true
      const pause = Math.max(20, Math.min(250, ...held.map((lease) => lease.remaining)))
      await new Promise<void>((resolve) => sources.clock.schedule(pause, resolve))
    }
    telemetry.emit('partition.claimed', { partitions: partitions.length }, { owner: node })
  }

  epochOf(partition: number): number | undefined {
    return this.#epochs.get(partition)
  }

  owned(): readonly number[] {
    return [...this.#epochs.keys()]
  }

  deposed(partitions: readonly number[]): void {
    for (const partition of partitions) this.#lose(partition, 'the store refused its epoch')
  }

  onLost(listener: (partition: number) => void): void {
    this.#listeners.push(listener)
  }

  onRegained(listener: (partitions: readonly number[]) => void): void {
    this.#regained.push(listener)
  }

  /** Gives all leases up. A store that cannot be reached is told to telemetry only: they end by themselves. */
  async release(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    const leases = this.#leases()
    this.#epochs.clear()
    if (leases.length === 0) return
    try {
      await this.#options.store.release(leases)
    } catch (error) {
      this.#options.telemetry.emit('store.failed', {}, { operation: 'release', reason: errorData(error).message })
    }
  }

  #leases(): Pick<Lease, 'partition' | 'epoch'>[] {
    return [...this.#epochs].map(([partition, epoch]) => ({ partition, epoch }))
  }

  #lose(partition: number, reason: string): void {
    const epoch = this.#epochs.get(partition)
    if (epoch === undefined) return
    this.#epochs.delete(partition)
    this.#lost.set(partition, epoch)
    this.#options.telemetry.emit('partition.lost', { partition }, { owner: this.#options.node, reason })
    for (const listener of this.#listeners) listener(partition)
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = this.#options.sources.clock.schedule(this.#options.ttl / 3, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { store, sources, ttl, telemetry } = this.#options
    const asked = sources.clock.monotonic()
    const leases = this.#leases()
    // A store that hangs must not keep this node at work beyond its leases (LK2).
    const guard = sources.clock.schedule(Math.max(0, this.#until - asked), () =>
      this.#loseAll('its lease ended before it could be renewed'),
    )
    try {
      const renewed = new Map((await store.renew(leases, ttl)).map((lease) => [lease.partition, lease.epoch]))
      for (const { partition, epoch } of leases) {
        if (renewed.get(partition) !== epoch && this.#epochs.get(partition) === epoch)
          this.#lose(partition, 'another owner has taken it')
      }
      guard.cancel()
      if (this.#epochs.size > 0) this.#until = asked + ttl
      await this.#regain()
    } catch (error) {
      telemetry.emit('store.failed', {}, { operation: 'renew', reason: errorData(error).message })
      // The guard stays armed: it ends the ownership unless a later renewal succeeds first.
      if (sources.clock.monotonic() + ttl / 3 < this.#until) guard.cancel()
    }
    this.#later()
  }

  /** LK4. */
  async #regain(): Promise<void> {
    if (this.#lost.size === 0 || this.#stopped) return
    const { store, node, ttl, sources, telemetry } = this.#options
    const leases = new Map((await store.leases()).map((lease) => [lease.partition, lease]))
    const free = [...this.#lost].filter(([partition, epoch]) => {
      const lease = leases.get(partition)
      return lease === undefined || lease.remaining <= 0 || lease.epoch === epoch
    })
    if (free.length === 0) return
    const asked = sources.clock.monotonic()
    const taken = await store.claim(
      node,
      free.map(([partition]) => partition),
      ttl,
    )
    if (this.#stopped) return store.release(taken)
    if (this.#epochs.size === 0) this.#until = asked + ttl
    for (const { partition, epoch } of taken) {
      this.#lost.delete(partition)
      this.#epochs.set(partition, epoch)
    }
    telemetry.emit('partition.claimed', { partitions: taken.length }, { owner: node })
    for (const listener of this.#regained) listener(taken.map((lease) => lease.partition))
  }

  #loseAll(reason: string): void {
    for (const partition of this.owned()) this.#lose(partition, reason)
  }
}

function waitOf(held: readonly Lease[]): { readonly partitions: number; readonly remaining: number } {
  return { partitions: held.length, remaining: Math.max(...held.map(({ remaining }) => remaining)) }
}
