/**
 * Owns: the children of one supervisor: their order, their refs, and the three states that a child can be in.
 * Does not own: what is done with them (strategies decide, the shell performs).
 * Invariants: S4 iteration is start order; a child that is added is the youngest, one that is restarted keeps its place (ST8).
 * S5 a ref finds its child until the child is forgotten or has another ref, also while it is restarting (RF6).
 */

import type { ExitReason, Ref } from '#runtime'
import type { ChildId, FullChildSpec } from './child-spec.ts'

/** A child's place in its supervisor: its id, or a number for children without one. */
export type ChildKey = ChildId

/** Alive or not yet known to be dead; without a process; or waiting for its next start attempt. */
export type ChildState = 'running' | 'stopped' | 'restarting'

/** One child as strategies see it. */
export interface Child {
  readonly key: ChildKey
  readonly spec: FullChildSpec
  readonly state: ChildState
  /** Its process, or the last one that it had. */
  readonly ref: Ref | undefined
  /** Arguments of every start. Not kept for temporary children, which have one start only (M7). */
  readonly args: readonly unknown[]
}

/** The children, read only: oldest first. */
export interface ChildrenView {
  readonly size: number
  get(key: ChildKey): Child | undefined
  byRef(ref: Ref): Child | undefined
  [Symbol.iterator](): Iterator<Child>
}

interface Entry extends Child {
  state: ChildState
  ref: Ref | undefined
  /** How its process ended, once that is known, for reports. */
  ended: ExitReason | undefined
}

export class Children implements ChildrenView {
  readonly #byKey = new Map<ChildKey, Entry>()
  readonly #byRef = new Map<number, Entry>()

  get size(): number {
    return this.#byKey.size
  }

  get(key: ChildKey): Child | undefined {
    return this.#byKey.get(key)
  }

  byRef(ref: Ref): Child | undefined {
    return this.#byRef.get(ref.id)
  }

  [Symbol.iterator](): Iterator<Child> {
    return this.#byKey.values()
  }

  /** Adds a child without a process, as the youngest. */
  add(key: ChildKey, spec: FullChildSpec, args: readonly unknown[]): Child {
    const once = spec.restart === 'temporary'
    const kept = once ? { ...spec, args: [] } : spec
    const entry: Entry = { key, spec: kept, args: once ? [] : args, state: 'stopped', ref: undefined, ended: undefined }
    this.#byKey.set(key, entry)
    return entry
  }

  /** Its process runs. */
  started(key: ChildKey, ref: Ref): void {
    const entry = this.#byKey.get(key)
    if (!entry) return
    if (entry.ref) this.#byRef.delete(entry.ref.id)
    entry.ref = ref
    entry.state = 'running'
    entry.ended = undefined
    this.#byRef.set(ref.id, entry)
  }

  /** The process `ref` is dead; who asks later how it ended gets this. */
  ended(ref: Ref, reason: ExitReason): void {
    const entry = this.#byRef.get(ref.id)
    if (entry) entry.ended = reason
  }

  endOf(key: ChildKey): ExitReason | undefined {
    return this.#byKey.get(key)?.ended
  }

  /** It has no process and waits for none. */
  stopped(key: ChildKey): void {
    const entry = this.#byKey.get(key)
    if (!entry) return
    if (entry.ref) this.#byRef.delete(entry.ref.id)
    entry.ref = undefined
    entry.state = 'stopped'
  }

  /** Another start attempt is due, because of `reason`. */
  restarting(key: ChildKey, reason: ExitReason): void {
    const entry = this.#byKey.get(key)
    if (!entry) return
    entry.state = 'restarting'
    entry.ended = reason
  }

  forget(key: ChildKey): void {
    const entry = this.#byKey.get(key)
    if (!entry) return
    this.#byKey.delete(key)
    if (entry.ref) this.#byRef.delete(entry.ref.id)
  }
}
