/**
 * Owns: local registries: keys to processes, unique or duplicate, with values, listeners, dispatch, locks; partitions that clean up.
 * Does not own: addresses (kernel; those are names of actors in the whole installation).
 * Invariants: RG1 a unique key has at most one living holder; a dead one that is not yet cleaned up is taken over (R3). RG2 a process is
 * linked to a partition exactly as long as it holds a key there (R5), so that the registry's death takes its holders along. RG3 a
 * refused registration leaves nothing behind. RG4 entries of a dead process vanish, and only those.
 */

import {
  canonicalJson,
  type Json,
  type Message,
  type Processes,
  partitionOf,
  type Ref,
  type Server,
  type SpawnOptions,
  type StartResult,
} from '#runtime'
import type { ChildSpec, StartFunction } from './child-spec.ts'
import { KeyLock } from './key-lock.ts'
import { RegistryPartition } from './registry-partition.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { startSupervisor } from './supervisor.ts'

export interface RegistryOptions {
  /** For errors and the labels of its processes. */
  readonly name: string
  readonly keys: 'unique' | 'duplicate'
  /** Default 1. */
  readonly partitions?: number
  /** How entries of a duplicate registry are spread: by process (default) or by key. Unique ones are spread by key. */
  readonly spread?: 'process' | 'key'
  /** They get a message for every registration and unregistration. */
  readonly listeners?: readonly Ref[]
}

/** What listeners get. */
export interface RegistryNotice extends Message {
  readonly type: 'registry.registered' | 'registry.unregistered'
  readonly registry: string
  readonly key: Json
  readonly ref: Ref
  readonly value?: unknown
}

/** A holder of a key. */
export interface Registered {
  readonly ref: Ref
  readonly value: unknown
}

/**
 * A registry. Put `start` into the tree as a child of type `supervisor`; before that and after its end, it is empty.
 *
 * @example
 * const sessions = new Registry(processes, { name: 'sessions', keys: 'unique' })
 * const child: ChildSpec = { id: 'sessions', type: 'supervisor', start: sessions.start }
 */
export class Registry {
  readonly name: string
  readonly #processes: Processes
  readonly #options: RegistryOptions
  readonly #partitions: readonly RegistryPartition[]
  readonly #locks: KeyLock

  constructor(processes: Processes, options: RegistryOptions) {
    this.name = options.name
    this.#processes = processes
    this.#options = options
    this.#locks = new KeyLock(processes)
    const notify = (type: RegistryNotice['type'], key: Json, ref: Ref, value: unknown): void =>
      this.#notify(type, key, ref, value)
    this.#partitions = Array.from({ length: options.partitions ?? 1 }, () => new RegistryPartition(processes, notify))
  }

  /** Starts its partitions. A unique registry loses all of them with one, because names that point across would dangle (R11). */
  get start(): StartFunction {
    const children = this.#partitions.map(
      (partition, id): ChildSpec => ({
        id,
        start: (starter) => starter.spawn(partition.server(), { name: `${this.name}/${id}` }),
      }),
    )
    return startSupervisor(
      { strategy: this.#unique ? 'one_for_all' : 'one_for_one', children, intensity: 3 },
      { name: this.name },
    )
  }

  /** The processes that clean up, in order of partition; undefined for one that does not run. */
  get partitionRefs(): readonly (Ref | undefined)[] {
    return this.#partitions.map((partition) => partition.ref)
  }

  /**
   * Gives `owner` the key.
   *
   * @throws `registry.taken` (unique; also when the holder is `owner` itself), `registry.dead`
   */
  register(owner: Ref, key: Json, value?: unknown): void {
    const partition = this.#partitionFor(key, owner)
    const holder = this.#unique ? this.#holder(key) : undefined
    if (holder) {
      const fields = { registry: this.name, key: canonicalJson(key), ref: holder.id, label: holder.label }
      throw supervisionErrors.make('registry.taken', fields)
    }
    if (!this.#processes.alive(owner) || !partition.ref)
      throw supervisionErrors.make('registry.dead', { registry: this.name, label: partition.ref ? owner.label : this.name })
    if (this.#unique) partition.dropKey(key)
    partition.add(owner, key, value)
  }

  /** Takes all entries of `owner` under the key away; those of others stay (R2). */
  unregister(owner: Ref, key: Json): void {
    for (const partition of this.#partitions) partition.remove(owner, key)
  }

  /** All holders of the key, also ones that died a moment ago (R6). */
  lookup(key: Json): Registered[] {
    return this.#partitions.flatMap((partition) => partition.lookup(key))
  }

  /** The living holder of a unique key. @throws `registry.duplicate` */
  whereis(key: Json): Ref | undefined {
    this.#onlyUnique('whereis')
    return this.#holder(key)
  }

  /** The keys that `owner` holds, one for each registration. */
  keys(owner: Ref): Json[] {
    return this.#partitions.flatMap((partition) => partition.keys(owner))
  }

  /** The values of `owner` under the key. */
  values(owner: Ref, key: Json): unknown[] {
    return this.#partitions.flatMap((partition) => partition.lookup(key)).flatMap((e) => (e.ref.id === owner.id ? [e.value] : []))
  }

  /** Number of registrations. */
  count(): number {
    return this.#partitions.reduce((sum, partition) => sum + partition.size, 0)
  }

  /**
   * Changes the value of a unique key; returns the new one.
   *
   * @throws `registry.not_owner`, `registry.duplicate`
   */
  updateValue(owner: Ref, key: Json, change: (value: unknown) => unknown): unknown {
    this.#onlyUnique('updateValue')
    const partition = this.#partitionFor(key, owner)
    const entry = partition.entries(key).find((e) => e.ref.id === owner.id)
    if (!entry) throw supervisionErrors.make('registry.not_owner', { registry: this.name, key: canonicalJson(key) })
    entry.value = change(entry.value)
    return entry.value
  }

  /**
   * Calls `visit` with the holders of the key, once for each partition that has any; never with an empty list (R9).
   *
   * @param options `parallel`: do not wait for one partition before the next
   */
  async dispatch(
    key: Json,
    visit: (entries: readonly Registered[]) => void | Promise<void>,
    options: { readonly parallel?: boolean } = {},
  ): Promise<void> {
    const lists = this.#partitions.map((partition) => partition.lookup(key)).filter((list) => list.length > 0)
    if (options.parallel) await Promise.all(lists.map((list) => visit(list)))
    else for (const list of lists) await visit(list)
  }

  /** Runs `work` while nobody else runs one under this key; its own namespace (R10). */
  lock<T>(owner: Ref | undefined, key: Json, work: () => T | Promise<T>): Promise<T> {
    return this.#locks.with(key, owner, work)
  }

  /** Sends to the holder of a unique key. @throws `registry.unknown`, `registry.duplicate` */
  send(key: Json, message: Message, from?: Ref): void {
    const ref = this.whereis(key)
    if (!ref) throw supervisionErrors.make('registry.unknown', { registry: this.name, key: canonicalJson(key) })
    this.#processes.send(ref, message, from)
  }

  /** Starts a process under a unique key: the key is held before its init runs. @throws `registry.duplicate` */
  async spawn(server: Server, key: Json, options: SpawnOptions & { readonly value?: unknown } = {}): Promise<StartResult> {
    this.#onlyUnique('spawn')
    const holder = this.whereis(key)
    if (holder) return { started: 'already_started', ref: holder }
    const { value, ...rest } = options
    const named: Server = {
      init: (self) => {
        this.register(self.ref, key, value)
        return server.init?.(self) ?? { init: 'ok' }
      },
      handle: (signal) => server.handle(signal),
      terminate: (reason) => server.terminate?.(reason),
      ...(server.receive ? { receive: (entry, take) => server.receive?.(entry, take) } : {}),
    }
    return this.#processes.spawn(named, rest)
  }

  get #unique(): boolean {
    return this.#options.keys === 'unique'
  }

  #holder(key: Json): Ref | undefined {
    return this.lookup(key).find((entry) => this.#processes.alive(entry.ref))?.ref
  }

  #partitionFor(key: Json, owner: Ref): RegistryPartition {
    const count = this.#partitions.length
    const byKey = this.#unique || this.#options.spread === 'key'
    const index = byKey ? partitionOf({ kind: this.name, key: canonicalJson(key) }, count) : owner.id % count
    return this.#partitions[index]!
  }

  #onlyUnique(call: string): void {
    if (!this.#unique) throw supervisionErrors.make('registry.duplicate', { registry: this.name, call })
  }

  #notify(type: RegistryNotice['type'], key: Json, ref: Ref, value: unknown): void {
    const notice: RegistryNotice = { type, registry: this.name, key, ref, ...(value === undefined ? {} : { value }) }
    for (const listener of this.#options.listeners ?? []) this.#processes.send(listener, notice, ref)
  }
}
