/**
 * Owns: a small cell for tests: it runs a logic with a mailbox, timers on a clock that only moves when told, effects and volatile children.
 * Does not own: storage; `restart` sends the state through JSON text and builds everything anew from it.
 * Invariants: T1 decisions are performed after their turn. T7 a timer that was replaced or cancelled does not fire.
 */

import type { Address } from '../../../../runtime/kernel/address.ts'
import type { Message, ReplyToken } from '../../../../runtime/kernel/envelope.ts'
import type { Json } from '../../../../runtime/kernel/json.ts'
import type { Decision, Logic, Post, Settled, Turn, VolatileLink } from '../../../../runtime/kernel/logic.ts'

type Entry = (turn: Turn) => unknown

interface Child {
  stop: () => void
  receive: ((event: Message) => void) | undefined
}

export interface CellOptions {
  readonly input?: unknown
  readonly self?: Address
  /** Sees every decision, in order, when it is performed. */
  readonly performed?: (decision: Decision) => void
}

type Performers = { readonly [T in Decision['type']]: (decision: Extract<Decision, { type: T }>) => void }

export class InMemoryCell {
  readonly logic: Logic
  state: unknown
  now = 0
  /** What a turn threw; the cell takes nothing more then. */
  thrown: { readonly error: unknown } | undefined
  readonly timers = new Map<string, { readonly due: number; readonly order: number; readonly payload: Json }>()
  readonly effects = new Map<string, AbortController>()
  readonly children = new Map<string, Child>()
  readonly #options: CellOptions
  readonly #self: Address
  readonly #mailbox: Entry[] = []
  #order = 0
  #busy = false

  constructor(logic: Logic, options: CellOptions = {}) {
    this.logic = logic
    this.#options = options
    this.#self = options.self ?? { kind: 'machine', key: 'm1' }
    this.#enter((turn) => this.logic.start(options.input, turn))
  }

  send(message: Message, reply?: ReplyToken): void {
    this.#enter((turn) => this.logic.decide(this.state, message, turn), reply)
  }

  advance(milliseconds: number): void {
    this.now += milliseconds
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.due <= this.now)
      const first = due.sort(([, a], [, b]) => a.due - b.due || a.order - b.order)[0]
      if (!first) return
      const [id, { payload }] = first
      this.timers.delete(id)
      this.#enter((turn) => this.logic.timer(this.state, id, payload, turn))
    }
  }

  /** Drops everything that lives in memory and builds it from the text of the state; timers stay, as rows do. */
  restart(): void {
    for (const child of [...this.children.values()].reverse()) child.stop()
    this.children.clear()
    this.effects.clear()
    const text = JSON.stringify(this.logic.persist(this.state))
    this.#enter((turn) => this.logic.restore(JSON.parse(text), turn))
  }

  #enter(entry: Entry, reply?: ReplyToken): void {
    this.#mailbox.push((turn) => {
      ;(turn as { reply: ReplyToken | undefined }).reply = reply
      return entry(turn)
    })
    if (this.#busy) return
    this.#busy = true
    try {
      for (let next = this.#mailbox.shift(); next && !this.thrown; next = this.#mailbox.shift()) this.#turn(next)
    } finally {
      this.#busy = false
    }
  }

  #turn(entry: Entry): void {
    const decisions: Decision[] = []
    const turn: Turn = {
      self: this.#self,
      now: this.now,
      reply: undefined,
      from: undefined,
      push: (decision) => void decisions.push(decision),
    }
    try {
      this.state = entry(turn)
    } catch (error) {
      this.thrown = { error }
      return
    }
    for (const decision of decisions) {
      this.#options.performed?.(decision)
      ;(this.#performers[decision.type] as (decision: Decision) => void)(decision)
    }
  }

  readonly #post: Post = (id, event) => this.#enter((turn) => this.logic.child(this.state, id, event, turn))

  #settled(id: string, result: Settled): void {
    this.#enter((turn) => this.logic.settled(this.state, id, result, turn))
  }

  readonly #performers: Performers = {
    run: (decision) => void decision.run(this.#post),
    tell: () => undefined,
    reply: () => undefined,
    emit: () => undefined,
    fact: () => undefined,
    log: () => undefined,
    stop: () => undefined,
    set_timer: ({ id, delay, payload }) =>
      void this.timers.set(id, { due: this.now + delay, order: this.#order++, payload: JSON.parse(JSON.stringify(payload)) }),
    cancel_timer: ({ id }) => void this.timers.delete(id),
    start_effect: ({ id, run }) => {
      const controller = new AbortController()
      this.effects.set(id, controller)
      const settle = (result: Settled): void => {
        if (this.effects.get(id) !== controller) return
        this.effects.delete(id)
        this.#settled(id, result)
      }
      new Promise((resolve) =>
        resolve(run(controller.signal, (event) => this.#options.performed?.({ type: 'emit', event }), this.#post)),
      ).then(
        (output) => settle({ ok: true, output }),
        (error) => settle({ ok: false, error }),
      )
    },
    stop_effect: ({ id }) => {
      this.effects.get(id)?.abort()
      this.effects.delete(id)
    },
    start_volatile: ({ id, start }) => this.#startChild(id, start),
    stop_volatile: ({ id }) => {
      const child = this.children.get(id)
      this.children.delete(id)
      child?.stop()
    },
    send_volatile: ({ id, event }) => this.children.get(id)?.receive?.(event),
  }

  #startChild(id: string, start: (link: VolatileLink) => () => void): void {
    const child: Child = { stop: () => undefined, receive: undefined }
    this.children.set(id, child)
    const here = (): boolean => this.children.get(id) === child
    const settle = (result: Settled): void => {
      if (!here()) return
      this.children.delete(id)
      this.#settled(id, result)
    }
    try {
      child.stop = start({
        deliver: (event) => here() && this.#enter((turn) => this.logic.child(this.state, id, event, turn)),
        receive: (listener) => {
          child.receive = listener
        },
        settle,
        emit: (event) => this.#options.performed?.({ type: 'emit', event }),
      })
    } catch (error) {
      settle({ ok: false, error })
    }
  }
}
