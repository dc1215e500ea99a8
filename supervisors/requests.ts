/**
 * Owns: requests whose answers are taken later: one, or several in order of completion, with a deadline that keeps or abandons them.
 * Does not own: the call itself (kernel), servers (gen-server).
 * Invariants: RQ1 the death of a server is data, not a throw (G8). RQ2 an abandoned request never gives an answer any more.
 */

import { type Address, type Clock, type ErrorData, errorData, type Processes, type Ref } from '#runtime'

export type Response<L = undefined> =
  | { readonly response: 'reply'; readonly value: unknown; readonly label: L }
  | { readonly response: 'error'; readonly error: ErrorData; readonly label: L }
/** Nothing came in time. */
export type NoResponse = { readonly response: 'timeout' } | { readonly response: 'none_left' }

/**
 * Outstanding requests and their answers.
 *
 * @example
 * const requests = new Requests<string>(processes, clock)
 * requests.send(first, 'status', 'first')
 * requests.send(second, 'status', 'second')
 * const answer = await requests.receive(1000)
 */
export class Requests<L = undefined> {
  readonly #processes: Processes
  readonly #clock: Clock
  readonly #open = new Set<object>()
  #arrived: Response<L>[] = []
  #waiting: ((response: Response<L>) => void) | undefined

  constructor(processes: Processes, clock: Clock) {
    this.#processes = processes
    this.#clock = clock
  }

  /** Requests without an answer yet, and answers that were not taken. */
  get size(): number {
    return this.#open.size + this.#arrived.length
  }

  /** Sends a request; `label` comes back with its answer. */
  send(target: Ref | Address, request: unknown, label: L, from?: Ref): void {
    const ticket = {}
    this.#open.add(ticket)
    const options = from ? { timeout: Number.POSITIVE_INFINITY, from } : { timeout: Number.POSITIVE_INFINITY }
    this.#processes.call(target, request, options).then(
      (value) => this.#arrive(ticket, { response: 'reply', value, label }),
      (thrown) => this.#arrive(ticket, { response: 'error', error: errorData(thrown), label }),
    )
  }

  /** The next answer in order of completion. When `timeout` milliseconds pass first, all open requests are abandoned. */
  async receive(timeout = Number.POSITIVE_INFINITY): Promise<Response<L> | NoResponse> {
    const response = await this.wait(timeout)
    if (response.response === 'timeout') this.#open.clear()
    return response
  }

  /** Like `receive`, but after a timeout the requests stay open and can be waited for again. */
  wait(timeout = Number.POSITIVE_INFINITY): Promise<Response<L> | NoResponse> {
    const ready = this.#arrived.shift()
    if (ready) return Promise.resolve(ready)
    if (this.#open.size === 0) return Promise.resolve({ response: 'none_left' })
    return new Promise((resolve) => {
      const timer =
        timeout === Number.POSITIVE_INFINITY
          ? undefined
          : this.#clock.schedule(timeout, () => {
              this.#waiting = undefined
              resolve({ response: 'timeout' })
            })
      this.#waiting = (response) => {
        timer?.cancel()
        resolve(response)
      }
    })
  }

  #arrive(ticket: object, response: Response<L>): void {
    if (!this.#open.delete(ticket)) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) waiting(response)
    else this.#arrived.push(response)
  }
}
