/**
 * Owns: calls of this process that wait for an answer: tokens, deadlines, late answers.
 * Does not own: how the answer travels.
 * Invariants: AS1 every ask is settled once: answer, typed failure or deadline. AS2 an answer after that is dropped and counted.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import type { Deadlines } from '../kernel/deadlines.ts'
import type { Answer, ReplyToken } from '../kernel/envelope.ts'
import { errorFrom } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Scheduled } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

export const defaultDeadline = 5000

interface Waiting {
  readonly to: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly deadline: Scheduled
  readonly abort: (() => void) | undefined
}

export class Asks {
  readonly #node: string
  readonly #deadlines: Deadlines
  readonly #telemetry: Telemetry
  readonly #waiting = new Map<string, Waiting>()
  #next = 1

  constructor(node: string, deadlines: Deadlines, telemetry: Telemetry) {
    this.#node = node
    this.#deadlines = deadlines
    this.#telemetry = telemetry
  }

  get size(): number {
    return this.#waiting.size
  }

  /**
   * A new call.
   *
   * @param within milliseconds; Infinity for no deadline
   * @param send hands the message over with the token; what it throws fails the ask
   */
  open(
    to: Address,
    type: string,
    within: number,
    key: { readonly key: string; readonly digest: string } | undefined,
    signal: AbortSignal | undefined,
    send: (token: ReplyToken) => void,
  ): Promise<unknown> {
    const id = `${this.#node}:${this.#next++}`
    const token: ReplyToken =
      key === undefined
        ? { id, node: this.#node, type }
        : { id, node: this.#node, type, idempotencyKey: key.key, digest: key.digest }
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = signal && (() => this.#settle(id)?.reject(signal.reason))
      if (abort) signal.addEventListener('abort', abort, { once: true })
      const deadline = this.#deadlines.add(within, () => {
        this.#settle(id)?.reject(kernelErrors.make('ask.deadline', { address: formatAddress(to), type, milliseconds: within }))
      })
      this.#waiting.set(id, {
        to: formatAddress(to),
        resolve,
        reject,
        deadline,
        abort: abort && (() => signal.removeEventListener('abort', abort)),
      })
      try {
        send(token)
      } catch (error) {
        this.#settle(id)?.reject(error)
      }
    })
  }

  /** Gives an answer to whoever waits under the token. False when nobody does any more (AS2). */
  answer(token: ReplyToken, answer: Answer, from: Address): boolean {
    const waiting = this.#settle(token.id)
    if (!waiting) {
      this.#telemetry.emit('reply.late', {}, { address: formatAddress(from), type: token.type })
      return false
    }
    if (answer.ok) waiting.resolve(answer.value)
    else waiting.reject(errorFrom(answer.error))
    return true
  }

  fail(token: ReplyToken, error: unknown): void {
    this.#settle(token.id)?.reject(error)
  }

  /** Fails every call that waits for that actor; for its end. */
  failFor(to: Address, error: unknown): void {
    const address = formatAddress(to)
    for (const [id, waiting] of [...this.#waiting]) if (waiting.to === address) this.#settle(id)?.reject(error)
  }

  failAll(error: unknown): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error)
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (!waiting) return undefined
    this.#waiting.delete(id)
    waiting.deadline.cancel()
    waiting.abort?.()
    return waiting
  }
}
