/**
 * Owns: the rows of the store in memory and the writing of a batch into them.
 * Does not own: leases and time (memory-store).
 * Invariants: T2. CP1, CP2 as in the databases. MT1 rows are copies made through JSON.
 */

import type {
  ActorRow,
  Address,
  Batch,
  CommitResult,
  DeadLetter,
  EffectRow,
  Fact,
  LoadedActor,
  OutboxRow,
  ReplyRow,
  TimerRow,
  TurnWrite,
} from '#runtime'
import { formatAddress, kernelErrors } from '#runtime'
import { storeErrors } from './store-errors.ts'
import { compareText, wholeMilliseconds } from './stored-text.ts'

interface Placed<T> {
  readonly partition: number
  readonly row: T
}

export class MemoryTables {
  readonly actors = new Map<string, ActorRow>()
  readonly timers = new Map<string, Placed<TimerRow>>()
  readonly effects = new Map<string, Placed<EffectRow>>()
  readonly outbox = new Map<string, OutboxRow>()
  readonly replies = new Map<string, ReplyRow>()
  readonly deadLetters = new Map<string, DeadLetter>()
  readonly facts: Fact[] = []
  #lastFact = 0

  /** @throws `internal` when a turn is for a partition that the batch does not fence */
  check(batch: Batch): void {
    const fenced = new Set(batch.fences.map((fence) => fence.partition))
    for (const { row } of batch.turns) {
      if (!fenced.has(row.partition))
        throw kernelErrors.make('internal', { what: `a batch writes for partition ${row.partition} without its fence` })
    }
  }

  /** Writes a batch whose fences hold: whole, or nothing when an actor has another sequence than expected. */
  commit(batch: Batch): CommitResult {
    const seen = new Set<string>()
    const stale = batch.turns.filter(({ row, expected }) => {
      const id = formatAddress(row.address)
      const twice = seen.has(id)
      seen.add(id)
      return twice || (this.actors.get(id)?.sequence ?? 0) !== expected
    })
    if (stale.length > 0) return { result: 'stale', addresses: stale.map((turn) => turn.row.address) }
    for (const turn of batch.turns)
      for (const { sequence } of turn.outbox) {
        if (this.outbox.has(`${turn.row.partition}:${sequence}`))
          throw storeErrors.make('store.failed', { operation: 'commit', sqlstate: '23505', problem: 'duplicate outbox row' })
      }
    const epochs = new Map(batch.fences.map((fence) => [fence.partition, fence.epoch]))
    // First, because a statement of a database sees only what was there before it.
    for (const { partition, sequence } of batch.relayed) this.outbox.delete(`${partition}:${sequence}`)
    for (const turn of batch.turns) this.#write(turn, batch.at, epochs.get(turn.row.partition)!)
    for (const letter of batch.deadLetters) {
      if (!this.deadLetters.has(letter.id)) this.deadLetters.set(letter.id, copy({ ...letter, at: wholeMilliseconds(letter.at) }))
    }
    return { result: 'committed' }
  }

  load(addresses: readonly Address[]): readonly LoadedActor[] {
    const ids = [...new Set(addresses.map(formatAddress))]
    return ids.flatMap((id) => {
      const row = this.actors.get(id)
      if (!row) return []
      const timers = rowsOf(this.timers, id).sort((a, b) => a.due - b.due || compareText(a.id, b.id))
      const effects = rowsOf(this.effects, id).sort((a, b) => a.turn - b.turn || a.number - b.number || compareText(a.id, b.id))
      return [structuredClone({ row, timers, effects })]
    })
  }

  reply(address: Address, key: string): ReplyRow | undefined {
    return this.replies.get(`${formatAddress(address)}\0${key}`)
  }

  #write(turn: TurnWrite, at: number, epoch: number): void {
    const { row, timers, effects } = turn
    const { address, partition } = row
    const id = formatAddress(address)
    if (turn.remove) this.#remove(id)
    else {
      this.actors.set(id, copy({ ...row, updatedAt: wholeMilliseconds(at) }))
      for (const timer of timers.cancel) this.timers.delete(`${id}\0${timer}`)
      for (const timer of timers.set)
        this.timers.set(`${id}\0${timer.id}`, { partition, row: copy({ ...timer, due: wholeMilliseconds(timer.due), address }) })
      for (const effect of effects.end) this.effects.delete(`${id}\0${effect}`)
      for (const effect of effects.start)
        this.effects.set(`${id}\0${effect.id}`, { partition, row: copyEffect({ ...effect, address, epoch }) })
    }
    for (const { sequence, envelope } of turn.outbox)
      this.outbox.set(`${partition}:${sequence}`, { partition, sequence, envelope })
    for (const reply of turn.replies)
      this.replies.set(`${id}\0${reply.key}`, copy({ ...reply, address, expires: wholeMilliseconds(reply.expires) }))
    for (const { name, data } of turn.facts)
      this.facts.push(copy({ id: ++this.#lastFact, address, sequence: row.sequence, name, data, at: wholeMilliseconds(at) }))
  }

  #remove(id: string): void {
    this.actors.delete(id)
    for (const table of [this.timers, this.effects]) {
      for (const name of table.keys()) if (name.startsWith(`${id}\0`)) table.delete(name)
    }
  }
}

function rowsOf<T>(table: ReadonlyMap<string, Placed<T>>, id: string): T[] {
  const rows: T[] = []
  for (const [name, { row }] of table) if (name.startsWith(`${id}\0`)) rows.push(row)
  return rows
}

/** MT1. Texts keep their unpaired surrogates, because JSON writes them as escapes. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** An effect without input is stored without one, and comes back with `undefined`. */
function copyEffect(effect: EffectRow): EffectRow {
  return { ...copy(effect), input: effect.input === undefined ? undefined : copy(effect.input) }
}
