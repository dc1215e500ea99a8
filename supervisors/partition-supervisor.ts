/**
 * Owns: N copies of one child under one supervisor, found by key, so that one busy process does not hold up all (PartitionSupervisor).
 * Does not own: what the copies do; which partition of the installation an actor belongs to (kernel).
 * Invariants: PS1 the same key finds the same partition as long as the size does not change. PS2 shrinking lowers the routing before it
 * stops anybody, growing starts before it raises the routing, so that routing never finds a stopped one (P3).
 */

import { availableParallelism } from 'node:os'
import { canonicalJson, describe, type Json, type Processes, partitionOf, type Ref } from '#runtime'
import type { ChildSpec, StartFunction } from './child-spec.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { startSupervisor } from './supervisor.ts'
import { supervisorClient } from './supervisor-client.ts'

export interface PartitionOptions {
  readonly name: string
  /** The spec of every partition; its id is replaced by the number of the partition. */
  readonly child: Omit<ChildSpec, 'id'>
  /** Default: number of processor cores. */
  readonly partitions?: number
  /** The arguments of one partition, from those of the spec. */
  readonly withArguments?: (args: readonly unknown[], partition: number) => readonly unknown[]
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  readonly intensity?: number
  /** Milliseconds. */
  readonly period?: number
}

/**
 * Copies of one child. Put `start` into the tree as a child of type `supervisor`.
 *
 * @example
 * const workers = new PartitionSupervisor(processes, { name: 'workers', child: { start: startServer(() => ({ handle() {} })) }, partitions: 4 })
 * const child: ChildSpec = { id: 'workers', type: 'supervisor', start: workers.start }
 */
export class PartitionSupervisor {
  readonly #processes: Processes
  readonly #options: PartitionOptions
  readonly #limit: number
  readonly #refs: (Ref | undefined)[]
  #size: number
  #supervisor: Ref | undefined

  constructor(processes: Processes, options: PartitionOptions) {
    this.#processes = processes
    this.#options = options
    this.#limit = options.partitions ?? availableParallelism()
    if (!Number.isSafeInteger(this.#limit) || this.#limit < 1)
      throw supervisionErrors.make('partitions.size', { got: describe(this.#limit), limit: Number.MAX_SAFE_INTEGER })
    this.#size = this.#limit
    this.#refs = new Array<Ref | undefined>(this.#limit).fill(undefined)
  }

  /** Partitions that keys are routed to. */
  get size(): number {
    return this.#size
  }

  get start(): StartFunction {
    return async (starter) => {
      const { strategy = 'one_for_one', intensity = 3, period = 5000, name } = this.#options
      const children = Array.from({ length: this.#limit }, (_, partition) => this.#childSpec(partition))
      this.#size = this.#limit
      const result = await startSupervisor({ strategy, intensity, period, children }, { name })(starter)
      if (result.started === 'ok') this.#supervisor = result.ref
      return result
    }
  }

  /** The process for a key: an integer goes to `|key| mod size`, anything else by its hash (P1). @throws `partitions.none` */
  ref(key: Json): Ref {
    const ref = this.#size > 0 ? this.#refs[this.partition(key)] : undefined
    if (!ref || !this.#processes.alive(ref)) throw supervisionErrors.make('partitions.none', { name: this.#options.name })
    return ref
  }

  /** The number of the partition for a key. */
  partition(key: Json): number {
    if (typeof key === 'number' && Number.isSafeInteger(key)) return Math.abs(key) % this.#size
    return partitionOf({ kind: 'partition', key: canonicalJson(key) }, this.#size)
  }

  /**
   * Sets how many partitions run, from 0 to the number at the start; resolves with the previous number.
   *
   * @throws `partitions.size`, and `actor.not_found` when it does not run
   */
  async resize(size: number): Promise<number> {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.#limit)
      throw supervisionErrors.make('partitions.size', { got: describe(size), limit: this.#limit })
    const previous = this.#size
    const client = this.client()
    if (size < previous) {
      this.#size = size
      for (let partition = previous - 1; partition >= size; partition--) await client.terminateChild(partition)
    } else {
      for (let partition = previous; partition < size; partition++) await client.restartChild(partition)
      this.#size = size
    }
    return previous
  }

  /** The calls of its supervisor. @throws `partitions.none` before it was started */
  client() {
    if (!this.#supervisor) throw supervisionErrors.make('partitions.none', { name: this.#options.name })
    return supervisorClient(this.#processes, this.#supervisor)
  }

  #childSpec(partition: number): ChildSpec {
    const { child, withArguments } = this.#options
    const args: unknown = withArguments ? withArguments(child.args ?? [], partition) : (child.args ?? [])
    if (!Array.isArray(args)) throw supervisionErrors.make('partitions.arguments', { got: describe(args) })
    const start: StartFunction = async (starter, ...given) => {
      const result = await child.start(starter, ...given)
      this.#refs[partition] = result.started === 'ok' ? result.ref : undefined
      return result
    }
    return { ...child, id: partition, args, start }
  }
}
