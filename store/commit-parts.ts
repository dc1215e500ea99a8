/**
 * Owns: what a batch writes, sorted by kind of row, as arrays of columns.
 * Does not own: the statement that writes them (commit-statement), their form on the wire (wire-array).
 * Invariants: CP1 each row is named once within its part, because one statement must not write a row twice: the last wins. CP2 of an actor that ends
 * only replies, facts and outbox are written.
 */

import type { Address, Batch, TurnWrite } from '#runtime'
import { kernelErrors } from '#runtime'
import { encodeJson, encodeOptionalJson, encodeText, wholeMilliseconds } from './stored-text.ts'

/** One kind of write of a batch: its rows as columns, in the order of the part's declaration in commit-statement. */
export type PartName =
  | 'updated'
  | 'inserted'
  | 'removed'
  | 'absent'
  | 'timersSet'
  | 'timersCancelled'
  | 'effectsStarted'
  | 'effectsEnded'
  | 'outbox'
  | 'relayed'
  | 'replies'
  | 'facts'
  | 'deadLetters'

/** The values of one column, one for each row. */
export type Column = readonly (string | number | null)[]
/** The columns of each part that has rows. */
export type Parts = { readonly [P in PartName]?: readonly Column[] }

interface Of<T> {
  readonly turn: TurnWrite
  readonly it: T
}

/** @throws `internal` when a turn is for a partition that the batch does not fence */
export function partsOf(batch: Batch): Parts {
  const epochs = new Map(batch.fences.map((fence) => [fence.partition, fence.epoch]))
  const rows = new BatchRows()
  for (const [n, turn] of batch.turns.entries()) {
    if (!epochs.has(turn.row.partition))
      throw kernelErrors.make('internal', { what: `a batch writes for partition ${turn.row.partition} without its fence` })
    rows.add(n, turn)
  }
  return {
    ...actorParts(rows),
    ...timerParts(rows),
    ...effectParts(rows, epochs),
    ...messageParts(rows, batch),
  }
}

/** The turns of a batch, sorted. */
class BatchRows {
  readonly updated: Of<number>[] = []
  readonly inserted: Of<number>[] = []
  readonly removed: Of<number>[] = []
  readonly absent: Of<number>[] = []
  readonly timersSet: Of<TurnWrite['timers']['set'][number]>[] = []
  readonly timersCancelled: Of<string>[] = []
  readonly effectsStarted: Of<TurnWrite['effects']['start'][number]>[] = []
  readonly effectsEnded: Of<string>[] = []
  readonly outbox: Of<TurnWrite['outbox'][number]>[] = []
  readonly replies: Of<TurnWrite['replies'][number]>[] = []
  readonly facts: Of<TurnWrite['facts'][number]>[] = []

  add(n: number, turn: TurnWrite): void {
    const place = turn.remove
      ? turn.expected > 0
        ? this.removed
        : this.absent
      : turn.expected > 0
        ? this.updated
        : this.inserted
    place.push({ turn, it: n })
    if (!turn.remove) {
      spread(this.timersSet, turn, lastOfEach(turn.timers.set))
      spread(this.timersCancelled, turn, without(turn.timers.cancel, turn.timers.set))
      spread(this.effectsStarted, turn, lastOfEach(turn.effects.start))
      spread(this.effectsEnded, turn, without(turn.effects.end, turn.effects.start))
    }
    spread(this.outbox, turn, turn.outbox)
    spread(
      this.replies,
      turn,
      turn.replies.length < 2 ? turn.replies : [...new Map(turn.replies.map((r) => [r.key, r])).values()],
    )
    spread(this.facts, turn, turn.facts)
  }
}

function spread<T>(into: Of<T>[], turn: TurnWrite, items: readonly T[]): void {
  for (const it of items) into.push({ turn, it })
}

function lastOfEach<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return items.length < 2 ? items : [...new Map(items.map((item) => [item.id, item])).values()]
}

/** What is set again in the same turn need not be taken away first. */
function without(ids: readonly string[], set: readonly { readonly id: string }[]): readonly string[] {
  if (ids.length === 0) return ids
  const unique = ids.length < 2 ? ids : [...new Set(ids)]
  return set.length === 0 ? unique : unique.filter((id) => !set.some((item) => item.id === id))
}

const addresses = (of: readonly { readonly address: Address }[]): Column[] => [
  of.map((one) => encodeText(one.address.kind)),
  of.map((one) => encodeText(one.address.key)),
]
const addressesOf = <T>(rows: readonly Of<T>[]): Column[] => addresses(rows.map((row) => row.turn.row))
const texts = <T>(rows: readonly Of<T>[], column: (row: Of<T>) => string): Column => rows.map((row) => encodeText(column(row)))
const partitions = <T>(rows: readonly Of<T>[]): Column => rows.map((row) => row.turn.row.partition)

function actorParts({ updated, inserted, removed, absent }: BatchRows): Parts {
  const numbers = (of: readonly Of<number>[]): Column => of.map((row) => row.it)
  const expected = (of: readonly Of<number>[]): Column => of.map((row) => row.turn.expected)
  const content = (of: readonly Of<number>[]): Column[] => [
    of.map((row) => row.turn.row.version),
    of.map((row) => row.turn.row.sequence),
    of.map((row) => row.turn.row.status),
    texts(of, (row) => row.turn.row.state),
    of.map((row) => encodeJson(row.turn.row.applied)),
  ]
  return {
    ...(updated.length && { updated: [numbers(updated), ...addressesOf(updated), expected(updated), ...content(updated)] }),
    ...(inserted.length && {
      inserted: [numbers(inserted), ...addressesOf(inserted), partitions(inserted), ...content(inserted)],
    }),
    ...(removed.length && { removed: [numbers(removed), ...addressesOf(removed), expected(removed)] }),
    ...(absent.length && { absent: [numbers(absent), ...addressesOf(absent)] }),
  }
}

function timerParts({ timersSet: set, timersCancelled: cancelled }: BatchRows): Parts {
  return {
    ...(set.length && {
      timersSet: [
        ...addressesOf(set),
        texts(set, (row) => row.it.id),
        partitions(set),
        set.map((row) => wholeMilliseconds(row.it.due)),
        set.map((row) => encodeJson(row.it.payload)),
        set.map((row) => row.it.armed),
      ],
    }),
    ...(cancelled.length && { timersCancelled: [...addressesOf(cancelled), texts(cancelled, (row) => row.it)] }),
  }
}

function effectParts({ effectsStarted: started, effectsEnded: ended }: BatchRows, epochs: ReadonlyMap<number, number>): Parts {
  return {
    ...(started.length && {
      effectsStarted: [
        ...addressesOf(started),
        texts(started, (row) => row.it.id),
        partitions(started),
        texts(started, (row) => row.it.src),
        started.map((row) => encodeOptionalJson(row.it.input)),
        started.map((row) => row.it.turn),
        started.map((row) => row.it.number),
        started.map((row) => epochs.get(row.turn.row.partition)!),
      ],
    }),
    ...(ended.length && { effectsEnded: [...addressesOf(ended), texts(ended, (row) => row.it)] }),
  }
}

function messageParts({ outbox, replies, facts }: BatchRows, batch: Batch): Parts {
  const { relayed, deadLetters: dead } = batch
  return {
    ...(outbox.length && {
      outbox: [partitions(outbox), outbox.map((row) => row.it.sequence), texts(outbox, (row) => row.it.envelope)],
    }),
    ...(relayed.length && { relayed: [relayed.map((row) => row.partition), relayed.map((row) => row.sequence)] }),
    ...(replies.length && {
      replies: [
        ...addressesOf(replies),
        texts(replies, (row) => row.it.key),
        texts(replies, (row) => row.it.digest),
        replies.map((row) => encodeOptionalJson(row.it.answer)),
        replies.map((row) => wholeMilliseconds(row.it.expires)),
      ],
    }),
    ...(facts.length && {
      facts: [
        ...addressesOf(facts),
        facts.map((row) => row.turn.row.sequence),
        texts(facts, (row) => row.it.name),
        facts.map((row) => encodeJson(row.it.data)),
      ],
    }),
    ...(dead.length && {
      deadLetters: [
        dead.map((letter) => encodeText(letter.id)),
        ...addresses(dead),
        dead.map((letter) => encodeText(letter.envelope)),
        dead.map((letter) => encodeText(letter.reason)),
        dead.map((letter) => JSON.stringify(letter.error)),
        dead.map((letter) => letter.tries),
        dead.map((letter) => wholeMilliseconds(letter.at)),
      ],
    }),
  }
}
