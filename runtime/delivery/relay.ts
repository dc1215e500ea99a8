/**
 * Owns: the way of committed messages from the outbox to their receivers: order, resumption after a crash, deletion when taken.
 * Does not own: the receivers' mailboxes, the bus between nodes.
 * Invariants: T1 only committed rows are handed over. R1 rows of one sender partition are handed over in the order of their sequences, because the
 * receiver drops whatever is at or below the last one that it applied (T3). R2 a row is deleted only after its receiver committed it.
 */

import type { Deadlines } from '../kernel/deadlines.ts'
import { errorData } from '../kernel/errors.ts'
import { Queue } from '../kernel/mailbox.ts'
import type { OutboxRow, Position, Store } from '../kernel/ports.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

/** What became of a row; one of them is called once. */
export interface Fate {
  /** Its receiver committed it, or it was buried. */
  readonly taken: () => void
  /** Its receiver cannot take it here and now: it has no owner. */
  readonly kept: () => void
}

export interface RelayOptions {
  readonly store: Pick<Store, 'outbox'>
  readonly deadlines: Deadlines
  readonly telemetry: Telemetry
  /** Hands one row to its receiver. */
  readonly deliver: (envelope: string, position: Position, fate: Fate) => void
  readonly relayed: (row: { partition: number; sequence: number; epoch: number }) => void
  readonly epochOf: (partition: number) => number | undefined
  /** Rows that may be under way in memory; what is beyond stays in the store until there is room. */
  readonly window?: number
}

interface Gate {
  readonly sequence: number
  /** undefined = its turn is not settled yet; null = its turn was rejected. */
  row: OutboxRow | null | undefined
}

interface Lane {
  readonly partition: number
  readonly gates: Queue<Gate>
  last: number
  underWay: number
  /** Rows were left in the store: they must be read from there before newer ones may follow. */
  behind: boolean
  reading: boolean
  /** Counts rows that were left in the store, to notice those that came while it was read. */
  left: number
  next: number
}

function emptyLane(partition: number, behind: boolean): Lane {
  return { partition, gates: new Queue(), last: 0, underWay: 0, behind, reading: false, left: 0, next: 1 }
}

const page = 1000
const retryDelay = 100

export class Relay {
  readonly #options: RelayOptions
  readonly #window: number
  readonly #lanes = new Map<number, Lane>()
  #underWay = 0
  #stopped = false

  constructor(options: RelayOptions) {
    this.#options = options
    this.#window = options.window ?? 20_000
  }

  /** Starts the lane of a partition that was just claimed, with what an earlier owner left in the outbox. */
  open(partition: number): void {
    const lane = emptyLane(partition, true)
    this.#lanes.set(partition, lane)
    this.#read(lane)
  }

  /** Opens many lanes with as few reads as there are pages: an installation mostly starts with an empty outbox. */
  async openAll(partitions: readonly number[]): Promise<void> {
    const rows = await this.#options.store.outbox(partitions, page)
    const filled = new Set(rows.map((row) => row.partition))
    for (const partition of partitions) {
      if (filled.has(partition) || rows.length === page) this.open(partition)
      else this.#lanes.set(partition, emptyLane(partition, false))
    }
  }

  close(partition: number): void {
    this.#underWay -= this.#lanes.get(partition)?.underWay ?? 0
    this.#lanes.delete(partition)
  }

  stop(): void {
    this.#stopped = true
  }

  /** The sequence for the next row of a partition under `epoch`, and its place in the order. @returns undefined when the partition is not owned */
  reserve(partition: number, epoch: number): Gate | undefined {
    const lane = this.#lanes.get(partition)
    if (!lane) return undefined
    const gate: Gate = { sequence: sequenceOf(epoch, lane.next++), row: undefined }
    lane.gates.push(gate)
    return gate
  }

  /** Its turn was committed (with the row) or rejected (null). Hands over whatever is in order now (R1). */
  settle(partition: number, gate: Gate, row: OutboxRow | null): void {
    gate.row = row
    const lane = this.#lanes.get(partition)
    if (!lane) return
    for (let head = lane.gates.peek(); head !== undefined && head.row !== undefined; head = lane.gates.peek()) {
      lane.gates.shift()
      if (head.row) this.#offer(lane, head.row)
    }
  }

  #offer(lane: Lane, row: OutboxRow): void {
    if (lane.behind || this.#underWay >= this.#window) {
      lane.behind = true
      lane.left++
      if (lane.underWay === 0) this.#read(lane)
      return
    }
    this.#hand(lane, row)
  }

  #hand(lane: Lane, row: OutboxRow): void {
    lane.last = row.sequence
    lane.underWay++
    this.#underWay++
    const { partition, sequence } = row
    const end = (): boolean => {
      if (this.#lanes.get(partition) !== lane) return false
      lane.underWay--
      this.#underWay--
      return true
    }
    const taken = (): void => {
      if (!end()) return
      const epoch = this.#options.epochOf(partition)
      if (epoch !== undefined) this.#options.relayed({ partition, sequence, epoch })
      if (lane.behind && lane.underWay === 0) this.#read(lane)
    }
    // It goes out again before any later one, because its receiver would drop it after those (R1).
    const kept = (): void => {
      if (!end()) return
      lane.last = Math.min(lane.last, sequence - 1)
      lane.behind = true
      lane.left++
      if (!lane.reading) this.#later(lane)
    }
    this.#options.deliver(row.envelope, { source: `p${partition}`, sequence }, { taken, kept })
  }

  /** Reads what was left in the store, page by page, until nothing more was left meanwhile. */
  async #read(lane: Lane): Promise<void> {
    if (lane.reading || this.#stopped) return
    lane.reading = true
    const left = lane.left
    const complete = this.#completeUpTo(lane)
    let rows: readonly OutboxRow[]
    try {
      rows = await this.#options.store.outbox([lane.partition], page)
    } catch (error) {
      this.#options.telemetry.emit('store.failed', {}, { operation: 'outbox', reason: errorData(error).message })
      return this.#later(lane)
    }
    lane.reading = false
    if (this.#lanes.get(lane.partition) !== lane) return
    const fresh = rows.filter((row) => row.sequence > lane.last && row.sequence < complete)
    for (const row of fresh) {
      this.#hand(lane, row)
      if (lane.last < row.sequence) return lane.reading ? undefined : this.#later(lane)
    }
    if (fresh.length === 0 && rows.length === page) return this.#later(lane)
    // A full page may hide rows behind it, even if most of it was handed over before.
    if (rows.length < page && lane.left === left) lane.behind = false
    else if (lane.underWay === 0) this.#read(lane)
  }

  /**
   * The sequence below which every turn is settled, so that a read that begins now sees all of the lane's rows below it. Above it a later row may be
   * visible before an earlier one; handing it over would make the receiver drop the earlier one (R1).
   */
  #completeUpTo(lane: Lane): number {
    const waiting = lane.gates.peek()
    if (waiting) return waiting.sequence
    const epoch = this.#options.epochOf(lane.partition)
    return epoch === undefined ? 0 : sequenceOf(epoch, lane.next)
  }

  #later(lane: Lane): void {
    lane.reading = true
    this.#options.deadlines.add(retryDelay, () => {
      lane.reading = false
      if (this.#lanes.get(lane.partition) === lane) this.#read(lane)
    })
  }
}

/** A new owner's sequences lie above everything that an earlier one ever sent. */
function sequenceOf(epoch: number, n: number): number {
  return epoch * 2 ** 32 + n
}

export type OutboxGate = Gate
