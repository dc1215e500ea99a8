/**
 * Owns: the kinds of XState logic, how one is told from another, and what each kind does on start, on an event and on its end.
 * Does not own: the mailbox and life that all kinds share (cell-actor), running effects and volatile children (the cell).
 * Invariants: L1. T6 a promise is asked for by a decision and settles by an event; its creator never runs inside of a turn.
 */

import { fromCallback, fromEventObservable, fromObservable, fromPromise } from 'xstate'
import type { Message } from '../envelope.ts'
import { kernelErrors } from '../kernel-errors.ts'
import type { Settled, VolatileLink } from '../logic.ts'
import type { InActor } from './in-cell.ts'
import { type AnySnapshot, type InEvent, type InLogic, reserved } from './xstate-shapes.ts'

export interface Kind {
  readonly name: 'machine' | 'transition' | 'promise' | 'callback' | 'observable' | 'events'
  /** Asks for what the logic needs while it lives. Called again for an actor that was restored. */
  start(actor: InActor): void
  transition(actor: InActor, snapshot: AnySnapshot, event: InEvent): AnySnapshot
  /** Its effect or volatile child came to its end. */
  settled(actor: InActor, result: Settled): void
  /** Its volatile child sent an event. */
  heard(actor: InActor, event: InEvent): void
}

const nothing = (): void => undefined

const pass = (actor: InActor, snapshot: AnySnapshot, event: InEvent): AnySnapshot =>
  actor.logic.transition(snapshot, event, actor.scope)

const machine: Kind = {
  name: 'machine',
  start: (actor) => actor.logic.start?.(actor._snapshot, actor.scope),
  transition: pass,
  settled: nothing,
  heard: nothing,
}

const transition: Kind = { name: 'transition', start: nothing, transition: pass, settled: nothing, heard: nothing }

type Creator = (options: object) => unknown

const promise: Kind = {
  name: 'promise',
  start(actor) {
    const { system, logic, key, _snapshot: snapshot } = actor
    if (snapshot.status !== 'active') return
    const { input } = snapshot
    system.push({
      type: 'start_effect',
      id: key,
      src: typeof actor.src === 'string' ? actor.src : actor.id,
      input: system.loose(input),
      run: (signal, emit, post) =>
        system.outside(post, () => (logic.config as Creator)({ input, system, self: actor, signal, emit })),
    })
  },
  transition(actor, snapshot, event) {
    if (event.type === reserved.stop && snapshot.status === 'active') actor.system.push({ type: 'stop_effect', id: actor.key })
    return pass(actor, snapshot, event)
  },
  settled(actor, result) {
    const event = result.ok ? { type: reserved.resolve, data: result.output } : { type: reserved.reject, data: result.error }
    actor.system._relay(actor, actor, event)
  },
  heard: nothing,
}

const callback: Kind = {
  name: 'callback',
  start: (actor) => startVolatile(actor, (link) => runCallback(actor, link)),
  transition(actor, snapshot, event) {
    const { system, key } = actor
    if (event.type === reserved.stop) {
      system.push({ type: 'stop_volatile', id: key })
      return { ...snapshot, status: 'stopped', error: undefined }
    }
    system.push({ type: 'send_volatile', id: key, event })
    return snapshot
  },
  settled(actor, result) {
    if (!result.ok) actor.fail(result.error)
  },
  heard(actor, event) {
    if (actor._parent) actor.system._relay(actor, actor._parent, event)
  },
}

function runCallback(actor: InActor, link: VolatileLink): () => void {
  const listeners = new Set<(event: Message) => void>()
  link.receive((event) => {
    for (const listener of listeners) listener(event)
  })
  const dispose = (actor.logic.config as Creator)({
    input: actor._snapshot.input,
    system: actor.system,
    self: actor,
    sendBack: (event: Message) => link.deliver(event),
    receive: (listener: (event: Message) => void) => void listeners.add(listener),
    emit: (event: Message) => link.emit(event),
  })
  return typeof dispose === 'function' ? (dispose as () => void) : nothing
}

const stopObserving = (actor: InActor, snapshot: AnySnapshot, event: InEvent): AnySnapshot => {
  if (event.type !== reserved.stop) return pass(actor, snapshot, event)
  if (snapshot.status !== 'active') return snapshot
  actor.system.push({ type: 'stop_volatile', id: actor.key })
  return { ...snapshot, status: 'stopped', input: undefined } as AnySnapshot
}

const observedEnd = (actor: InActor, result: Settled): void =>
  actor.system._relay(actor, actor, result.ok ? { type: reserved.complete } : { type: reserved.error, data: result.error })

const observable: Kind = {
  name: 'observable',
  start: (actor) => startVolatile(actor, (link) => observe(actor, link, (data) => ({ type: reserved.next, data }) as InEvent)),
  transition: stopObserving,
  settled: observedEnd,
  heard: (actor, event) => actor.system._relay(actor, actor, event),
}

const events: Kind = {
  name: 'events',
  start: (actor) => startVolatile(actor, (link) => observe(actor, link, (event) => event as Message)),
  transition: stopObserving,
  settled: observedEnd,
  heard: callback.heard,
}

interface Observable {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void }
}

function observe(actor: InActor, link: VolatileLink, wrap: (value: unknown) => Message): () => void {
  const { system, logic } = actor
  const emit = (event: Message): void => link.emit(event)
  const source = (logic.config as Creator)({ input: actor._snapshot.input, system, self: actor, emit }) as Observable
  const subscription = source.subscribe({
    next: (value) => link.deliver(wrap(value)),
    error: (error) => link.settle({ ok: false, error }),
    complete: () => link.settle({ ok: true, output: undefined }),
  })
  return () => subscription.unsubscribe()
}

function startVolatile(actor: InActor, run: (link: VolatileLink) => () => void): void {
  if (actor._snapshot.status !== 'active') return
  const { system } = actor
  system.push({ type: 'start_volatile', id: actor.key, start: (link) => system.linked(link, () => run(link)) })
}

const idle = (): never => {
  throw new Error('only its text is looked at')
}

/**
 * The logics that XState makes carry no mark of their kind, but all of one kind share one `start`: its text tells them apart, also when
 * they are wrapped in another object, and without calling anybody's code.
 */
const byStart: ReadonlyMap<string, Kind> = new Map([
  [String(fromPromise(idle).start), promise],
  [String(fromCallback(idle).start), callback],
  [String(fromObservable(idle).start), observable],
  [String(fromEventObservable(idle).start), events],
])

const known = new WeakMap<object, Kind>()

/** The kind of an XState logic. @throws `logic.unsupported` for a logic with a `start` of its own, which would act inside of the turn */
export function kindOf(logic: InLogic): Kind {
  const found = known.get(logic)
  if (found) return found
  const kind = '__xstatenode' in logic ? machine : logic.start ? byStart.get(String(logic.start)) : transition
  if (!kind)
    throw kernelErrors.make('logic.unsupported', {
      address: 'the behaviour',
      what: 'an actor logic with a start function of its own (wrap what it starts in fromPromise, fromCallback or fromObservable)',
    })
  known.set(logic, kind)
  return kind
}
