/**
 * Owns: the durable mailbox of one address in this process: what waits for the actor over all of its lives.
 * Does not own: the actor's life (process), what is stored of it (store).
 * Invariants: MB1, MB2. IN1 what was taken and not committed goes back in front, in its old order. IN2 the bound holds for messages from
 * outside; what was committed by a sender (it has a position), timers and results are never refused, because they cannot be told again.
 */

import type { Address } from '../kernel/address.ts'
import type { AnyBehaviour } from '../kernel/behaviour.ts'
import type { Delivery } from '../kernel/delivery.ts'
import type { ReplyToken } from '../kernel/envelope.ts'
import type { LiveParts } from '../kernel/live-parts.ts'
import { Queue } from '../kernel/mailbox.ts'
import type { LoadedActor } from '../kernel/ports.ts'
import type { ProcessCell } from '../kernel/process-cell.ts'

export class Inbox {
  readonly address: Address
  readonly behaviour: AnyBehaviour
  readonly partition: number
  readonly live: LiveParts
  readonly #queue = new Queue<Delivery>()
  /** The life that reads it, and what it shows of itself. */
  cell: ProcessCell | undefined
  shown: { view(): unknown; readonly status: string; readonly sequence: number } | undefined
  /** Its partition was lost: whatever still points here is of the past. Another inbox takes its place when the partition comes back. */
  gone = false
  /** A start of a life is under way. */
  starting = false
  /** The commit that its last life left in flight: a new life loads only after it. */
  settling: Promise<void> | undefined
  /** What was read for the life that is being started. */
  preloaded: { readonly actor: LoadedActor | undefined } | undefined
  /** Take one delivery at a time, because a larger batch of this actor could not be written. */
  single = false
  /** A wake-up is already on its way to the cell. */
  signalled = false
  /** Failed starts in a row, for the backoff. */
  failures = 0
  /** Monotonic time of the last delivery, milliseconds. */
  active = 0
  /** Calls that wait for the answer to an idempotency key whose first message was taken but not yet answered. */
  readonly joined = new Map<string, ReplyToken[]>()
  /** What a new actor starts with. */
  input: unknown

  constructor(address: Address, behaviour: AnyBehaviour, partition: number, live: LiveParts) {
    this.address = address
    this.behaviour = behaviour
    this.partition = partition
    this.live = live
  }

  get size(): number {
    return this.#queue.size
  }

  /** Adds a delivery; false when the mailbox is full and this one may be refused (IN2). */
  push(delivery: Delivery): boolean {
    const bounded = delivery.body.type === 'message' && delivery.position === undefined
    if (bounded && this.#queue.size >= this.behaviour.mailbox.limit) return false
    this.#queue.push(delivery)
    return true
  }

  take(most: number): Delivery[] {
    const taken: Delivery[] = []
    while (taken.length < most) {
      const delivery = this.#queue.shift()
      if (!delivery) break
      taken.push(delivery)
    }
    return taken
  }

  /** Resolves when no commit of an earlier life is in flight, however it ended. */
  async settled(): Promise<void> {
    await this.settling?.catch(() => undefined)
  }

  /** Puts deliveries back in front, in their order (IN1). */
  putBack(deliveries: readonly Delivery[]): void {
    for (let i = deliveries.length - 1; i >= 0; i--) this.#queue.unshift(deliveries[i]!)
  }

  /** Empties it and tells all senders why. */
  failAll(error: unknown): void {
    for (const delivery of this.take(Number.POSITIVE_INFINITY)) delivery.failed(error)
  }
}
