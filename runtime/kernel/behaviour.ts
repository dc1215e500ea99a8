/**
 * Owns: what an actor is: kind, version, schemas, logic, durability, mailbox, idle time-out, upcasters; `defineActor` and its inferred types.
 * Does not own: living actors (cells), where they are kept (store).
 * Invariants: B1 a message that does not fit its schema is refused before it is queued. B2 two behaviours with one kind are refused
 * unless they are the same object. B3 a snapshot of version n reaches the logic only through the upcasters n, n+1, … up to the newest.
 */

import type { AnyActorLogic } from 'xstate'
import { type Address, address, formatAddress, kindPattern } from './address.ts'
import type { Message } from './envelope.ts'
import { describe } from './errors.ts'
import type { Json } from './json.ts'
import { kernelErrors } from './kernel-errors.ts'
import type { Logic } from './logic.ts'
import { actorLogic } from './machine/index.ts'
import type { Overflow } from './mailbox.ts'
import { check, nearest, type Schema, type Schemas } from './schema.ts'
import { type EffectFunction, type TransitionLogic, transitionLogic } from './transition-logic.ts'

export type Durability = 'durable' | 'volatile'

type InputOf<S> = S extends Schema<infer I, infer _O> ? I : never
type OutputOf<S> = S extends Schema<infer _I, infer O> ? O : never
type Simplify<T> = { [K in keyof T]: T[K] } & {}
/** The members of a schema's type. An empty object schema is typed as one without any key allowed, which would forbid `type` too. */
type Members<T> = string extends keyof T ? (T[keyof T] extends never ? unknown : T) : T

/** The messages that a behaviour takes, as a union tagged by `type`. */
export type MessageOf<M extends Schemas> = { [T in keyof M & string]: Simplify<{ type: T } & Members<InputOf<M[T]>>> }[keyof M &
  string]
/** The same after their schemas have been applied, as the logic gets them. */
export type ReceivedOf<M extends Schemas> = { [T in keyof M & string]: Simplify<{ type: T } & Members<OutputOf<M[T]>>> }[keyof M &
  string]

export interface BehaviourDefinition<M extends Schemas, R extends { readonly [T in keyof M]?: Schema }, I extends Schemas, L> {
  /** What it is: a letter, then up to 63 of `a-z A-Z 0-9 _ -`. */
  readonly kind: string
  /** Version of its snapshots, 1 or more; raise it with every change that an old snapshot does not fit. */
  readonly version: number
  /** Schema of each message's members beside `type`. Any Standard Schema. */
  readonly messages: M
  /** Schema of the answer to each message that can be asked. */
  readonly replies?: R
  /** Messages that only the actor itself produces: timers, `replyAs`, effect results. Nobody outside can send them. */
  readonly internal?: I
  /** An XState machine (or other XState logic), or a transition function. */
  readonly logic: L
  /** `durable` (default): every turn is committed. `volatile`: lives in memory only. */
  readonly durability?: Durability
  readonly mailbox?: {
    /** Most messages that wait; 1,000 by default. */
    readonly limit?: number
    /** What happens to a message for a full mailbox; `refuse` by default. Durable actors can only refuse. */
    readonly overflow?: Overflow
  }
  /** Milliseconds without a message after which a durable actor leaves memory; 60,000 by default, Infinity for never. */
  readonly idleTimeout?: number
  /** Times that a message may crash a durable actor before it goes to the dead letters; 5 by default. */
  readonly tries?: number
  /** Milliseconds for which the answer to an idempotency key is kept; 24 hours by default. */
  readonly replyRetention?: number
  /** From a state of version n (the key) to version n + 1. */
  readonly upcast?: { readonly [version: number]: (state: Json) => Json }
  /** Promise functions that a transition function may start with `turn.effect`. */
  readonly effects?: { readonly [src: string]: EffectFunction }
}

/** A checked behaviour. `M` and `R` only carry the types of messages and replies. */
export interface Behaviour<M extends Schemas = Schemas, R = unknown> {
  readonly kind: string
  readonly version: number
  readonly messages: M
  readonly replies: R
  readonly logic: Logic
  readonly durability: Durability
  readonly mailbox: { readonly limit: number; readonly overflow: Overflow }
  readonly idleTimeout: number
  readonly tries: number
  readonly replyRetention: number
  readonly upcast: { readonly [version: number]: (state: Json) => Json }
}

// biome-ignore lint/suspicious/noExplicitAny: erases the reply types, which differ in variance, where only the runtime looks
export type AnyBehaviour = Behaviour<any, any>

/** The answer type of message type `T`. */
export type ReplyOf<B, T> = B extends Behaviour<infer _M, infer R> ? (T extends keyof R ? OutputOf<R[T]> : never) : never
/** The messages of a behaviour. */
export type MessagesOf<B> = B extends Behaviour<infer M, infer _R> ? MessageOf<M> : never
/** The messages of a behaviour that have an answer. */
export type AsksOf<B> = B extends Behaviour<infer M, infer R> ? Extract<MessageOf<M>, { type: keyof R }> : never

export const defaultMailboxLimit = 1000
export const defaultIdleTimeout = 60_000
export const defaultTries = 5
export const defaultReplyRetention = 24 * 3_600_000

/**
 * Declares an actor.
 *
 * @throws `behaviour.invalid`, `address.invalid`
 * @example
 * const counter = defineActor({
 *   kind: 'counter', version: 1,
 *   messages: { add: z.object({ by: z.number() }), get: z.object({}) },
 *   replies: { add: z.number(), get: z.number() },
 *   logic: {
 *     initial: () => 0,
 *     transition(n, message, turn) {
 *       const next = message.type === 'add' ? n + message.by : n
 *       turn.reply(next)
 *       return next
 *     },
 *   },
 * })
 */
export function defineActor<
  const M extends Schemas,
  const R extends { readonly [T in keyof M]?: Schema } = Record<never, never>,
  const I extends Schemas = Record<never, never>,
  S = unknown,
>(definition: BehaviourDefinition<M, R, I, TransitionLogic<S, ReceivedOf<M> | ReceivedOf<I>>>): Behaviour<M, R>
export function defineActor<
  const M extends Schemas,
  const R extends { readonly [T in keyof M]?: Schema } = Record<never, never>,
  const I extends Schemas = Record<never, never>,
>(definition: BehaviourDefinition<M, R, I, AnyActorLogic>): Behaviour<M, R>
export function defineActor<M extends Schemas, R extends { readonly [T in keyof M]?: Schema }, I extends Schemas>(
  definition: BehaviourDefinition<M, R, I, AnyActorLogic | TransitionLogic<unknown, never>>,
): Behaviour<M, R> {
  const invalid = (problem: string): Error => kernelErrors.make('behaviour.invalid', { kind: String(definition?.kind), problem })
  if (definition === null || typeof definition !== 'object') throw invalid(`expected an object, got ${describe(definition)}`)
  const { kind, version, messages, logic, upcast = {}, mailbox = {} } = definition
  if (typeof kind !== 'string' || !kindPattern.test(kind)) address(String(kind), 'x')
  if (!Number.isInteger(version) || version < 1) throw invalid(`version must be an integer ≥ 1, got ${describe(version)}`)
  for (const [type, schema] of [
    ...schemaEntries(messages, 'messages', invalid),
    ...schemaEntries(definition.replies ?? {}, 'replies', invalid),
  ]) {
    if (!isSchema(schema)) throw invalid(`${type} is not a Standard Schema, got ${describe(schema)}`)
  }
  for (const type of Object.keys(definition.replies ?? {})) {
    if (!(type in messages))
      throw invalid(`replies has ${describe(type)}, which is no message; messages are ${Object.keys(messages).join(', ')}`)
  }
  const durability = definition.durability ?? 'durable'
  if (durability !== 'durable' && durability !== 'volatile')
    throw invalid(`durability must be "durable" or "volatile", got ${describe(durability)}`)
  const overflow = mailbox.overflow ?? 'refuse'
  if (durability === 'durable' && overflow !== 'refuse')
    throw invalid('a durable actor may only refuse when its mailbox is full, because an accepted message may not be lost')
  const limit = positive(mailbox.limit ?? defaultMailboxLimit, 'mailbox.limit', invalid)
  return {
    kind,
    version,
    messages,
    replies: definition.replies ?? ({} as R),
    logic: isTransition(logic) ? transitionLogic(logic, definition.effects) : readLogic(logic, invalid),
    durability,
    mailbox: { limit, overflow },
    idleTimeout: positive(definition.idleTimeout ?? defaultIdleTimeout, 'idleTimeout', invalid),
    tries: positive(definition.tries ?? defaultTries, 'tries', invalid),
    replyRetention: positive(definition.replyRetention ?? defaultReplyRetention, 'replyRetention', invalid),
    upcast,
  }
}

function schemaEntries(schemas: object, name: string, invalid: (problem: string) => Error): [string, unknown][] {
  if (schemas === null || typeof schemas !== 'object')
    throw invalid(`${name} must be an object of schemas, got ${describe(schemas)}`)
  return Object.entries(schemas).map(([type, schema]) => [`${name}.${type}`, schema])
}

function isSchema(value: unknown): value is Schema {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && '~standard' in value
}

function isTransition(logic: unknown): logic is TransitionLogic<unknown, Message> {
  return (
    logic !== null &&
    typeof logic === 'object' &&
    'initial' in logic &&
    typeof logic.initial === 'function' &&
    'transition' in logic
  )
}

function readLogic(logic: unknown, invalid: (problem: string) => Error): Logic {
  if (logic === null || typeof logic !== 'object' || !('transition' in logic)) {
    throw invalid(`logic must be an XState machine or { initial, transition }, got ${describe(logic)}`)
  }
  return actorLogic(logic as AnyActorLogic)
}

function positive(value: number, name: string, invalid: (problem: string) => Error): number {
  if (typeof value !== 'number' || !(value > 0)) throw invalid(`${name} must be a number > 0, got ${describe(value)}`)
  return value
}

/**
 * A message from outside, checked against its schema (B1).
 *
 * @returns the message with its schema's output
 * @throws `message.unknown_type`, `message.invalid`
 */
export function checkMessage(behaviour: AnyBehaviour, to: Address, message: unknown): Message {
  const type = message !== null && typeof message === 'object' ? (message as Message).type : undefined
  const schema =
    typeof type === 'string' && Object.hasOwn(behaviour.messages, type) ? (behaviour.messages[type] as Schema) : undefined
  if (!schema) {
    const known = Object.keys(behaviour.messages)
    const near = typeof type === 'string' ? nearest(type, known) : undefined
    const fields = {
      address: formatAddress(to),
      type: typeof type === 'string' ? type.slice(0, 100) : describe(message),
      known: known.join(', '),
    }
    throw kernelErrors.make('message.unknown_type', near === undefined ? fields : { ...fields, nearest: near })
  }
  const { type: _type, ...members } = message as Record<string, unknown>
  const checked = check(schema, members)
  if (!checked.ok) {
    const { path, problem, got } = checked
    throw kernelErrors.make('message.invalid', { address: formatAddress(to), type: type!, path, problem, got })
  }
  return { type: type!, ...(checked.value as object) }
}

/** A reply checked against the schema of its message; the value as the schema gives it. @throws `reply.invalid` */
export function checkReply(behaviour: AnyBehaviour, from: Address, type: string, value: unknown): unknown {
  const schema = Object.hasOwn(behaviour.replies, type) ? (behaviour.replies[type] as Schema) : undefined
  if (!schema) return value
  const checked = check(schema, value)
  if (checked.ok) return checked.value
  const { path, problem, got } = checked
  throw kernelErrors.make('reply.invalid', { address: formatAddress(from), type, path, problem, got })
}

/**
 * A stored state as the behaviour's newest version (B3).
 *
 * @throws `actor.quarantined` when the state is newer than the code, or an upcaster is missing or throws
 */
export function upcastState(behaviour: AnyBehaviour, of: Address, version: number, state: Json): Json {
  const quarantine = (reason: string, cause?: unknown): Error =>
    kernelErrors.make('actor.quarantined', { address: formatAddress(of), version, reason }, cause)
  if (version > behaviour.version)
    throw quarantine(`it was written by version ${version}, this code has version ${behaviour.version}`)
  let current = state
  for (let at = version; at < behaviour.version; at++) {
    const step = behaviour.upcast[at]
    if (!step) throw quarantine(`there is no upcaster from version ${at} to ${at + 1}`)
    try {
      current = behaviour.logic.upcast ? behaviour.logic.upcast(current, step) : step(current)
    } catch (cause) {
      throw quarantine(`the upcaster from version ${at} to ${at + 1} threw`, cause)
    }
  }
  return current
}

/** The behaviours of one runtime by kind (B2). @throws `actor.duplicate_kind` */
export function behaviourTable(behaviours: readonly AnyBehaviour[]): ReadonlyMap<string, AnyBehaviour> {
  const table = new Map<string, AnyBehaviour>()
  for (const behaviour of behaviours) {
    const other = table.get(behaviour.kind)
    if (other && other !== behaviour)
      throw kernelErrors.make('actor.duplicate_kind', { kind: behaviour.kind, reason: difference(other, behaviour) })
    table.set(behaviour.kind, behaviour)
  }
  return table
}

function difference(a: AnyBehaviour, b: AnyBehaviour): string {
  if (a.version !== b.version) return `one has version ${a.version}, the other ${b.version}`
  const types = (of: AnyBehaviour): string => Object.keys(of.messages).join(', ')
  if (types(a) !== types(b)) return `both have version ${a.version} but different messages (${types(a)} / ${types(b)})`
  return `both have version ${a.version}, but they are two different objects`
}
