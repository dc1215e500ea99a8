/**
 * Owns: what lives beside an actor's state in this process: running effects, volatile children, watchers.
 * Does not own: their record (store), the decisions that start and stop them (logic).
 * Invariants: LP1 an effect id runs once at a time, over restarts of its actor too (T6). LP2 what was stopped delivers nothing any more.
 */

import { type Address, formatAddress } from './address.ts'
import { Delivery } from './delivery.ts'
import type { Message } from './envelope.ts'
import { describe, errorData } from './errors.ts'
import type { Decision, Post, Settled, VolatileLink } from './logic.ts'
import type { Clock } from './sources.ts'
import type { Telemetry } from './telemetry.ts'

type DecisionOf<T extends Decision['type']> = Extract<Decision, { type: T }>

interface RunningEffect {
  readonly controller: AbortController
  readonly src: string
  /** It has ended and its result waits to be taken: until then a new life of the actor must not start it again (LP1). */
  settled: boolean
}

interface RunningChild {
  stop: () => void
  receive: ((event: Message) => void) | undefined
}

/** What is seen by a watcher: a snapshot, or an emitted event. */
export type Observer = {
  readonly snapshot?: (view: unknown) => void
  readonly event?: (event: Message) => void
  readonly ended?: () => void
}

export class LiveParts {
  readonly #address: Address
  readonly #clock: Clock
  readonly #telemetry: Telemetry
  readonly #deliverTo: (address: Address, delivery: Delivery) => void
  // Most actors have none of these for most of their life, so they are made with the first of their kind.
  #effects: Map<string, RunningEffect> | undefined
  #children: Map<string, RunningChild> | undefined
  #observers: Set<Observer> | undefined

  /** @param deliverTo hands in what these parts produce; one function for many actors, because there may be many of them */
  constructor(address: Address, clock: Clock, telemetry: Telemetry, deliverTo: (address: Address, delivery: Delivery) => void) {
    this.#address = address
    this.#clock = clock
    this.#telemetry = telemetry
    this.#deliverTo = deliverTo
  }

  get observed(): boolean {
    return this.#observers !== undefined && this.#observers.size > 0
  }

  /** Shows `observer` what happens from now on. Returns how to end that. */
  observe(observer: Observer): () => void {
    this.#observers ??= new Set()
    this.#observers.add(observer)
    return () => void this.#observers?.delete(observer)
  }

  /** What actions and effects send into their own actor: a delivery of its own, like the events of volatile children. */
  #post: Post | undefined

  get #poster(): Post {
    this.#post ??= (id, event) => this.#deliver(new Delivery({ type: 'child', id, event }))
    return this.#post
  }

  #deliver(delivery: Delivery): void {
    this.#deliverTo(this.#address, delivery)
  }

  /** True when nothing here would be missed if the actor left memory. */
  get idle(): boolean {
    return (this.#effects?.size ?? 0) === 0 && (this.#children?.size ?? 0) === 0 && !this.observed
  }

  run(decision: DecisionOf<'run'>): void {
    try {
      const result: unknown = decision.run(this.#poster)
      if (result instanceof Promise) result.catch((thrown) => this.#actionFailed(decision.name, thrown))
    } catch (thrown) {
      this.#actionFailed(decision.name, thrown)
    }
  }

  #actionFailed(action: string, thrown: unknown): void {
    this.#telemetry.emit(
      'action.failed',
      {},
      { address: formatAddress(this.#address), action, reason: errorData(thrown).message },
    )
  }

  log(decision: DecisionOf<'log'>): void {
    const value = typeof decision.value === 'string' ? decision.value : describe(decision.value, 2000)
    this.#telemetry.emit('log.written', {}, { address: formatAddress(this.#address), label: decision.label ?? '', value })
  }

  emit(event: Message): void {
    for (const observer of this.#observers ?? []) observer.event?.(event)
  }

  show(view: () => unknown): void {
    if (!this.observed) return
    let seen: unknown
    try {
      seen = view()
    } catch (thrown) {
      // The turn is committed: what only watchers see must not undo it, nor keep its senders from hearing of it.
      return this.#actionFailed('view', thrown)
    }
    for (const observer of this.#observers ?? []) observer.snapshot?.(seen)
  }

  startEffect(decision: DecisionOf<'start_effect'>, resumed: boolean): void {
    const { id, src } = decision
    const other = this.#effects?.get(id)
    // The turn that takes a result may start an effect of the same id anew.
    if (other && (resumed || !other.settled)) return
    const address = formatAddress(this.#address)
    const effect: RunningEffect = { controller: new AbortController(), src, settled: false }
    this.#effects ??= new Map()
    this.#effects.set(id, effect)
    this.#telemetry.emit(resumed ? 'effect.resumed' : 'effect.started', {}, { address, effect: id, src })
    const begun = this.#clock.monotonic()
    const here = (): boolean => this.#effects?.get(id) === effect
    const forget = (): void => void (here() && this.#effects?.delete(id))
    const settle = (result: Settled): void => {
      if (!here()) return
      effect.settled = true
      this.#telemetry.emit(
        'effect.settled',
        { milliseconds: this.#clock.monotonic() - begun },
        { address, effect: id, src, ok: String(result.ok) },
      )
      this.#deliver(new Delivery({ type: 'settled', id, result }, {}, { done: forget, failed: forget }))
    }
    // A turn of the microtask queue, because what the function does at once must not run inside the commit of others.
    Promise.resolve()
      .then(() => decision.run(effect.controller.signal, (event) => here() && !effect.settled && this.emit(event), this.#poster))
      .then(
        (output) => settle({ ok: true, output }),
        (error) => settle({ ok: false, error }),
      )
  }

  stopEffect(id: string): void {
    const effect = this.#effects?.get(id)
    if (!effect) return
    this.#effects?.delete(id)
    effect.controller.abort()
  }

  startChild(decision: DecisionOf<'start_volatile'>): void {
    const { id } = decision
    if (this.#children?.has(id)) return
    const child: RunningChild = { stop: () => undefined, receive: undefined }
    this.#children ??= new Map()
    this.#children.set(id, child)
    const here = (): boolean => this.#children?.get(id) === child
    const link: VolatileLink = {
      deliver: (event) => here() && this.#deliver(new Delivery({ type: 'child', id, event })),
      receive: (listener) => {
        child.receive = listener
      },
      settle: (result) => {
        if (!here()) return
        this.#children?.delete(id)
        this.#deliver(new Delivery({ type: 'settled', id, result }))
      },
      emit: (event) => here() && this.emit(event),
    }
    try {
      child.stop = decision.start(link)
    } catch (error) {
      link.settle({ ok: false, error })
    }
    // It may have ended while it started: then its stop function was not there yet.
    if (!here()) child.stop()
  }

  stopChild(id: string): void {
    const child = this.#children?.get(id)
    if (!child) return
    this.#children?.delete(id)
    try {
      child.stop()
    } catch (thrown) {
      this.#actionFailed(`stop of ${id}`, thrown)
    }
  }

  sendChild(decision: DecisionOf<'send_volatile'>): void {
    try {
      this.#children?.get(decision.id)?.receive?.(decision.event)
    } catch (error) {
      this.#children?.delete(decision.id)
      this.#deliver(new Delivery({ type: 'settled', id: decision.id, result: { ok: false, error } }))
    }
  }

  /** Ends the volatile children, as every end of a life does; effects go on unless `effects` is true (T6: a restart finds them running). */
  stop(effects: boolean): void {
    for (const id of [...(this.#children?.keys() ?? [])].reverse()) this.stopChild(id)
    if (effects) for (const id of [...(this.#effects?.keys() ?? [])]) this.stopEffect(id)
  }

  end(): void {
    for (const observer of this.#observers ?? []) observer.ended?.()
    this.#observers = undefined
  }
}
