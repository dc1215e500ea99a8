/**
 * Owns: one thing on its way to an actor: what it is, who waits for it, how often it was tried.
 * Does not own: where it waits (mailbox, inbox) and what it changes (cell).
 * Invariants: DE1 whoever handed it in is told exactly once: `done` or `failed`.
 */

import type { Address } from './address.ts'
import type { Message, ReplyToken } from './envelope.ts'
import type { Json } from './json.ts'
import type { Settled } from './logic.ts'
import type { Position } from './ports.ts'

export type Body =
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'timer'; readonly id: string; readonly armed: number; readonly payload: Json }
  | { readonly type: 'settled'; readonly id: string; readonly result: Settled }
  | { readonly type: 'child'; readonly id: string; readonly event: Message }
  /** Makes a new actor commit its first state without a message. */
  | { readonly type: 'start' }

export interface DeliveryOptions {
  readonly reply?: ReplyToken | undefined
  readonly from?: Address | undefined
  readonly id?: string | undefined
  readonly position?: Position | undefined
  /** Idempotency key and digest of its message: the first turn under a key is the only one. */
  readonly key?: { readonly key: string; readonly digest: string } | undefined
  readonly done?: (() => void) | undefined
  readonly failed?: ((error: unknown) => void) | undefined
}

/** Who handed it in. */
export interface Sender {
  /** The actor has taken it and it cannot be lost any more. */
  readonly done?: (() => void) | undefined
  /** It will never be taken. */
  readonly failed?: ((error: unknown) => void) | undefined
}

export class Delivery {
  readonly body: Body
  readonly reply: ReplyToken | undefined
  readonly from: Address | undefined
  readonly id: string | undefined
  readonly position: Position | undefined
  readonly key: { readonly key: string; readonly digest: string } | undefined
  /** Times that it crashed its actor. */
  tries = 0
  #sender: Sender | undefined

  /** @param sender who is told (DE1); by default the functions of `options` */
  constructor(body: Body, options: DeliveryOptions = {}, sender: Sender = options) {
    this.body = body
    this.reply = options.reply
    this.from = options.from
    this.id = options.id
    this.position = options.position
    this.key = options.key
    this.#sender = sender
  }

  /** The message type, for errors and telemetry. */
  get label(): string {
    return labels[this.body.type](this.body as never)
  }

  done(): void {
    const sender = this.#sender
    this.#sender = undefined
    sender?.done?.()
  }

  failed(error: unknown): void {
    const sender = this.#sender
    this.#sender = undefined
    sender?.failed?.(error)
  }
}

const labels: { readonly [T in Body['type']]: (body: Extract<Body, { type: T }>) => string } = {
  message: (body) => body.message.type,
  timer: (body) => `timer ${body.id}`,
  settled: (body) => `result of ${body.id}`,
  child: (body) => `${body.event.type} of ${body.id}`,
  start: () => 'start',
}
