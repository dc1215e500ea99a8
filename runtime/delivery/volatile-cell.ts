/**
 * Owns: one life of an actor that lives in memory only: decide and perform at once, no store, no outbox.
 * Does not own: durable actors (durable-cell), restarts (supervisors).
 * Invariants: L2, L3. VC1 its messages never touch store or bus. VC2 what crashes it is told to the sender that waits, then to its supervisor.
 */

import type { Address } from '../kernel/address.ts'
import { formatAddress } from '../kernel/address.ts'
import { type AnyBehaviour, checkReply } from '../kernel/behaviour.ts'
import { CellTurn, decideBody } from '../kernel/cell-turn.ts'
import { Delivery } from '../kernel/delivery.ts'
import type { Answer, Message, ReplyToken } from '../kernel/envelope.ts'
import { errorData } from '../kernel/errors.ts'
import { crashed, type ExitReason, normal } from '../kernel/exit.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { LiveParts } from '../kernel/live-parts.ts'
import type { Decision, Logic } from '../kernel/logic.ts'
import type { InitResult, ProcessSelf, Server, Signal } from '../kernel/process.ts'
import type { Scheduled, Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import { performLive } from './perform.ts'

export interface VolatileContext {
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Sends to any actor; `reply` is the token under which its answer comes back. */
  route(to: Address, message: Message, from: Address, reply: ReplyToken | undefined): void
  answer(token: ReplyToken, answer: Answer, from: Address): void
  /** A delivery for this very actor. */
  deliver(to: Address, delivery: Delivery): void
  /** The cell is dead. */
  ended(cell: VolatileCell, reason: ExitReason): void
}

export class VolatileCell implements Server {
  readonly #context: VolatileContext
  readonly address: Address
  readonly #behaviour: AnyBehaviour
  readonly #logic: Logic
  readonly #turn: CellTurn
  readonly live: LiveParts
  readonly #input: unknown
  #timers: Map<string, { readonly armed: number; readonly timer: Scheduled }> | undefined
  #self!: ProcessSelf
  #state: unknown
  #armed = 0
  #messages = 0
  /** Its init came to a good end. */
  started = false

  constructor(context: VolatileContext, address: Address, behaviour: AnyBehaviour, live: LiveParts, input: unknown) {
    this.#context = context
    this.address = address
    this.#behaviour = behaviour
    this.#logic = behaviour.logic
    this.#turn = new CellTurn(address, context.sources.clock)
    this.live = live
    this.#input = input
  }

  init(self: ProcessSelf): InitResult {
    this.#self = self
    this.#turn.begin()
    try {
      this.#state = this.#logic.start(this.#input, this.#turn)
    } catch (error) {
      return { init: 'error', reason: crashed(error) }
    }
    this.#perform()
    this.started = true
    this.#context.telemetry.emit('actor.started', {}, { address: formatAddress(this.address) })
    return { init: 'ok' }
  }

  handle(_signal: Signal): void {
    // Messages are posted as they are; exits of linked processes and downs have no meaning for an actor's logic.
  }

  receive(entry: unknown): void {
    if (entry instanceof Delivery) return this.#delivered(entry)
    const turn = this.#turn
    turn.begin()
    this.#state = this.#logic.decide(this.#state, entry as Message, turn)
    if (turn.decisions.length > 0) this.#perform()
    this.#after()
  }

  #delivered(delivery: Delivery): void {
    const { body } = delivery
    if (body.type === 'timer') {
      if (this.#timers?.get(body.id)?.armed !== body.armed) return
      this.#timers?.delete(body.id)
    }
    const turn = this.#turn
    turn.begin(delivery.reply, delivery.from)
    try {
      this.#state = decideBody(this.#logic, this.#state, body, turn)
      if (turn.decisions.length > 0) this.#perform()
    } catch (error) {
      delivery.failed(kernelErrors.make('actor.crashed', { address: formatAddress(this.address), type: delivery.label }, error))
      throw error
    }
    delivery.done()
    this.#after()
  }

  #after(): void {
    this.#messages++
    if (this.live.observed) this.live.show(() => this.view())
    const status = this.#logic.status(this.#state)
    if (status.status === 'done') this.#self.stop(normal)
    else if (status.status === 'error') throw status.error
  }

  view(): unknown {
    return this.#logic.view(this.#state)
  }

  get status(): string {
    return this.#logic.status(this.#state).status
  }

  get sequence(): number {
    return this.#messages
  }

  terminate(): void {
    for (const { timer } of this.#timers?.values() ?? []) timer.cancel()
    this.#timers = undefined
  }

  ended(reason: ExitReason): void {
    this.#context.ended(this, reason)
  }

  #perform(): void {
    const { decisions } = this.#turn
    // The list is used again for the next turn, so that a turn with decisions makes no list of its own.
    for (let at = 0; at < decisions.length; at++) {
      const decision = decisions[at]!
      ;(VolatileCell.#performers[decision.type] as (cell: VolatileCell, decision: Decision) => void)(this, decision)
    }
    decisions.length = 0
  }

  static readonly #livePart = (cell: VolatileCell, decision: Decision): void => performLive(cell.live, decision)

  /** One table for all cells: a table of its own would be half of what a cell weighs. */
  static readonly #performers: {
    readonly [T in Decision['type']]: (cell: VolatileCell, decision: Extract<Decision, { type: T }>) => void
  } = {
    run: VolatileCell.#livePart,
    emit: VolatileCell.#livePart,
    log: VolatileCell.#livePart,
    start_effect: VolatileCell.#livePart,
    stop_effect: VolatileCell.#livePart,
    start_volatile: VolatileCell.#livePart,
    stop_volatile: VolatileCell.#livePart,
    send_volatile: VolatileCell.#livePart,
    tell: (cell, decision) => {
      const self = cell.address
      const id = `${formatAddress(self)}:${cell.#messages}:${cell.#armed++}`
      const reply =
        decision.replyAs === undefined ? undefined : { id, to: self, as: decision.replyAs, type: decision.message.type }
      cell.#context.route(decision.to, decision.message, self, reply)
    },
    reply: (cell, decision) => cell.#reply(decision.token, decision.answer),
    set_timer: (cell, { id, payload, delay }) => {
      const armed = ++cell.#armed
      cell.#timers ??= new Map()
      cell.#timers.get(id)?.timer.cancel()
      const timer = cell.#context.sources.clock.schedule(delay, () =>
        cell.#context.deliver(cell.address, new Delivery({ type: 'timer', id, armed, payload })),
      )
      cell.#timers.set(id, { armed, timer })
    },
    cancel_timer: (cell, { id }) => {
      cell.#timers?.get(id)?.timer.cancel()
      cell.#timers?.delete(id)
    },
    // Facts are rows of a commit; an actor without commits has none, and saying so is better than losing them.
    fact: (cell, decision) => {
      throw kernelErrors.make('logic.unsupported', {
        address: formatAddress(cell.address),
        what: `a fact (${decision.name}) of a volatile actor`,
      })
    },
    stop: (cell, decision) => cell.#self.stop(decision.reason satisfies ExitReason),
  }

  #reply(token: ReplyToken, answer: Answer): void {
    if (!answer.ok) return this.#context.answer(token, answer, this.address)
    try {
      const value = checkReply(this.#behaviour, this.address, token.type, answer.value)
      this.#context.answer(token, { ok: true, value: value as never }, this.address)
    } catch (error) {
      this.#context.answer(token, { ok: false, error: errorData(error) }, this.address)
    }
  }
}
