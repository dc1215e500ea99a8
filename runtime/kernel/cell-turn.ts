/**
 * Owns: the turn object of one cell: what the logic sees, and the list of decisions that it pushes.
 * Does not own: performing them.
 * Invariants: L2. CT1 one object per cell, begun anew for each delivery, so that the hot path allocates nothing. CT2 the time of a turn is read once,
 * when first asked for.
 */

import type { Address } from './address.ts'
import type { Body } from './delivery.ts'
import type { ReplyToken } from './envelope.ts'
import type { Decision, Logic, Turn } from './logic.ts'
import type { Clock } from './sources.ts'

export class CellTurn implements Turn {
  readonly self: Address
  reply: ReplyToken | undefined
  from: Address | undefined
  decisions: Decision[] = []
  readonly #clock: Clock
  #now = Number.NaN

  constructor(self: Address, clock: Clock) {
    this.self = self
    this.#clock = clock
  }

  get now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.#clock.now()
    return this.#now
  }

  /** Begins the turn of a delivery; without arguments, of a message that nobody waits for. */
  begin(reply?: ReplyToken, from?: Address): void {
    this.reply = reply
    this.from = from
    this.#now = Number.NaN
  }

  push(decision: Decision): void {
    this.decisions.push(decision)
  }

  /** Takes the decisions pushed since the last call. */
  take(): Decision[] {
    const taken = this.decisions
    this.decisions = []
    return taken
  }
}

/** The state after `body`; pushes its decisions to `turn`. */
export function decideBody(logic: Logic, state: unknown, body: Body, turn: Turn): unknown {
  return (deciders[body.type] as Decider<Body>)(logic, state, body, turn)
}

type Decider<B> = (logic: Logic, state: unknown, body: B, turn: Turn) => unknown

const deciders: { readonly [T in Body['type']]: Decider<Extract<Body, { type: T }>> } = {
  message: (logic, state, body, turn) => logic.decide(state, body.message, turn),
  timer: (logic, state, body, turn) => logic.timer(state, body.id, body.payload, turn),
  settled: (logic, state, body, turn) => logic.settled(state, body.id, body.result, turn),
  child: (logic, state, body, turn) => logic.child(state, body.id, body.event, turn),
  start: (_logic, state) => state,
}
