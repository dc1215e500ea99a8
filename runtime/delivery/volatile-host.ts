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
import { describeExit, type ExitReason } from '../kernel/exit.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import { LiveParts } from '../kernel/live-parts.ts'
import type { Ref, SpawnOptions, StartResult } from '../kernel/process.ts'
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
  readonly route: (to: Address, message: Message, from: Address, reply: ReplyToken | undefined) => void
}

interface Living {
  readonly cell: ProcessCell
  readonly server: VolatileCell
  readonly live: LiveParts
}

export class VolatileHost implements VolatileContext {
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly #options: VolatileHostOptions
  readonly #living = new Map<string, Living>()

  constructor(options: VolatileHostOptions) {
    this.#options = options
    this.sources = options.sources
    this.telemetry = options.telemetry
  }

  /** One life. A restart by a supervisor calls it again and starts anew: nothing is remembered. */
  async startLife(address: Address, behaviour: AnyBehaviour, input: unknown, options: SpawnOptions): Promise<StartResult> {
    const { processes, asks } = this.#options
    const live = new LiveParts(address, this.sources.clock, this.telemetry, (delivery) => this.deliver(address, delivery))
    const server = new VolatileCell(this, address, behaviour, live, input)
    const key = formatAddress(address)
    return new Promise((resolve) => {
      const cell = processes.start(server, { ...options, address, mailbox: behaviour.mailbox }, resolve)
      if (!cell || cell.dead) return
      const living: Living = { cell, server, live }
      this.#living.set(key, living)
      cell.listen((reason) => {
        if (this.#living.get(key) === living) this.#living.delete(key)
        live.stop(true)
        live.end()
        asks.failFor(address, () => endError(key, reason))
        this.telemetry.emit('actor.stopped', {}, { address: key, reason: describeExit(reason) })
      })
    })
  }

  living(address: Address): Living | undefined {
    return this.#living.get(formatAddress(address))
  }

  all(): IterableIterator<Living> {
    return this.#living.values()
  }

  /** The living cell of a ref's address, for handles that keep it. */
  cell(address: Address): ProcessCell | undefined {
    return this.#living.get(formatAddress(address))?.cell
  }

  deliver(to: Address, delivery: Delivery): void {
    const living = this.#living.get(formatAddress(to))
    if (!living) return delivery.failed(kernelErrors.make('actor.not_found', { address: formatAddress(to) }))
    this.post(living.cell, to, delivery)
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
    this.#options.route(token.to, message, from, undefined)
  }

  async stopAll(): Promise<void> {
    await Promise.all(
      [...this.#living.values()].map((living) => this.#options.processes.stop(living.cell.ref, { type: 'shutdown' })),
    )
  }

  ref(address: Address): Ref | undefined {
    return this.cell(address)?.ref
  }
}

function typeOf(entry: Delivery | Message): string {
  return entry instanceof Delivery ? entry.label : entry.type
}

function endError(address: string, reason: ExitReason): Error {
  if (reason.type !== 'crashed') return stoppedError(address, reason)
  return kernelErrors.make('actor.crashed', { address, type: 'a message' }, errorFrom(reason.error))
}
