/**
 * Owns: the contract between an actor's logic and the cell that runs it: pure decisions over a state, and the union of what a
 * decision may ask for.
 * Does not own: any logic (machine, transition) and any performing of decisions (cell, turn).
 * Invariants: L1 a logic performs nothing: it pushes decisions. L2 decisions are performed in the order in which they were pushed.
 * L3 what a logic throws leaves the state before it untouched.
 */

import type { Address } from './address.ts'
import type { Answer, Message, ReplyToken } from './envelope.ts'
import type { ExitReason } from './exit.ts'
import type { Json } from './json.ts'

/** What a logic asks for. The tag is `type`; every performer is a total record over it. */
export type Decision =
  /** A custom action: run after the commit (T1). A throw there is reported, it does not undo the turn. */
  | { readonly type: 'run'; readonly name: string; readonly run: (post?: Post) => unknown }
  /** A message to another actor, or to itself; with `replyAs` its answer comes back as `{ type: replyAs, value | error }`. */
  | {
      readonly type: 'tell'
      readonly to: Address
      readonly message: Message
      readonly replyAs?: string
      readonly deadline?: number
    }
  | { readonly type: 'reply'; readonly token: ReplyToken; readonly answer: Answer }
  /** An event for whoever watches the actor; not stored. */
  | { readonly type: 'emit'; readonly event: Message }
  /** Promise logic (T6): started after the commit, its result comes back through `Logic.settled`. `src` and `input` are stored. */
  | {
      readonly type: 'start_effect'
      readonly id: string
      readonly src: string
      readonly input: Json | undefined
      readonly run: (signal: AbortSignal, emit: (event: Message) => void, post?: Post) => unknown
    }
  /** Its result is no longer wanted: the signal is aborted, a late result is dropped. */
  | { readonly type: 'stop_effect'; readonly id: string }
  /** A callback or observable logic: lives as long as this copy of the actor, started again at load. `start` returns how to stop it. */
  | { readonly type: 'start_volatile'; readonly id: string; readonly start: (link: VolatileLink) => () => void }
  | { readonly type: 'stop_volatile'; readonly id: string }
  /** An event for a living volatile child. */
  | { readonly type: 'send_volatile'; readonly id: string; readonly event: Message }
  /** A durable timer (T7): comes back through `Logic.timer` with its payload. Setting an id again replaces it. `delay` in milliseconds. */
  | { readonly type: 'set_timer'; readonly id: string; readonly delay: number; readonly payload: Json }
  | { readonly type: 'cancel_timer'; readonly id: string }
  /** A line of the journal that read models and SQL users see. */
  | { readonly type: 'fact'; readonly name: string; readonly data: Json }
  | { readonly type: 'log'; readonly label: string | undefined; readonly value: unknown }
  /** The actor ends with this turn. */
  | { readonly type: 'stop'; readonly reason: ExitReason }

/** How code that runs outside of a turn sends an event into the actor: it arrives through `Logic.child` as a message of its own. */
export type Post = (id: string, event: Message) => void

/** How a volatile child talks to the cell that it lives in. */
export interface VolatileLink {
  /** An event for the parent: arrives through `Logic.child` as a message of its own. */
  deliver(event: Message): void
  /** Registers who receives `send_volatile` events. */
  receive(listener: (event: Message) => void): void
  /** The child is done, with an output or an error: arrives through `Logic.settled`. */
  settle(result: Settled): void
  /** An event for whoever watches the child. */
  emit(event: Message): void
}

export type Settled = { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown }

/** What a logic sees of the turn that it decides in. */
export interface Turn {
  readonly self: Address
  /** Wall time of the turn, milliseconds since 1970; the same for all of its decisions. */
  readonly now: number
  /** The token of the message at hand, when its sender waits for an answer. */
  readonly reply: ReplyToken | undefined
  /** The sender of the message at hand, when it is an actor. */
  readonly from: Address | undefined
  push(decision: Decision): void
}

/** How far an actor is. */
export type LogicStatus =
  | { readonly status: 'active' }
  | { readonly status: 'done'; readonly output: unknown }
  | { readonly status: 'error'; readonly error: unknown }

/**
 * An actor's logic over a state `S` that only it understands. All functions are synchronous and pure but for `turn.push`.
 * Errors: whatever they throw is a crash of the turn (T2).
 */
export interface Logic<S = unknown> {
  /** The state of a new actor; pushes what its entry asks for. */
  start(input: unknown, turn: Turn): S
  /** A message of the actor's own protocol. */
  decide(state: S, message: Message, turn: Turn): S
  /** A timer that came due. An id that the state no longer waits for changes nothing. */
  timer(state: S, id: string, payload: Json, turn: Turn): S
  /** An effect or a volatile child came to its end. An id that is no longer running changes nothing. */
  settled(state: S, id: string, result: Settled, turn: Turn): S
  /** An event that a volatile child sent to its parent. */
  child(state: S, id: string, event: Message, turn: Turn): S
  status(state: S): LogicStatus
  /** The state as plain data. @throws `snapshot.not_json` */
  persist(state: S): Json
  /**
   * The state that `data` describes. Pushes again: `start_volatile` of every volatile child that was running and `start_effect` of every
   * effect that has not settled (with the same ids); timers are not pushed, they are rows.
   */
  restore(data: Json, turn: Turn): S
  /** Applies an upcaster to the part of persisted data that is the user's; absent = to all of it. */
  upcast?(data: Json, step: (state: Json) => Json): Json
  /** What watchers see: `value`, `context`, `tags`, `status`, `output` of a machine; the state itself of a transition logic. */
  view(state: S): unknown
}
