/**
 * Owns: actors whose logic is a transition function `(state, message, turn) → state`, and what such a function can ask of its turn.
 * Does not own: machines (machine/).
 * Invariants: L1–L3. TL1 an effect or timer that the actor no longer waits for reaches it no more (the turn keeps no rows for it).
 */

import type { Address } from './address.ts'
import type { Message, ReplyToken } from './envelope.ts'
import { errorData } from './errors.ts'
import { type ExitReason, normal } from './exit.ts'
import type { Json } from './json.ts'
import type { Logic, Settled, Turn } from './logic.ts'
import { plain } from './plain.ts'

/** An address, or anything that has one, such as an actor handle. */
export type Target = Address | { readonly address: Address }

/** What a transition function can do besides returning the next state. All of it happens after the commit, in this order. */
export interface ActorTurn {
  readonly self: Address
  /** The sender, when it is an actor. */
  readonly from: Address | undefined
  /** Wall time of the turn, milliseconds since 1970. */
  readonly now: number
  /** Answers the message at hand, or the one that `token` belongs to. */
  reply(value: unknown, token?: ReplyToken): void
  /** Answers with an error. */
  fail(error: unknown, token?: ReplyToken): void
  /** The reply token of the message at hand, to answer in a later turn; undefined when nobody waits. */
  replyToken(): ReplyToken | undefined
  /** Sends to another actor. With `replyAs` its answer comes back as the message `{ type: replyAs, value }` or `{ type: replyAs, error }`. */
  tell<M extends Message>(to: Target, message: M, options?: { readonly replyAs?: string }): void
  /** Sends `message` to this actor after `delay` milliseconds, also after a restart. The same id again replaces the timer. */
  after<M extends Message>(id: string, delay: number, message: M): void
  cancel(id: string): void
  /** Starts the behaviour's effect `src`; its result comes back as the message `{ type: as, value }` or `{ type: as, error }`. */
  effect(src: string, input: unknown, as: string): void
  emit<M extends Message>(event: M): void
  fact(name: string, data: unknown): void
  log(value: unknown, label?: string): void
  /** Ends the actor with this turn. */
  stop(reason?: ExitReason): void
}

/** Promise logic of a transition actor. Must heed `signal`: it is aborted when the actor is stopped or the result is no longer wanted. */
export type EffectFunction = (input: never, context: { readonly signal: AbortSignal; readonly self: Address }) => Promise<unknown>

export interface TransitionLogic<S, M extends Message> {
  initial(input: never, turn: ActorTurn): S
  transition(state: S, message: M, turn: ActorTurn): S
  /** What watchers see; the state itself by default. */
  view?(state: S): unknown
}

interface Box {
  readonly user: unknown
  /** Number of the next effect, so that ids never repeat in the life of an actor. */
  readonly next: number
  /** Running effects: id → how to start it again and what its result is called. */
  readonly effects: { readonly [id: string]: { readonly src: string; readonly input: Json | undefined; readonly as: string } }
}

const noEffects: Box['effects'] = {}

/** The logic of a transition function. The functions are called with one reused turn object per actor copy: keep no reference to it. */
export function transitionLogic<S, M extends Message>(
  definition: TransitionLogic<S, M>,
  effects: { readonly [src: string]: EffectFunction } = {},
): Logic<unknown> {
  const open = new OpenTurn(effects)
  const wrap = (box: Box, turn: Turn, run: (turn: ActorTurn) => unknown): Box => {
    open.begin(turn, box)
    try {
      return open.end(run(open))
    } finally {
      open.close()
    }
  }
  const start = definition.initial as (input: unknown, turn: ActorTurn) => unknown
  const decide = definition.transition as (state: unknown, message: Message, turn: ActorTurn) => unknown
  return {
    start: (input, turn) => wrap({ user: undefined, next: 1, effects: noEffects }, turn, (t) => start(input, t)),
    decide(state, message, turn) {
      const box = state as Box
      open.begin(turn, box)
      const next = decide(box.user, message, open)
      return open.end(next)
    },
    timer: (state, _id, payload, turn) =>
      wrap(state as Box, turn, (t) => decide((state as Box).user, payload as unknown as Message, t)),
    settled(state, id, result, turn) {
      const box = state as Box
      const effect = box.effects[id]
      if (!effect) return box
      const { [id]: _ended, ...running } = box.effects
      return wrap({ ...box, effects: running }, turn, (t) => decide(box.user, settledMessage(effect.as, result), t))
    },
    child: (state) => state,
    status: () => ({ status: 'active' }),
    persist: (state) => plain(state, 'state'),
    restore(data, turn) {
      const box = data as unknown as Box
      for (const [id, effect] of Object.entries(box.effects))
        turn.push(startEffect(effects, turn.self, id, effect.src, effect.input))
      return box
    },
    upcast: (data, step) =>
      ({ ...(data as unknown as Box), user: step((data as unknown as Box).user as Json) }) as unknown as Json,
    view: (state) => (definition.view ? definition.view((state as Box).user as S) : (state as Box).user),
  }
}

function settledMessage(type: string, result: Settled): Message {
  const message: Message & { value?: unknown; error?: unknown } = result.ok
    ? { type, value: result.output }
    : { type, error: errorData(result.error) }
  return message
}

function startEffect(
  effects: { readonly [src: string]: EffectFunction },
  self: Address,
  id: string,
  src: string,
  input: Json | undefined,
) {
  const run = effects[src]
  if (!run)
    throw new TypeError(
      `the behaviour has no effect ${JSON.stringify(src)}; it has: ${Object.keys(effects).join(', ') || 'none'}`,
    )
  return { type: 'start_effect', id, src, input, run: (signal: AbortSignal) => run(input as never, { signal, self }) } as const
}

/** One turn object per logic, because turns are synchronous: the hot path allocates nothing but the state's box. */
class OpenTurn implements ActorTurn {
  readonly #effects: { readonly [src: string]: EffectFunction }
  #turn: Turn | undefined
  #box!: Box
  #started: { [id: string]: Box['effects'][string] } | undefined
  #next = 1

  constructor(effects: { readonly [src: string]: EffectFunction }) {
    this.#effects = effects
  }

  begin(turn: Turn, box: Box): void {
    this.#turn = turn
    this.#box = box
    this.#next = box.next
    this.#started = undefined
  }

  end(user: unknown): Box {
    const box = this.#box
    if (this.#started === undefined && user === box.user) return box
    return { user, next: this.#next, effects: this.#started === undefined ? box.effects : { ...box.effects, ...this.#started } }
  }

  close(): void {
    this.#turn = undefined
  }

  get #now(): Turn {
    if (!this.#turn)
      throw new TypeError('this turn is over: use the turn only inside the transition function that it was given to')
    return this.#turn
  }
  get self(): Address {
    return this.#now.self
  }
  get from(): Address | undefined {
    return this.#now.from
  }
  get now(): number {
    return this.#now.now
  }
  reply(value: unknown, token = this.#now.reply): void {
    if (token) this.#now.push({ type: 'reply', token, answer: { ok: true, value: value as Json | undefined } })
  }
  fail(error: unknown, token = this.#now.reply): void {
    if (token) this.#now.push({ type: 'reply', token, answer: { ok: false, error: errorData(error) } })
  }
  replyToken(): ReplyToken | undefined {
    return this.#now.reply
  }
  tell<M extends Message>(to: Target, message: M, options?: { readonly replyAs?: string }): void {
    const address = 'address' in to ? to.address : to
    this.#now.push(
      options?.replyAs === undefined
        ? { type: 'tell', to: address, message }
        : { type: 'tell', to: address, message, replyAs: options.replyAs },
    )
  }
  after<M extends Message>(id: string, delay: number, message: M): void {
    this.#now.push({ type: 'set_timer', id, delay, payload: message as unknown as Json })
  }
  cancel(id: string): void {
    this.#now.push({ type: 'cancel_timer', id })
  }
  effect(src: string, input: unknown, as: string): void {
    const id = `${src}.${this.#next++}`
    const given = plain(input, `input of ${src}`) as Json | undefined
    this.#now.push(startEffect(this.#effects, this.#now.self, id, src, given))
    this.#started ??= {}
    this.#started[id] = { src, input: given, as }
  }
  emit<M extends Message>(event: M): void {
    this.#now.push({ type: 'emit', event })
  }
  fact(name: string, data: unknown): void {
    this.#now.push({ type: 'fact', name, data: plain(data, `fact ${name}`) })
  }
  log(value: unknown, label?: string): void {
    this.#now.push({ type: 'log', label, value })
  }
  stop(reason: ExitReason = normal): void {
    this.#now.push({ type: 'stop', reason })
  }
}
