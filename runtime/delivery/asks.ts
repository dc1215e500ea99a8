/**
 * Owns: calls of this process that wait for an answer: tokens, deadlines, late answers.
 * Does not own: how the answer travels.
 * Invariants: AS1 every ask is settled once: answer, typed failure or deadline. AS2 an answer after that is dropped and counted. AS3 an answer for an
 * earlier life of this node reaches nobody, although the numbers of its calls begin anew.
 */

import { type Address, formatAddress, sameAddress } from '../kernel/address.ts'
import { Deadline, type Deadlines } from '../kernel/deadlines.ts'
import type { Answer, ReplyToken } from '../kernel/envelope.ts'
import { errorFrom } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

export const defaultDeadline = 5000

/** A call that waits. Its place in the ring is taken by its number, so that an answer finds it without a search. */
class Waiting extends Deadline {
  readonly number: number
  readonly to: Address
  readonly type: string
  readonly within: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly #asks: Asks
  forget: (() => void) | undefined = undefined

  constructor(
    asks: Asks,
    number: number,
    call: { readonly to: Address; readonly type: string; readonly within: number },
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super()
    this.#asks = asks
    this.number = number
    this.to = call.to
    this.type = call.type
    this.within = call.within
    this.resolve = resolve
    this.reject = reject
  }

  override expire(): void {
    const { type, within } = this
    this.failed(kernelErrors.make('ask.deadline', { address: formatAddress(this.to), type, milliseconds: within }))
  }

  /** The message was taken; what matters is its answer. */
  done(): void {
    // Nothing waits for that alone.
  }

  /** The message will never be taken, or its answer never come. */
  failed(error: unknown): void {
    if (this.#asks.settle(this)) this.reject(error)
  }
}

/** Who is told what became of a call's message. */
export type Caller = Pick<Waiting, 'done' | 'failed'>

/** How a call is made: to whom, with which message type, within how many milliseconds (Infinity for no deadline). */
export interface Call {
  readonly to: Address
  readonly type: string
  readonly within: number
  readonly key?: { readonly key: string; readonly digest: string } | undefined
  readonly signal?: AbortSignal | undefined
}

export class Asks {
  readonly #place: string
  readonly #deadlines: Deadlines
  readonly #telemetry: Telemetry
  /**
   * A ring by number, at most half full: calls come and go by the million, and a map that is used so leaves chains of old tables behind. A number
   * whose slot is still taken by a slow call is skipped.
   */
  #ring: (Waiting | undefined)[] = new Array(64).fill(undefined)
  #size = 0
  #next = 1

  /** @param place the waiting place that tokens name: the node and its life (AS3) */
  constructor(place: string, deadlines: Deadlines, telemetry: Telemetry) {
    this.#place = place
    this.#deadlines = deadlines
    this.#telemetry = telemetry
  }

  get size(): number {
    return this.#size
  }

  /**
   * A new call.
   *
   * @param send hands the message over with the token; what it throws fails the ask
   */
  open(call: Call, send: (token: ReplyToken, caller: Caller) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal, key, type } = call
      if (signal?.aborted) return reject(signal.reason)
      const waiting = new Waiting(this, this.#take(), call, resolve, reject)
      this.#ring[waiting.number & (this.#ring.length - 1)] = waiting
      this.#size++
      this.#deadlines.put(call.within, waiting)
      if (signal) waiting.forget = forgetting(signal, waiting)
      const id = `${waiting.number}`
      const token: ReplyToken =
        key === undefined
          ? { id, node: this.#place, type }
          : { id, node: this.#place, type, idempotencyKey: key.key, digest: key.digest }
      try {
        send(token, waiting)
      } catch (error) {
        waiting.failed(error)
      }
    })
  }

  /** Gives an answer to whoever waits under the token. False when nobody does any more (AS2). */
  answer(token: ReplyToken, answer: Answer, from: Address): boolean {
    const waiting = this.#find(token)
    if (!waiting || !this.settle(waiting)) {
      this.#telemetry.emit('reply.late', {}, { address: formatAddress(from), type: token.type })
      return false
    }
    if (answer.ok) waiting.resolve(answer.value)
    else waiting.reject(errorFrom(answer.error))
    return true
  }

  fail(token: ReplyToken, error: unknown): void {
    this.#find(token)?.failed(error)
  }

  /** Fails every call that waits for that actor; for its end. The error is made only when somebody waits. */
  failFor(to: Address, error: () => unknown): void {
    if (this.#size === 0) return
    let made: unknown
    for (const waiting of [...this.#ring]) {
      if (!waiting || !sameAddress(waiting.to, to)) continue
      made ??= error()
      waiting.failed(made)
    }
  }

  failAll(error: unknown): void {
    for (const waiting of [...this.#ring]) waiting?.failed(error)
  }

  /** Takes a call out; false when it was settled before (AS1). */
  settle(waiting: Waiting): boolean {
    const slot = waiting.number & (this.#ring.length - 1)
    if (this.#ring[slot] !== waiting) return false
    this.#ring[slot] = undefined
    this.#size--
    waiting.cancel()
    waiting.forget?.()
    return true
  }

  #find(token: ReplyToken): Waiting | undefined {
    if (token.node !== this.#place) return undefined
    const number = Number(token.id)
    const waiting = this.#ring[number & (this.#ring.length - 1)]
    return waiting?.number === number ? waiting : undefined
  }

  /** The next number whose slot is free. */
  #take(): number {
    if (this.#size * 2 >= this.#ring.length) this.#grow()
    while (this.#ring[this.#next & (this.#ring.length - 1)] !== undefined) this.#next++
    return this.#next++
  }

  #grow(): void {
    const old = this.#ring
    this.#ring = new Array(old.length * 2).fill(undefined)
    // Numbers that shared no slot in the small ring share none in the larger one.
    for (const waiting of old) if (waiting) this.#ring[waiting.number & (this.#ring.length - 1)] = waiting
  }
}

function forgetting(signal: AbortSignal, waiting: Waiting): () => void {
  const abort = (): void => waiting.failed(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
