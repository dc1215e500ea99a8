/**
 * Owns: what the parts of the interpreter know of each other: an actor inside of a cell, and the system that the actors of one cell share.
 * Does not own: their working (cell-actor, cell-system).
 */

import type { AnyActorLogic, AnyActorScope } from 'xstate'
import type { Address } from '../address.ts'
import type { Message } from '../envelope.ts'
import type { Json } from '../json.ts'
import type { Decision, Post, VolatileLink } from '../logic.ts'
import type { AnySnapshot, InEvent, InLogic } from './xstate-shapes.ts'

/** XState's numbers, because its own stop action compares them. */
export const life = { notStarted: 0, running: 1, stopped: 2 } as const
export type Life = (typeof life)[keyof typeof life]

/** One XState actor of a cell: the root or a child. Members with a leading underscore have XState's names, because its actions read them. */
export interface InActor {
  readonly id: string
  readonly sessionId: string
  /** Unique in the cell, for ever: the path of ids from the root, the last one with the number of this very life. */
  readonly key: string
  readonly logic: InLogic
  readonly src: string | AnyActorLogic
  readonly system: InSystem
  readonly systemId: string | undefined
  readonly scope: AnyActorScope
  readonly _parent: InActor | undefined
  readonly _syncSnapshot: boolean | undefined
  _snapshot: AnySnapshot
  _processingStatus: Life
  /** An event for this actor, from inside of a turn. */
  _send(event: InEvent): void
  _stop(): InActor
  /** Its effect or volatile child came to its end. */
  settled(result: { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown }): void
  /** Its volatile child sent an event. */
  heard(event: InEvent): void
  /** Asks again for the effects and volatile children that it lives by. */
  resume(): void
  /** The actor's own failure. */
  fail(error: unknown): void
  /** Sets the actor back to what an earlier state of the cell remembers of it. */
  rewind(snapshot: AnySnapshot, status: Life): void
}

/** What the actors of one cell share. */
export interface InSystem {
  readonly address: Address
  readonly root: InActor
  /** True when something below the root, or shared, has changed since the last state. */
  dirty: boolean
  /** The first failure of the root in this turn. */
  failure: { readonly error: unknown } | undefined
  readonly _logger: (...told: readonly unknown[]) => void
  /** The actor with that key, if it is one of this cell's. */
  lookup(key: string): InActor | undefined
  push(decision: Decision): void
  tell(to: Address, message: Message, replyAs?: string, deadline?: number): void
  /** A value as JSON as far as JSON can say it. */
  loose(value: unknown): Json | undefined
  /** Runs the user's code that a decision holds; whatever it sends goes through `post`. */
  outside<T>(post: Post | undefined, run: () => T): T | undefined
  /** The same for a volatile child, whose link is the way for its events to others than its parent. */
  linked<T>(link: VolatileLink, run: () => T): T
  cancelAll(source: InActor): void
  stopUnlisted(parent: InActor): void
  adopted(actor: InActor): void
  started(actor: InActor): void
  _relay(source: InActor | undefined, target: unknown, event: InEvent): void
  _unregister(actor: InActor): void
}
