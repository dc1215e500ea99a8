/**
 * Owns: what a batch writes, sorted by kind of row, as arrays of columns.
 * Does not own: the statement that writes them (commit-statement), their binary form (wire-array).
 * Invariants: CP1 each row is named once within its part, because one statement must not write a row twice: the last wins. CP2 of an actor that ends
 * only replies, facts and outbox are written.
 */

import type { Address, Batch, TurnWrite } from '#runtime'
import { kernelErrors } from '#runtime'
import type { Parameter } from './database.ts'
import { encodeJson, encodeOptionalJson, encodeText, wholeMilliseconds } from './stored-text.ts'
import { int4Array, int8Array, textArray } from './wire-array.ts'

/** One kind of write of a batch: its rows are columns, in the order of the part's declaration in commit-statement. */
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

/** The parameters of each part that has rows. */
export type Parts = { readonly [P in PartName]?: readonly Parameter[] }

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
    ...actorParts(rows, batch),
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

const kinds = (of: readonly { readonly address: Address }[]): Buffer => textArray(of.map((one) => encodeText(one.address.kind)))
const keys = (of: readonly { readonly address: Address }[]): Buffer => textArray(of.map((one) => encodeText(one.address.key)))
const addressesOf = <T>(rows: readonly Of<T>[]): Buffer[] => {
  const at = rows.map((row) => row.turn.row)
  return [kinds(at), keys(at)]
}
const texts = <T>(rows: readonly Of<T>[], column: (row: Of<T>) => string): Buffer =>
  textArray(rows.map((row) => encodeText(column(row))))
const int8s = <T>(rows: readonly Of<T>[], column: (row: Of<T>) => number): Buffer => int8Array(rows.map(column))
const int4s = <T>(rows: readonly Of<T>[], column: (row: Of<T>) => number): Buffer => int4Array(rows.map(column))

function actorParts(rows: BatchRows, batch: Batch): Parts {
  const at = String(wholeMilliseconds(batch.at))
  const ordinal = (of: readonly Of<number>[]): Buffer => int4s(of, (row) => row.it)
  const content = (of: readonly Of<number>[]): Parameter[] => [
    int4s(of, (row) => row.turn.row.version),
    int8s(of, (row) => row.turn.row.sequence),
    texts(of, (row) => row.turn.row.status),
    texts(of, (row) => row.turn.row.state),
    textArray(of.map((row) => encodeJson(row.turn.row.applied))),
    at,
  ]
  const { updated, inserted, removed, absent } = rows
  const expected = (of: readonly Of<number>[]): Buffer => int8s(of, (row) => row.turn.expected)
  return {
    ...(updated.length && { updated: [ordinal(updated), ...addressesOf(updated), expected(updated), ...content(updated)] }),
    ...(inserted.length && {
      inserted: [
        ordinal(inserted),
        ...addressesOf(inserted),
        int4s(inserted, (row) => row.turn.row.partition),
        ...content(inserted),
      ],
    }),
    ...(removed.length && { removed: [ordinal(removed), ...addressesOf(removed), expected(removed)] }),
    ...(absent.length && { absent: [ordinal(absent), ...addressesOf(absent)] }),
  }
}

function timerParts({ timersSet, timersCancelled }: BatchRows): Parts {
  return {
    ...(timersSet.length && {
      timersSet: [
        ...addressesOf(timersSet),
        texts(timersSet, (row) => row.it.id),
        int4s(timersSet, (row) => row.turn.row.partition),
        int8s(timersSet, (row) => wholeMilliseconds(row.it.due)),
        textArray(timersSet.map((row) => encodeJson(row.it.payload))),
        int8s(timersSet, (row) => row.it.armed),
      ],
    }),
    ...(timersCancelled.length && {
      timersCancelled: [...addressesOf(timersCancelled), texts(timersCancelled, (row) => row.it)],
    }),
  }
}

function effectParts({ effectsStarted: started, effectsEnded: ended }: BatchRows, epochs: ReadonlyMap<number, number>): Parts {
  return {
    ...(started.length && {
      effectsStarted: [
        ...addressesOf(started),
        texts(started, (row) => row.it.id),
        int4s(started, (row) => row.turn.row.partition),
        texts(started, (row) => row.it.src),
        textArray(started.map((row) => encodeOptionalJson(row.it.input))),
        int8s(started, (row) => row.it.turn),
        int4s(started, (row) => row.it.number),
        int8s(started, (row) => epochs.get(row.turn.row.partition)!),
      ],
    }),
    ...(ended.length && { effectsEnded: [...addressesOf(ended), texts(ended, (row) => row.it)] }),
  }
}

function messageParts({ outbox, replies, facts }: BatchRows, batch: Batch): Parts {
  const { relayed, deadLetters: dead } = batch
  return {
    ...(outbox.length && {
      outbox: [
        int4s(outbox, (row) => row.turn.row.partition),
        int8s(outbox, (row) => row.it.sequence),
        texts(outbox, (row) => row.it.envelope),
      ],
    }),
    ...(relayed.length && {
      relayed: [int4Array(relayed.map((row) => row.partition)), int8Array(relayed.map((row) => row.sequence))],
    }),
    ...(replies.length && {
      replies: [
        ...addressesOf(replies),
        texts(replies, (row) => row.it.key),
        texts(replies, (row) => row.it.digest),
        textArray(replies.map((row) => encodeOptionalJson(row.it.answer))),
        int8s(replies, (row) => wholeMilliseconds(row.it.expires)),
      ],
    }),
    ...(facts.length && {
      facts: [
        ...addressesOf(facts),
        int8s(facts, (row) => row.turn.row.sequence),
        texts(facts, (row) => row.it.name),
        textArray(facts.map((row) => encodeJson(row.it.data))),
        String(wholeMilliseconds(batch.at)),
      ],
    }),
    ...(dead.length && {
      deadLetters: [
        textArray(dead.map((letter) => encodeText(letter.id))),
        kinds(dead),
        keys(dead),
        textArray(dead.map((letter) => encodeText(letter.envelope))),
        textArray(dead.map((letter) => encodeText(letter.reason))),
        textArray(dead.map((letter) => JSON.stringify(letter.error))),
        int4Array(dead.map((letter) => letter.tries)),
        int8Array(dead.map((letter) => wholeMilliseconds(letter.at))),
      ],
    }),
  }
}
