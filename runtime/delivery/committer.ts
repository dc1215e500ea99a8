/**
 * Owns: the group commit: turns of many actors in one statement, the size of a batch, retries and bisection.
 * Does not own: what a turn writes (durable-cell), the statement (store), leases (cluster).
 * Invariants: T2, T4, T5. CO1 an actor has at most one write in flight. CO2 each submitted turn is told exactly once what became of it.
 * CO3 when the store cannot be reached the outcome of a write is unknown: it is tried again until it is known, never reported as failed.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import type { Deadlines } from '../kernel/deadlines.ts'
import { errorData, TroupeError } from '../kernel/errors.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Batch, CommitResult, DeadLetter, Store, TurnWrite } from '../kernel/ports.ts'
import type { Sources } from '../kernel/sources.ts'
import type { Telemetry } from '../kernel/telemetry.ts'

/** A turn that waits for its commit. */
export interface PendingTurn {
  readonly write: TurnWrite
  /** The epoch under which it was decided. */
  readonly epoch: number
  /** Messages that it stands for. */
  readonly messages: number
  readonly committed: () => void
  readonly rejected: (error: unknown) => void
}

/** Something to write that belongs to no turn. */
interface PendingLetter {
  readonly letter: DeadLetter
  readonly partition: number
  readonly epoch: number
  readonly committed: () => void
  readonly rejected: (error: unknown) => void
}

export type Fence = Batch['fences'][number]

export interface CommitterOptions {
  readonly store: Store
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly deadlines: Deadlines
  /** Called with partitions and the epochs that did not hold. */
  readonly fenced: (fences: readonly Fence[]) => void
  /** Most turns of one batch, and most bytes of its states. */
  readonly maxTurns?: number
  readonly maxBytes?: number
}

/** Milliseconds after which outbox rows that were delivered are deleted even if no turn commits. */
const relayedDelay = 50
const firstRetry = 25
const lastRetry = 2000

interface Relayed {
  readonly partition: number
  readonly sequence: number
  readonly epoch: number
  /** Commits that it was in and that the store refused. */
  readonly refused?: number
}

/** What goes into one statement. */
interface Work {
  readonly turns: readonly PendingTurn[]
  readonly letters: readonly PendingLetter[]
  readonly relayed: readonly Relayed[]
  /** An earlier try was not answered: all of it may have been written already. */
  readonly doubt: boolean
}

/** After so many refusals the rows themselves are at fault: they stay, and are dropped by their receivers after a restart. */
const mostRefusals = 10

export class Committer {
  readonly #options: CommitterOptions
  readonly #maxTurns: number
  readonly #maxBytes: number
  #turns: PendingTurn[] = []
  #letters: PendingLetter[] = []
  #relayed: Relayed[] = []
  #inFlight = 0
  #scheduled = false
  #relayedArmed = false
  #stopped = false
  #idle: (() => void)[] = []

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#maxTurns = options.maxTurns ?? 256
    this.#maxBytes = options.maxBytes ?? 4_000_000
  }

  submit(turn: PendingTurn): void {
    this.#turns.push(turn)
    this.#schedule()
  }

  /** Stores a dead letter under the partition's epoch; resolves when it cannot be lost any more. */
  bury(letter: DeadLetter, partition: number, epoch: number): Promise<void> {
    return new Promise((committed, rejected) => {
      this.#letters.push({ letter, partition, epoch, committed, rejected })
      this.#schedule()
    })
  }

  /** Notes that an outbox row was taken by its receiver: it goes with one of the next commits. */
  relayed(row: Relayed): void {
    this.#relayed.push(row)
    if (this.#relayedArmed) return
    this.#relayedArmed = true
    this.#options.deadlines.add(relayedDelay, () => {
      this.#relayedArmed = false
      this.#schedule()
    })
  }

  /** Resolves when nothing is waiting or in flight. */
  drained(): Promise<void> {
    if (this.#quiet) return Promise.resolve()
    this.#schedule()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Gives up on what can not be written; for a stop while the store is away. */
  stop(): void {
    this.#stopped = true
  }

  get #quiet(): boolean {
    return this.#turns.length + this.#letters.length + this.#relayed.length === 0 && this.#inFlight === 0
  }

  /** In a microtask, so that all turns of one round of the dispatcher share a commit. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= this.#options.store.parallel) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#inFlight < this.#options.store.parallel) {
      const turns = this.#takeTurns()
      const letters = this.#letters.splice(0)
      const relayed = this.#relayed.splice(0)
      if (turns.length + letters.length + relayed.length === 0) break
      this.#inFlight++
      this.#write({ turns, letters, relayed, doubt: false }).finally(() => {
        this.#inFlight--
        if (this.#turns.length + this.#letters.length + this.#relayed.length > 0) this.#schedule()
        else if (this.#quiet) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  #takeTurns(): PendingTurn[] {
    const waiting = this.#turns
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < this.#maxTurns && (count === 0 || bytes < this.#maxBytes))
      bytes += waiting[count++]!.write.row.state.length
    return waiting.splice(0, count)
  }

  async #write(work: Work): Promise<void> {
    const { turns, letters, relayed } = work
    const { store, sources, telemetry } = this.#options
    const fences = fencesOf(work)
    const isOld = (partition: number, epoch: number): boolean => fences.get(partition) !== epoch
    // What was decided under an epoch that this node has had anew since may not be written under the new one (T4).
    const isMixed = turns.some((turn) => isOld(turn.write.row.partition, turn.epoch))
    if (isMixed || letters.some((one) => isOld(one.partition, one.epoch))) return this.#fenced(work, isOld)
    const batch: Batch = {
      fences: [...fences].map(([partition, epoch]) => ({ partition, epoch })),
      turns: turns.map((turn) => turn.write),
      deadLetters: letters.map((pending) => pending.letter),
      relayed,
      at: sources.clock.now(),
    }
    const begun = sources.clock.monotonic()
    const tried: { doubt: boolean } = { doubt: work.doubt }
    let outcome: CommitResult
    try {
      outcome = await this.#commit(batch, tried)
    } catch (error) {
      return this.#failed({ ...work, doubt: tried.doubt }, error)
    }
    if (outcome.result === 'committed') {
      const messages = turns.reduce((sum, turn) => sum + turn.messages, 0)
      telemetry.emit(
        'turn.committed',
        { turns: turns.length, messages, milliseconds: sources.clock.monotonic() - begun },
        { store: store.name },
      )
      for (const turn of turns) turn.committed()
      for (const pending of letters) pending.committed()
      return
    }
    const rest = { ...work, doubt: tried.doubt }
    if (outcome.result === 'stale') return this.#stale(rest, new Set(outcome.addresses.map(formatAddress)))
    const lost = new Set(outcome.partitions)
    // Its callers first, because of them more is known than of those that only wait.
    const kept = this.#fenced(rest, (partition) => lost.has(partition))
    this.#options.fenced(batch.fences.filter(({ partition }) => lost.has(partition)))
    return kept
  }

  /**
   * Commits, trying again while the store cannot be reached (CO3). A try that finds the rows of an earlier one already written is a success; that is
   * certain only while the epoch holds, because then nobody else could have written them.
   */
  async #commit(batch: Batch, tried: { doubt: boolean }): Promise<CommitResult> {
    let delay = firstRetry
    for (;;) {
      try {
        const outcome = await this.#options.store.commit(batch)
        if (tried.doubt && outcome.result === 'stale' && (await this.#applied(batch))) return { result: 'committed' }
        return outcome
      } catch (error) {
        if (!TroupeError.is(error) || error.retry !== 'later' || this.#stopped) throw error
        tried.doubt = true
        this.#options.telemetry.emit('store.failed', {}, { operation: 'commit', reason: error.message })
        await this.#pause(delay)
        delay = Math.min(delay * 2, lastRetry)
      }
    }
  }

  /** True when every turn of the batch is what the store holds. */
  async #applied(batch: Batch): Promise<boolean> {
    const held = new Map(
      (await this.#options.store.load(batch.turns.map((turn) => turn.row.address))).map((actor) => [
        formatAddress(actor.row.address),
        actor.row.sequence,
      ]),
    )
    return batch.turns.every((turn) =>
      turn.remove ? !held.has(formatAddress(turn.row.address)) : held.get(formatAddress(turn.row.address)) === turn.row.sequence,
    )
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => this.#options.deadlines.add(delay, resolve))
  }

  #fenced({ turns, letters, relayed, doubt }: Work, isLost: (partition: number, epoch: number) => boolean): Promise<void> {
    const lostTurn = (turn: PendingTurn): boolean => isLost(turn.write.row.partition, turn.epoch)
    const lostLetter = (pending: PendingLetter): boolean => isLost(pending.partition, pending.epoch)
    for (const turn of turns)
      if (lostTurn(turn)) turn.rejected(lostError(turn.write.row.address, turn.write.row.partition, doubt))
    for (const pending of letters)
      if (lostLetter(pending)) pending.rejected(lostError(pending.letter.address, pending.partition, doubt))
    return this.#again({
      turns: turns.filter((turn) => !lostTurn(turn)),
      letters: letters.filter((pending) => !lostLetter(pending)),
      relayed: relayed.filter((row) => !isLost(row.partition, row.epoch)),
      doubt,
    })
  }

  #stale(work: Work, stale: ReadonlySet<string>): Promise<void> {
    const isStale = (turn: PendingTurn): boolean => stale.has(formatAddress(turn.write.row.address))
    for (const turn of work.turns) {
      const what = `${formatAddress(turn.write.row.address)} was written by another life of it`
      if (isStale(turn)) turn.rejected(kernelErrors.make('internal', { what }))
    }
    return this.#again({ ...work, turns: work.turns.filter((turn) => !isStale(turn)) })
  }

  async #again(work: Work): Promise<void> {
    if (work.turns.length + work.letters.length + work.relayed.length > 0) await this.#write(work)
  }

  /** T5: the halves of a batch that failed, until the one that cannot be written stands alone. */
  async #failed({ turns, letters, relayed, doubt }: Work, error: unknown): Promise<void> {
    const { telemetry } = this.#options
    telemetry.emit('store.failed', {}, { operation: 'commit', reason: errorData(error).message })
    // The rows to delete go with a later batch, because they are hardly ever at fault.
    for (const { refused = 0, ...row } of relayed) if (refused < mostRefusals) this.relayed({ ...row, refused: refused + 1 })
    if (turns.length + letters.length <= 1 || this.#stopped) {
      for (const turn of turns) turn.rejected(error)
      for (const pending of letters) pending.rejected(error)
      return
    }
    telemetry.emit('turn.bisected', { turns: turns.length }, { reason: errorData(error).message })
    const half = Math.ceil(turns.length / 2)
    const halfLetters = turns.length === 0 ? Math.ceil(letters.length / 2) : 0
    await this.#again({ turns: turns.slice(0, half), letters: letters.slice(0, halfLetters), relayed: [], doubt })
    await this.#again({ turns: turns.slice(half), letters: letters.slice(halfLetters), relayed: [], doubt })
  }
}

/** The epoch that each partition of the work is written under: the newest of those that it was decided under. */
function fencesOf({ turns, letters, relayed }: Work): Map<number, number> {
  const fences = new Map<number, number>()
  const fence = (partition: number, epoch: number): void =>
    void fences.set(partition, Math.max(epoch, fences.get(partition) ?? 0))
  for (const turn of turns) fence(turn.write.row.partition, turn.epoch)
  for (const letter of letters) fence(letter.partition, letter.epoch)
  for (const row of relayed) fence(row.partition, row.epoch)
  return fences
}

/** Of what was tried and not answered nobody can say any more whether it was written, once another epoch holds. */
function lostError(of: Address, partition: number, doubt: boolean): TroupeError {
  return kernelErrors.make(doubt ? 'actor.moved' : 'actor.fenced', { address: formatAddress(of), partition })
}
