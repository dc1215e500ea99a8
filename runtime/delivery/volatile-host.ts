/**
 * Owns: actors of this process that live in memory only: their starts, and deliveries to them.
 * Does not own: one life (volatile-cell), restarts (supervisors).
 * Invariants: MB2. VH1 a volatile actor lives from its start to its end; a message to one that does not live fails, it starts nothing.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import type { AnyBehaviour } from '../kernel/behaviour.ts'
import { Delivery } from '../kernel/delivery.ts'
import type { Answer, Message, ReplyToken } from '../kernel/envelope.ts'
import { errorFrom } from '../kernel/errors.ts'
import { describeExit, type ExitReason, shutdown } from '../kernel/exit.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import { LiveParts } from '../kernel/live-parts.ts'
import type { SpawnOptions, StartResult } from '../kernel/process.ts'
import type { ProcessCell } from '../kernel/process-cell.ts'
import { type ProcessTable, stoppedError } from '../kernel/process-table.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'
import type { Asks } from './asks.ts'
import { VolatileCell, type VolatileContext } from './volatile-cell.ts'

export interface VolatileHostOptions {
  readonly processes: ProcessTable
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly asks: Asks
  /** `isAnswer`: an answer to an actor that asked, which its protocol need not know. */
  readonly route: (to: Address, message: Message, from: Address, reply: ReplyToken | undefined, isAnswer?: boolean) => void
}

export class VolatileHost implements VolatileContext {
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly #options: VolatileHostOptions

  constructor(options: VolatileHostOptions) {
    this.#options = options
    this.sources = options.sources
    this.telemetry = options.telemetry
  }

  readonly #deliverTo = (to: Address, delivery: Delivery): void => this.deliver(to, delivery)

  /** One life. A restart by a supervisor calls it again and starts anew: nothing is remembered. */
  startLife(address: Address, behaviour: AnyBehaviour, input: unknown, options: SpawnOptions): StartResult {
    const live = new LiveParts(address, this.sources.clock, this.telemetry, this.#deliverTo)
    const server = new VolatileCell(this, address, behaviour, live, input)
    const { mailbox } = behaviour
    let result: StartResult | undefined
    this.#options.processes.start(server, { ...options, address, mailbox }, (started) => {
      result = started
    })
    // Its init waits for nothing, so that the answer is there.
    return result ?? { started: 'error', reason: { type: 'timeout' } }
  }

  /** Called by a cell that is dead. */
  ended(cell: VolatileCell, reason: ExitReason): void {
    const { address, live } = cell
    live.stop(true)
    live.end()
    this.#options.asks.failFor(address, () => endError(formatAddress(address), reason))
    if (cell.started) this.telemetry.emit('actor.stopped', {}, { address: formatAddress(address), reason: describeExit(reason) })
  }

  living(address: Address): VolatileCell | undefined {
    const server = this.#options.processes.cell(address)?.server
    return server instanceof VolatileCell ? server : undefined
  }

  /** The living cell of an address, for handles that keep it. */
  cell(address: Address): ProcessCell | undefined {
    const cell = this.#options.processes.cell(address)
    return cell?.server instanceof VolatileCell ? cell : undefined
  }

  deliver(to: Address, delivery: Delivery): void {
    const cell = this.cell(to)
    if (!cell) return delivery.failed(kernelErrors.make('actor.not_found', { address: formatAddress(to) }))
    this.post(cell, to, delivery)
  }

  /** Posts a message or delivery, and tells the sender of whatever the overflow answer threw out. Returns the refusal, if it is one. */
  post(cell: ProcessCell, to: Address, entry: Delivery | Message): Error | undefined {
    const pushed = cell.postRaw(entry, (oldest) => this.#dropped(to, oldest as Delivery | Message, 'drop-oldest'))
    if (pushed === 'accepted' || pushed === 'dropped-oldest') return undefined
    const error = cell.dead
      ? kernelErrors.make('actor.not_found', { address: formatAddress(to) })
      : kernelErrors.make('mailbox.full', { address: formatAddress(to), limit: cell.limit })
    if (pushed === 'dropped-new') {
      this.#dropped(to, entry, 'drop-new')
      return undefined
    }
    this.telemetry.emit('message.refused', {}, { address: formatAddress(to), type: typeOf(entry), reason: error.message })
    if (entry instanceof Delivery) entry.failed(error)
    return error
  }

  #dropped(to: Address, entry: Delivery | Message, reason: string): void {
    this.telemetry.emit('message.dropped', {}, { address: formatAddress(to), type: typeOf(entry), reason })
    const limit = this.cell(to)?.limit ?? 0
    if (entry instanceof Delivery) entry.failed(kernelErrors.make('mailbox.full', { address: formatAddress(to), limit }))
  }

  route(to: Address, message: Message, from: Address, reply: ReplyToken | undefined): void {
    this.#options.route(to, message, from, reply)
  }

  answer(token: ReplyToken, answer: Answer, from: Address): void {
    if (token.to === undefined) return void this.#options.asks.answer(token, answer, from)
    if (token.as === undefined) return
    const message: Message & { value?: unknown; error?: unknown } = answer.ok
      ? { type: token.as, value: answer.value }
      : { type: token.as, error: answer.error }
    this.#options.route(token.to, message, from, undefined, true)
  }

  async stopAll(): Promise<void> {
    const { processes } = this.#options
    const living = processes.list().filter(({ ref }) => processes.cell(ref)?.server instanceof VolatileCell)
    await Promise.all(living.map(({ ref }) => processes.stop(ref, shutdown)))
  }
}

function typeOf(entry: Delivery | Message): string {
  return entry instanceof Delivery ? entry.label : entry.type
}

function endError(address: string, reason: ExitReason): Error {
  if (reason.type !== 'crashed') return stoppedError(address, reason)
  return kernelErrors.make('actor.crashed', { address, type: 'a message' }, errorFrom(reason.error))
}
