/**
 * Owns: what the XState actors of one cell share: ids, names, relaying of events, delayed events, the turn at hand, and going back to an
 * earlier state of them all.
 * Does not own: a single actor's life (cell-actor), the text form of a state (persisted-cell).
 * Invariants: L1, L3. T7. CS1 nothing here depends on time, randomness or other cells: the same messages give the same ids. CS2 a state of the cell
 * stays whole whatever is decided after it, so that a turn that was not committed can be decided again.
 */

import type { Address } from '../address.ts'
import { formatAddress } from '../address.ts'
import type { Message } from '../envelope.ts'
import type { Json } from '../json.ts'
import { kernelErrors } from '../kernel-errors.ts'
import type { Decision, Post, Turn, VolatileLink } from '../logic.ts'
import { ForeignRef } from './actor-ref.ts'
import { type ArmedTimers, arm, armedBy, fired, latest, noTimers, without } from './armed-timers.ts'
import { CellActor } from './cell-actor.ts'
import { type InActor, type InSystem, type Life, life } from './in-cell.ts'
import { fromPlain, toOutgoing, toPlain } from './plain-refs.ts'
import type { AnySnapshot, InEvent } from './xstate-shapes.ts'

/** What an earlier state remembers of the actors below the root, and of what they share. */
export interface Image {
  readonly next: number
  readonly names: ReadonlyMap<string, InActor>
  readonly timers: ArmedTimers
  readonly actors: ReadonlyMap<InActor, { readonly snapshot: AnySnapshot; readonly life: Life }>
}

/** The state of a cell whose logic is XState's. */
export interface CellState {
  readonly system: CellSystem
  readonly snapshot: AnySnapshot
  readonly image: Image
}

/** The type of an event from code that runs outside of a turn and has only a volatile child's link to send it by. */
const routed = 'troupe.routed'

interface TimerPayload {
  readonly to: string | Address
  readonly event: Json
}

interface Scheduler {
  schedule(source: InActor, target: unknown, event: InEvent, delay: number, id?: string): void
  cancel(source: InActor, name: string): void
  cancelAll(source: InActor): void
}

const emptyImage: Image = { next: 1, names: new Map(), timers: noTimers, actors: new Map() }

/** Members with a leading underscore have XState's names, because its functions call them. */
export class CellSystem implements InSystem {
  readonly address: Address
  root!: InActor
  turn: Turn | undefined
  /** The first failure of the root in this turn. */
  failure: { readonly error: unknown } | undefined
  /** True when something below the root, or shared, has changed since the last state. */
  dirty = false
  /** The actors of the cell by key. */
  #registry: Map<string, InActor> | undefined
  #names: ReadonlyMap<string, InActor> = emptyImage.names
  #timers: ArmedTimers = noTimers
  #next = 0
  #post: Post | undefined
  #link: VolatileLink | undefined
  #image = emptyImage
  #current: CellState | undefined

  constructor(address: Address) {
    this.address = address
  }

  // The turn.

  /** Opens the turn that is decided upon `state`; an older state than the last one is gone back to. */
  enter(state: CellState | undefined, turn: Turn): void {
    if (this.#current !== state) this.#rewind(state!)
    this.#current = undefined
    this.turn = turn
  }

  /** Closes the turn. @returns the state after it @throws what the root failed with */
  leave(state: CellState | undefined): CellState {
    this.turn = undefined
    const { failure } = this
    if (failure) {
      this.failure = undefined
      throw failure.error
    }
    const snapshot = this.root._snapshot
    if (this.dirty) this.#image = this.#capture()
    if (state && state.snapshot === snapshot && state.image === this.#image) this.#current = state
    else this.#current = { system: this, snapshot, image: this.#image }
    return this.#current
  }

  /** Gives the turn up after a throw: the next one starts from the state that it names. */
  abandon(): void {
    this.turn = undefined
    this.failure = undefined
  }

  push(decision: Decision): void {
    const { turn } = this
    if (!turn) throw kernelErrors.make('internal', { what: `a decision (${decision.type}) outside of a turn` })
    turn.push(decision)
  }

  /** The actor with that key, if it is one of this cell's. */
  lookup(key: string): InActor | undefined {
    return key === this.root.key ? this.root : this.#registry?.get(key)
  }

  #capture(): Image {
    this.dirty = false
    if (!this.#registry && this.#next === emptyImage.next && this.#timers.size === 0) return emptyImage
    const known = this.#registry?.values() ?? []
    const actors = new Map<InActor, { snapshot: AnySnapshot; life: Life }>()
    this.#registry = undefined
    const keep = (actor: InActor): void => {
      if (actors.has(actor)) return
      this.adopted(actor)
      actors.set(actor, { snapshot: actor._snapshot, life: actor._processingStatus })
      visit(actor)
    }
    const visit = (actor: InActor): void => {
      for (const child of Object.values(actor._snapshot.children ?? {})) if (child instanceof CellActor) keep(child)
    }
    visit(this.root)
    // One whose id was taken by another child lives on unlisted, as it does under XState.
    for (const actor of known) if (actor._processingStatus === life.running) keep(actor)
    return { next: this.#next, names: this.#names, timers: this.#timers, actors }
  }

  /** Stops the children of an actor that its snapshot does not list any more, because nothing else would. */
  stopUnlisted(parent: InActor): void {
    for (const actor of [...(this.#registry?.values() ?? [])])
      if (actor._parent === parent && actor._processingStatus === life.running) {
        if (parent._snapshot.children?.[actor.id] !== actor) actor._stop()
      }
  }

  #rewind({ snapshot, image }: CellState): void {
    this.failure = undefined
    this.dirty = false
    this.#image = image
    this.#next = image.next
    this.#names = image.names
    this.#timers = image.timers
    this.#registry = undefined
    this.root.rewind(snapshot, snapshot.status === 'active' ? life.running : life.stopped)
    for (const [actor, remembered] of image.actors) {
      actor.rewind(remembered.snapshot, remembered.life)
      this.adopted(actor)
    }
  }

  /** Takes over what a stored state says of the things that the actors share. */
  restored(next: number, timers: ArmedTimers): void {
    this.#next = next
    this.#timers = timers
    const names = new Map<string, InActor>()
    for (const actor of this.#registry?.values() ?? [])
      if (actor.systemId !== undefined && actor._processingStatus === life.running) names.set(actor.systemId, actor)
    this.#names = names
    this.dirty = true
  }

  // Outside of a turn.

  /** Runs the user's code that a decision holds; whatever it sends goes through `post`. */
  outside<T>(post: Post | undefined, run: () => T): T | undefined {
    if (post) this.#post = post
    if (!this.turn) return run()
    this.push({ type: 'run', name: 'outside', run: (later) => this.outside(later, run) as unknown as void })
    return undefined
  }

  /** The same for a volatile child: its link is the way for what it sends to others than its parent, until there is a better one. */
  linked<T>(link: VolatileLink, run: () => T): T {
    this.#link = link
    return run()
  }

  /** How an event from outside of a turn reaches an actor of the cell. */
  #toMailbox(to: InActor, event: InEvent): void {
    if (this.#post) return this.#post(`>${to.key}`, event)
    if (this.#link) return this.#link.deliver({ type: routed, to: to.key, event } as InEvent)
    throw kernelErrors.make('logic.unsupported', {
      address: this.#name,
      what: `sending ${event.type} to ${to.id} from code that no turn has started`,
    })
  }

  /** An event of a volatile child, or of other code outside of a turn. */
  heard(id: string, event: InEvent): void {
    if (id[0] === '>') return this.lookup(id.slice(1))?._send(event)
    if (event.type === routed) return this.lookup(event.to as string)?._send(event.event as InEvent)
    const actor = this.lookup(id)
    if (actor?._processingStatus === life.running) actor.heard(event)
  }

  // Events.

  _relay(_source: InActor | undefined, target: unknown, event: InEvent): void {
    if (target instanceof CellActor && target.system === this) {
      if (this.turn) return target._send(event)
      return this.#toMailbox(target, event)
    }
    if (target instanceof ForeignRef) return this.tell(target.address, event)
    if (target === undefined || target === null) throw new Error(`Unable to send event '${event.type}': there is no such actor`)
    // A living actor of somebody else's XState system: reaching it is an effect like any other action.
    const foreign = target as { send(event: InEvent): void }
    this.push({ type: 'run', name: 'xstate.sendTo', run: () => foreign.send(event) })
  }

  tell(to: Address, message: Message, replyAs?: string, deadline?: number): void {
    this.push({
      type: 'tell',
      to,
      message: toOutgoing(message, this) as unknown as Message,
      ...(replyAs === undefined ? {} : { replyAs }),
      ...(deadline === undefined ? {} : { deadline }),
    })
  }

  get #name(): string {
    return formatAddress(this.address)
  }

  // Delayed events.

  /** What XState's actions call; made when asked for, because most turns ask for nothing of it. */
  get scheduler(): Scheduler {
    return {
      schedule: (source, target, event, delay, id) => this.#schedule(source, target, event, delay, id),
      cancel: (source, name) => {
        const timer = latest(this.#timers, source.key, name)
        if (timer) this.#cancel([timer])
      },
      cancelAll: (source) => this.cancelAll(source),
    }
  }

  cancelAll(source: InActor): void {
    if (this.#timers.size > 0) this.#cancel(armedBy(this.#timers, source.key))
  }

  #schedule(source: InActor, target: unknown, event: InEvent, delay: number, id: string | undefined): void {
    // What is put off for ever is never armed, because no row can hold such a due time.
    if (delay === Number.POSITIVE_INFINITY) return
    const armed = arm(this.#timers, source.key, id ?? `${this.#next++}`, () => this.#next++)
    const payload: TimerPayload = { to: this.#place(target, event), event: toPlain(event, `event ${event.type}`, this.#name) }
    this.#timers = armed.timers
    this.dirty = true
    const later = Number.isNaN(delay) ? 0 : Math.max(0, delay)
    this.push({ type: 'set_timer', id: armed.id, delay: later, payload: payload as unknown as Json })
  }

  #place(target: unknown, event: InEvent): string | Address {
    if (target instanceof CellActor && target.system === this) return target.key
    if (target instanceof ForeignRef) return target.address
    throw kernelErrors.make('logic.unsupported', {
      address: this.#name,
      what: `a delayed ${event.type} to an actor that it does not know`,
    })
  }

  #cancel(
    timers: readonly { readonly id: string; readonly name: string; readonly source: string; readonly latest: boolean }[],
  ): void {
    if (timers.length === 0) return
    this.#timers = without(this.#timers, timers)
    this.dirty = true
    for (const { id } of timers) this.push({ type: 'cancel_timer', id })
  }

  /** A timer came due. One that is armed no more changes nothing. */
  fire(id: string, payload: Json): void {
    const timer = this.#timers.get(id)
    if (!timer) return
    this.#timers = fired(this.#timers, timer)
    this.dirty = true
    const { to, event } = payload as unknown as TimerPayload
    const revived = fromPlain(event, this) as InEvent
    if (typeof to === 'string') this.lookup(to)?._send(revived)
    else this.tell(to, revived)
  }

  /** A value as JSON as far as JSON can say it. */
  loose(value: unknown): Json | undefined {
    return toPlain(value, 'input', this.#name, false)
  }

  // What XState's actors ask of their system.

  _bookId(): string {
    this.dirty = true
    return `x:${this.#next++}`
  }

  adopted(actor: InActor): void {
    if (!actor._parent) return
    this.#registry ??= new Map()
    this.#registry.set(actor.key, actor)
  }

  started(actor: InActor): void {
    if (actor.systemId !== undefined) this._set(actor.systemId, actor)
  }

  _set(systemId: string, actor: InActor): void {
    const existing = this.#names.get(systemId)
    if (existing && existing !== actor) throw new Error(`Actor with system ID '${systemId}' already exists.`)
    if (existing) return
    this.#names = new Map(this.#names).set(systemId, actor)
    this.dirty = true
  }

  _unregister(actor: InActor): void {
    const { systemId } = actor
    if (systemId === undefined || this.#names.get(systemId) !== actor) return
    const names = new Map(this.#names)
    names.delete(systemId)
    this.#names = names
    this.dirty = true
  }

  /** XState's constructor of spawned actors announces each one here before it makes the first snapshot. */
  _sendInspectionEvent(event: { readonly type: string; readonly actorRef?: object }): void {
    if (event.type === '@xstate.actor') CellActor.adopt(event.actorRef!)
  }

  get _logger(): (...told: readonly unknown[]) => void {
    return (...told) =>
      this.push({ type: 'log', label: told.length > 1 ? String(told[0]) : undefined, value: told[told.length - 1] })
  }

  get(systemId: string): InActor | undefined {
    return this.#names.get(systemId)
  }

  getAll(): { [systemId: string]: InActor } {
    return Object.fromEntries(this.#names)
  }

  inspect(): never {
    throw kernelErrors.make('logic.unsupported', { address: this.#name, what: 'system.inspect (watch the actor instead)' })
  }
}
