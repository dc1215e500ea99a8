/**
 * Owns: what a durable cell needs from the node that it lives on, as an interface.
 * Does not own: its implementation (system).
 */

import type { Address } from '../kernel/address.ts'
import type { Delivery } from '../kernel/delivery.ts'
import type { Message, ReplyToken } from '../kernel/envelope.ts'
import type { TroupeError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'
import type { LoadedActor, OutboxRow, ReplyRow } from '../kernel/ports.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import type { Asks } from './asks.ts'
import type { PendingTurn } from './committer.ts'
import type { Inbox } from './inbox.ts'
import type { OutboxGate } from './relay.ts'
import type { TimerService } from './timer-service.ts'
import type { DraftContext } from './turn-draft.ts'

export interface DurableContext {
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly asks: Asks
  readonly timers: Pick<TimerService, 'set' | 'cancel'>
  /** The epoch under which this node owns a partition; undefined when it does not. */
  epochOf(partition: number): number | undefined
  load(address: Address): Promise<LoadedActor | undefined>
  storedReply(address: Address, key: string): Promise<ReplyRow | undefined>
  draft(inbox: Inbox, epoch: number): DraftContext
  /** JSON text of a state, within the size limits. @throws `snapshot.too_large` */
  encode(inbox: Inbox, state: Json): string
  /** Tells `rejected` `actor.fenced`, or the error of a write that can never succeed. */
  commit(turn: PendingTurn): void
  /** True when a turn that was refused with `error` is not tried again here: the partition has another owner, or the node stops. */
  isFinal(error: unknown): boolean
  settle(partition: number, gate: OutboxGate, row: OutboxRow | null): void
  /** Makes the actor look into its inbox, and starts it if it is not living. */
  wake(inbox: Inbox): void
  /** A message that the actor will never take: its sender is told, or it goes to the dead letters when its sender cannot be. */
  refused(inbox: Inbox, delivery: Delivery, error: TroupeError): void
  /** Stores a delivery as a dead letter, then tells its sender. */
  bury(inbox: Inbox, delivery: Delivery, error: TroupeError, epoch: number): Promise<void>
  /** Sends to an actor that is not durable. */
  tellVolatile(to: Address, message: Message, from: Address, reply: ReplyToken | undefined): void
}
