/**
 * Owns: the runtime's own actions for XState machines: reply, tell, fact, and what a machine can ask of its turn.
 * Does not own: performing them; each becomes a decision in its place among the other actions.
 * Invariants: L1, L2. AC1 an expression is evaluated while the turn is decided, with the context of its place among the actions.
 * AC2 outside of the runtime (a machine under XState's own `createActor`) each action emits an event of its name, so that machines stay testable.
 */

import type { ActionArgs, AnyActorScope, EventObject, MachineContext, ParameterizedObject } from 'xstate'
import type { Address } from '../address.ts'
import type { Answer, Message, ReplyToken } from '../envelope.ts'
import { errorData } from '../errors.ts'
import type { Json } from '../json.ts'
import { addressIn, type Target } from './actor-ref.ts'
import { CellActor } from './cell-actor.ts'
import { CellSystem } from './cell-system.ts'

type Params = ParameterizedObject['params'] | undefined

/** A value that is worked out from context and event when the action's turn comes. */
export type Expression<C extends MachineContext, X extends EventObject, P extends Params, E extends EventObject, T> = (
  args: ActionArgs<C, X, E>,
  params: P,
) => T

/** An action as `setup({…}).createMachine` takes it. It names no events or actors of its own, so it fits every machine. */
export type OwnAction<C extends MachineContext, X extends EventObject, P extends Params, E extends EventObject> = (
  args: ActionArgs<C, X, E>,
  params: P,
) => void

// Inference falls back on these when an action stands by itself; its machine then checks nothing of it, as with XState's own `log`.
// biome-ignore lint/suspicious/noExplicitAny: only `any` fits every machine's context
type AnyContext = any
// biome-ignore lint/suspicious/noExplicitAny: only `any` fits every machine's events
type AnyEvent = any
// biome-ignore lint/suspicious/noExplicitAny: only `any` fits every action's parameters
type AnyParams = any

// biome-ignore lint/complexity/noBannedTypes: `unknown` would swallow the union with a function, and with it the types of its arguments
type Sayable = {} | null | undefined

/** What XState's interpreter calls on an action that describes something. */
interface Describing<T> {
  readonly type: string
  resolve(scope: AnyActorScope, snapshot: unknown, args: never, params: never): readonly [unknown, T, undefined]
  execute(scope: AnyActorScope, resolution: T): void
}

function describing<T extends object>(
  type: string,
  resolve: (args: never, params: never) => T,
  execute: (system: CellSystem, resolution: T) => void,
): unknown {
  const action: Describing<T> = {
    type,
    resolve: (_scope, snapshot, args, params) => [snapshot, resolve(args, params), undefined],
    execute(scope, resolution) {
      const system = systemOf(scope.self)
      if (system) execute(system, resolution)
      else scope.emit({ type, ...resolution })
    },
  }
  return Object.assign(() => undefined, action)
}

function systemOf(self: unknown): CellSystem | undefined {
  return self instanceof CellActor && self.system instanceof CellSystem ? self.system : undefined
}

const resolved = <T>(given: T | ((args: never, params: never) => T), args: never, params: never): T =>
  typeof given === 'function' ? (given as (args: never, params: never) => T)(args, params) : given

interface Replying {
  readonly answer: Answer
  readonly to: ReplyToken | null | undefined
}

function answer(system: CellSystem, { answer, to }: Replying): void {
  const token = to === undefined ? system.turn?.reply : to
  // A message that was told, not asked, has nobody who waits for an answer.
  if (token) system.push({ type: 'reply', token, answer })
}

/** Undefined = the message at hand; a given `to` that comes to nothing means nobody, not whoever happens to wait. */
const receiver = (to: unknown, args: never, params: never): ReplyToken | null | undefined =>
  to === undefined ? undefined : ((resolved(to, args, params) as ReplyToken | null | undefined) ?? null)

/** Where a reply goes: the message at hand unless a kept token is given. */
export interface ReplyOptions<C extends MachineContext, X extends EventObject, P extends Params, E extends EventObject> {
  readonly to?: ReplyToken | null | Expression<C, X, P, E, ReplyToken | null | undefined>
}

/**
 * Answers the message at hand, or an earlier one by its kept token. Does nothing when nobody waits for an answer.
 *
 * @param value the answer, or a function of `{ context, event, self }`
 * @param options `to`: the token of the message that is answered
 * @example
 * const counter = setup({ types: {} as { context: { n: number } } }).createMachine({
 *   context: { n: 0 },
 *   on: { get: { actions: reply(({ context }) => context.n) } },
 * })
 */
export function reply<
  C extends MachineContext = AnyContext,
  X extends EventObject = AnyEvent,
  P extends Params = AnyParams,
  E extends EventObject = AnyEvent,
>(value: Sayable | Expression<C, X, P, E, unknown>, options: ReplyOptions<C, X, P, E> = {}): OwnAction<C, X, P, E> {
  return describing<Replying>(
    'troupe.reply',
    (args, params) => ({
      answer: { ok: true, value: resolved(value as unknown, args, params) as Json | undefined },
      to: receiver(options.to, args, params),
    }),
    answer,
  ) as OwnAction<C, X, P, E>
}

/**
 * Answers with an error: the caller's `ask` rejects with it.
 *
 * @param error any thrown value, or a function that gives one
 * @example
 * setup({}).createMachine({ on: { pay: { actions: replyError(new Error('the till is closed')) } } })
 */
export function replyError<
  C extends MachineContext = AnyContext,
  X extends EventObject = AnyEvent,
  P extends Params = AnyParams,
  E extends EventObject = AnyEvent,
>(error: Sayable | Expression<C, X, P, E, unknown>, options: ReplyOptions<C, X, P, E> = {}): OwnAction<C, X, P, E> {
  return describing<Replying>(
    'troupe.reply',
    (args, params) => ({
      answer: { ok: false, error: errorData(resolved(error as unknown, args, params)) },
      to: receiver(options.to, args, params),
    }),
    answer,
  ) as OwnAction<C, X, P, E>
}

/** Anything that has `self`: the arguments of an action, an assigner or an input function. */
export interface WithSelf {
  readonly self: unknown
}

/**
 * The token of the message at hand, to be kept in the context and answered in a later turn; null when nobody waits.
 *
 * @example
 * setup({ types: {} as { context: { waiting: ReplyToken | null } } }).createMachine({
 *   context: { waiting: null },
 *   on: { order: { actions: assign({ waiting: replyToken }) }, done: { actions: reply('ready', { to: ({ context }) => context.waiting }) } },
 * })
 */
export function replyToken({ self }: WithSelf): ReplyToken | null {
  return systemOf(self)?.turn?.reply ?? null
}

/** The sender of the message at hand, when it is an actor; null otherwise. */
export function sender({ self }: WithSelf): Address | null {
  return systemOf(self)?.turn?.from ?? null
}

/** The address of the actor that a machine runs in; null outside of the runtime. */
export function selfAddress({ self }: WithSelf): Address | null {
  return systemOf(self)?.address ?? null
}

export interface TellOptions {
  /** The answer comes back as the message `{ type: replyAs, value }` or `{ type: replyAs, error }`. */
  readonly replyAs?: string
  /** Wall time in milliseconds since 1970 after which nobody waits for the answer. */
  readonly deadline?: number
}

interface Telling {
  readonly to: Address
  readonly message: Message
}

/**
 * Sends a message to another actor, once this turn is committed.
 *
 * @param target its address, or anything that has one, or a function that gives it
 * @param message the message, or a function that gives it
 * @throws `address.invalid`
 * @example
 * setup({}).createMachine({
 *   on: { paid: { actions: tell({ kind: 'stock', key: 'main' }, { type: 'take', count: 1 }, { replyAs: 'taken' }) } },
 * })
 */
export function tell<
  C extends MachineContext = AnyContext,
  X extends EventObject = AnyEvent,
  P extends Params = AnyParams,
  E extends EventObject = AnyEvent,
  M extends Message = Message & { readonly [member: string]: unknown },
>(
  target: Target | Expression<C, X, P, E, Target>,
  message: M | Expression<C, X, P, E, M>,
  options: TellOptions = {},
): OwnAction<C, X, P, E> {
  return describing<Telling>(
    'troupe.tell',
    (args, params) => ({ to: addressIn(resolved(target, args, params)), message: resolved(message, args, params) }),
    (system, { to, message }) => system.tell(to, message, options.replyAs, options.deadline),
  ) as OwnAction<C, X, P, E>
}

interface Facing {
  readonly name: string
  readonly data: Json
}

/**
 * Writes a line of the journal, in the turn's own commit.
 *
 * @param name what happened
 * @param data plain data, or a function that gives it
 * @example setup({}).createMachine({ on: { paid: { actions: fact('order.paid', ({ event }) => ({ type: event.type })) } } })
 */
export function fact<
  C extends MachineContext = AnyContext,
  X extends EventObject = AnyEvent,
  P extends Params = AnyParams,
  E extends EventObject = AnyEvent,
>(name: string, data: Sayable | Expression<C, X, P, E, unknown>): OwnAction<C, X, P, E> {
  return describing<Facing>(
    'troupe.fact',
    (args, params) => ({ name, data: resolved(data as unknown, args, params) as Json }),
    (system, { name, data }) => system.push({ type: 'fact', name, data }),
  ) as OwnAction<C, X, P, E>
}
