/**
 * Owns: the time of one model call: its deadline, its cancellation, and waits that both of them end.
 * Does not own: what happens in that time.
 * Invariants: CS1 whatever ends the call ends it once, and says why. CS2 after `close` no timer and no listener is left.
 */

import type { Clock, Scheduled } from '#runtime'

export type Ended = 'timeout' | 'cancelled'

export class CallScope {
  readonly #clock: Clock
  readonly #deadline: number
  readonly #timer: Scheduled
  readonly #outer: AbortSignal | undefined
  readonly #onAbort = (): void => this.#end('cancelled')
  readonly #listeners = new Set<() => void>()
  #ended: Ended | undefined

  /** @param limit milliseconds that the call may take */
  constructor(clock: Clock, limit: number, outer: AbortSignal | undefined) {
    this.#clock = clock
    this.#deadline = clock.monotonic() + limit
    this.#timer = clock.schedule(limit, () => this.#end('timeout'))
    this.#outer = outer
    if (outer?.aborted) this.#end('cancelled')
    else outer?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get ended(): Ended | undefined {
    return this.#ended
  }

  /** Milliseconds until the deadline. */
  get left(): number {
    return Math.max(0, this.#deadline - this.#clock.monotonic())
  }

  /**
   * Runs `work` until it settles or the call ends or `limit` milliseconds are over, whatever comes first. Its signal is aborted in the latter two
   * cases, and what it still gives is dropped.
   */
  during<T>(limit: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | Ended> {
    if (this.#ended) return Promise.resolve(this.#ended)
    return new Promise((resolve, reject) => {
      const controller = new AbortController()
      const settle = (perform: () => void): void => {
        timer.cancel()
        this.#listeners.delete(end)
        perform()
      }
      const stop = (ended: Ended): void =>
        settle(() => {
          resolve(ended)
          controller.abort()
        })
      const end = (): void => stop(this.#ended ?? 'cancelled')
      const timer = this.#clock.schedule(limit, () => stop('timeout'))
      this.#listeners.add(end)
      work(controller.signal).then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  /** Waits `delay` milliseconds, or until the call ends. */
  async pause(delay: number): Promise<void> {
    await this.during(delay, () => new Promise(() => undefined))
  }

  close(): void {
    this.#timer.cancel()
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }

  #end(ended: Ended): void {
    if (this.#ended) return
    this.#ended = ended
    for (const listener of [...this.#listeners]) listener()
  }
}
