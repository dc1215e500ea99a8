/**
 * Owns: the life of one XState actor inside of a cell (the root or a child): its mailbox, its transitions, its start and its end, in
 * exactly the order in which XState's own interpreter does these things; what it wants done becomes decisions of the turn.
 * Does not own: relaying, names, timers, ids (cell-system), what each kind of logic starts and stops (logic-kind), who watches (actor-watchers).
 * Invariants: L1, L2. CA1 an actor handles one event at a time; what is sent to it meanwhile waits. CA2 an actor that fails takes its
 * descendants with it, the youngest first.
 */

import type { AnyActorLogic, AnyActorScope } from 'xstate'
import type { Settled } from '../logic.ts'
import { ActorWatchers, type Subscriber, watcherOf } from './actor-watchers.ts'
import { CellScope } from './cell-scope.ts'
import { type InActor, type InSystem, type Life, life } from './in-cell.ts'
import { type Kind, kindOf } from './logic-kind.ts'
import { type AnySnapshot, type Executable, type InEvent, type InLogic, reserved } from './xstate-shapes.ts'

/**
 * Actions that only describe something to do: they run while the turn is decided, because what they do is to push decisions.
 * Every other action is the user's code and runs after the commit.
 */
const describing: ReadonlySet<string> = new Set([
  'xstate.cancel',
  'xstate.emit',
  'xstate.log',
  'xstate.raise',
  'xstate.sendTo',
  'xstate.spawnChild',
  'xstate.stopChild',
  'troupe.reply',
  'troupe.tell',
  'troupe.fact',
])

/** What an actor is made of. */
export interface Origin {
  readonly system: InSystem
  readonly id: string
  readonly sessionId: string
  readonly logic: AnyActorLogic
  readonly src: string | AnyActorLogic
  readonly parent?: InActor | undefined
  readonly systemId?: string | undefined
  readonly syncSnapshot?: boolean | undefined
  readonly input?: unknown
}

/** Members with a leading underscore have XState's names, because its actions read them. */
export class CellActor implements InActor {
  readonly id!: string
  readonly sessionId!: string
  readonly logic!: InLogic
  readonly src!: string | AnyActorLogic
  readonly system!: InSystem
  readonly systemId!: string | undefined
  readonly _parent!: InActor | undefined
  readonly _syncSnapshot!: boolean | undefined
  _snapshot!: AnySnapshot
  _processingStatus!: Life
  key!: string
  kind!: Kind
  ref!: this
  scope!: AnyActorScope
  private options!: { readonly input?: unknown }
  private deferred: (() => void)[] | undefined
  private queue: InEvent[] | undefined
  private head!: number
  private open!: boolean
  private busy!: boolean
  private watchers: ActorWatchers | undefined

  constructor(origin: Origin) {
    this.id = origin.id
    this.sessionId = origin.sessionId
    this.logic = origin.logic as unknown as InLogic
    this.src = origin.src
    this.system = origin.system
    this.systemId = origin.systemId
    this._parent = origin.parent
    this._syncSnapshot = origin.syncSnapshot
    this.options = { input: origin.input }
    this.prepare()
  }

  /**
   * Makes an actor of the object that XState has begun to build for a spawn. XState's functions construct it themselves; this is called
   * from inside of its constructor, before the first snapshot is made, so that from then on every call arrives here.
   */
  static adopt(shell: object): CellActor {
    const actor = Object.setPrototypeOf(shell, CellActor.prototype) as CellActor
    actor.prepare()
    return actor
  }

  private prepare(): void {
    const number = this.sessionId.slice(this.sessionId.indexOf(':') + 1)
    const above = this._parent?._parent ? `${this._parent.key}/` : ''
    this.key = this._parent ? `${above}${this.id}#${number}` : `#${number}`
    this.kind = kindOf(this.logic)
    this.ref = this
    this._processingStatus = life.notStarted
    this.deferred = undefined
    this.queue = undefined
    this.head = 0
    this.open = false
    this.busy = false
    this.watchers = undefined
    this.scope = new CellScope(this) as unknown as AnyActorScope
    this.system.adopted(this)
  }

  /** Makes the first snapshot; a throw there is the snapshot's error. XState's constructor calls it by this name. */
  _initState(): void {
    try {
      this._snapshot = this.logic.getInitialSnapshot(this.scope, this.options.input)
    } catch (error) {
      this._snapshot = { status: 'error', output: undefined, error }
    }
  }

  start(): this {
    if (this._processingStatus === life.running) return this
    this.system.started(this)
    this._processingStatus = life.running
    const { status } = this._snapshot
    if (status === 'error') {
      this.end(this._snapshot.error)
      return this
    }
    if (status === 'active') {
      try {
        this.kind.start(this)
      } catch (error) {
        this.fail(error)
        return this
      }
    }
    this.update(this._snapshot)
    if (status !== 'active') return this
    this.open = true
    this.drain()
    return this
  }

  /** An event for this actor, from inside of the turn. One for a stopped actor is dropped, as XState does. */
  _send(event: InEvent): void {
    if (this._processingStatus === life.stopped) return
    if (!this.open || this.busy) {
      if (this.queue) this.queue.push(event)
      else this.queue = [event]
      return
    }
    this.busy = true
    this.process(event)
    if (this.queue) this.drain()
    else this.busy = false
  }

  private drain(): void {
    this.busy = true
    for (let event = this.take(); event; event = this.take()) this.process(event)
    this.busy = false
  }

  private take(): InEvent | undefined {
    const { queue } = this
    if (!queue) return undefined
    const event = queue[this.head++]
    if (this.head === queue.length) this.clear()
    else if (this.head > 1000) {
      this.queue = queue.slice(this.head)
      this.head = 0
    }
    return event
  }

  private clear(): void {
    this.queue = undefined
    this.head = 0
  }

  /** Puts something off to the end of the transition at hand. */
  defer(run: () => void): void {
    if (this.deferred) this.deferred.push(run)
    else this.deferred = [run]
  }

  private process(event: InEvent): void {
    let next: AnySnapshot
    try {
      next = this.kind.transition(this, this._snapshot, event)
    } catch (error) {
      return this.fail(error)
    }
    this.update(next)
    if (event.type === reserved.stop) {
      this.halt()
      this.watchers?.ended()
    }
  }

  /** Takes a new snapshot, does what its transition put off, and tells whoever needs to know. */
  private update(snapshot: AnySnapshot): void {
    this._snapshot = snapshot
    if (this.deferred) this.flush(snapshot, this.deferred)
    if (this._parent) this.system.dirty = true
    const { status } = this._snapshot
    if (status === 'active') {
      if (this._syncSnapshot) this.toParent({ type: `xstate.snapshot.${this.id}`, snapshot })
      this.watchers?.show(snapshot)
    } else if (status === 'done') {
      this.watchers?.show(snapshot)
      this.halt()
      this.watchers?.ended()
      this.toParent({ type: `xstate.done.actor.${this.id}`, output: this._snapshot.output, actorId: this.id })
    } else if (status === 'error') this.end(this._snapshot.error)
  }

  private flush(snapshot: AnySnapshot, deferred: (() => void)[]): void {
    // By index, because what is run may put off more.
    for (let at = 0; at < deferred.length; at++) {
      try {
        deferred[at]!()
      } catch (error) {
        this._snapshot = { ...snapshot, status: 'error', error }
        break
      }
    }
    this.deferred = undefined
  }

  private toParent(event: InEvent): void {
    if (this._parent) this.system._relay(this, this._parent, event)
  }

  /** The actor's own failure: an exception in its transition, or what its callback or observable reported. */
  fail(error: unknown): void {
    this._snapshot = { ...this._snapshot, status: 'error', error }
    this.deferred = undefined
    this.end(error)
  }

  private end(error: unknown): void {
    this.halt()
    this.system.dirty = true
    const { children } = this._snapshot
    if (children && this._parent)
      for (const child of Object.values(children).reverse()) if (child instanceof CellActor) child._stop()
    this.watchers?.ended({ error })
    if (this._parent) this.toParent({ type: `xstate.error.actor.${this.id}`, error, actorId: this.id })
    else this.system.failure ??= { error }
  }

  stopChild(child: CellActor): void {
    if (child._parent !== this) throw new Error(`Cannot stop child actor ${child.id} of ${this.id} because it is not a child`)
    child._stop()
  }

  /** Asks the actor to stop after the event at hand; one that was never started stops at once. */
  _stop(): this {
    if (this._processingStatus === life.stopped) return this
    this.clear()
    if (this._processingStatus === life.notStarted) this._processingStatus = life.stopped
    else this._send({ type: reserved.stop })
    return this
  }

  private halt(): void {
    if (this._processingStatus !== life.running) return
    this.system.cancelAll(this)
    this.clear()
    this._processingStatus = life.stopped
    this.system._unregister(this)
    this.system.stopUnlisted(this)
    this.system.dirty = true
  }

  execute(action: Executable): void {
    if (this._processingStatus === life.running) this.perform(action)
    // XState runs the actions of a first snapshot when the actor starts, in one row with what they put off.
    else this.defer(() => this.perform(action))
  }

  private perform({ type, info, params, exec }: Executable): void {
    if (!exec) return
    if (describing.has(type)) return void exec(info, params)
    const { system } = this
    system.push({ type: 'run', name: type, run: (post) => system.outside(post, () => exec(info, params)) })
  }

  emit(event: InEvent): void {
    this.system.push({ type: 'emit', event })
    this.watchers?.emitted(event)
  }

  settled(result: Settled): void {
    this.kind.settled(this, result)
  }

  heard(event: InEvent): void {
    this.kind.heard(this, event)
  }

  resume(): void {
    this.open = true
    if (this.kind.name !== 'machine') this.kind.start(this)
  }

  rewind(snapshot: AnySnapshot, status: Life): void {
    this._snapshot = snapshot
    this._processingStatus = status
    this.open = status === life.running
    this.busy = false
    this.clear()
    this.deferred = undefined
  }

  // What follows is the public side of an XState actor reference.

  /** Sends an event; from outside of a turn it arrives as a message of its own. */
  send(event: InEvent): void {
    if (typeof event === 'string')
      throw new Error(`Only event objects may be sent to actors; use .send({ type: "${event}" }) instead`)
    this.system._relay(undefined, this, event)
  }

  getSnapshot(): AnySnapshot {
    return this._snapshot
  }

  getPersistedSnapshot(): AnySnapshot {
    return this.getSnapshot()
  }

  stop(): this {
    if (this._parent) throw new Error('A non-root actor cannot be stopped directly.')
    return this._stop()
  }

  subscribe(next?: Subscriber, error?: (error: unknown) => void, complete?: () => void): { unsubscribe(): void } {
    const watcher = watcherOf(next, error, complete)
    if (this._processingStatus === life.stopped) {
      const { status, error: reason } = this._snapshot
      this.system.outside(undefined, () => (status === 'error' ? watcher.error?.(reason) : watcher.complete?.()))
    }
    this.watchers ??= new ActorWatchers(this.system)
    return this.watchers.subscribe(watcher)
  }

  on(type: string, listener: (event: InEvent) => void): { unsubscribe(): void } {
    this.watchers ??= new ActorWatchers(this.system)
    return this.watchers.on(type, listener)
  }

  select<T>(selector: (snapshot: AnySnapshot) => T, same: (a: T, b: T) => boolean = Object.is) {
    return {
      get: () => selector(this._snapshot),
      subscribe: (next: ((selected: T) => void) | { next?(selected: T): void }) => {
        let last = selector(this._snapshot)
        return this.subscribe((snapshot) => {
          const selected = selector(snapshot as AnySnapshot)
          if (same(last, selected)) return
          last = selected
          if (typeof next === 'function') next(selected)
          else next.next?.(selected)
        })
      },
    }
  }

  toJSON(): object {
    return { xstate$$type: 1, id: this.id }
  }
}
