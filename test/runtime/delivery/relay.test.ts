/**
 * Owns: the order and completeness of the way from the outbox to receivers: commits that pass one another, reads that lag behind, full windows.
 * Does not own: the outbox's SQL (contract suite), receivers (durable.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type OutboxGate, Relay } from '../../../runtime/delivery/relay.ts'
import { Deadlines } from '../../../runtime/kernel/deadlines.ts'
import type { OutboxRow } from '../../../runtime/kernel/ports.ts'
import { seededRandom, simulatedSources } from '../../../runtime/kernel/sources.ts'
import { silentTelemetry } from '../../../runtime/kernel/telemetry.ts'

const epoch = 3
const sequence = (n: number, of = epoch): number => of * 2 ** 32 + n

/**
 * One partition's outbox and one receiver. The receiver does what a durable actor does: it applies a row above its applied sequence and
 * drops every other (T3); so a row that is handed over too late is lost, and the test sees it.
 */
class Yard {
  readonly sources = simulatedSources()
  readonly table = new Map<number, OutboxRow>()
  readonly applied: number[] = []
  readonly relay: Relay
  /** Rows that were handed over and not yet taken. */
  readonly underWay: { sequence: number; taken: () => void }[] = []
  highest = 0
  reads = 0
  /** How long a read takes, and how long an applied row stays in the table. */
  readDelay = 0
  deleteDelay = 0
  takeAtOnce = true
  /** The receiver's partition has no owner here. */
  away = false

  constructor(window?: number) {
    this.relay = new Relay({
      store: {
        outbox: async (_partitions, limit) => {
          this.reads++
          // What a statement sees is what was committed when it began; its answer comes later.
          const seen = [...this.table.values()].sort((a, b) => a.sequence - b.sequence).slice(0, limit)
          if (this.readDelay > 0) await new Promise<void>((resolve) => this.sources.clock.schedule(this.readDelay, resolve))
          return seen
        },
      },
      deadlines: new Deadlines(this.sources.clock),
      telemetry: silentTelemetry,
      deliver: (_envelope, position, { taken, kept }) => {
        if (this.away) return this.sources.clock.immediate(kept)
        if (position.sequence > this.highest) {
          this.highest = position.sequence
          this.applied.push(position.sequence)
        }
        if (this.takeAtOnce) this.sources.clock.immediate(taken)
        else this.underWay.push({ sequence: position.sequence, taken })
      },
      relayed: (row) => this.sources.clock.schedule(this.deleteDelay, () => this.table.delete(row.sequence)),
      epochOf: () => epoch,
      ...(window === undefined ? {} : { window }),
    })
  }

  reserve(): OutboxGate {
    const gate = this.relay.reserve(0, epoch)
    assert.ok(gate)
    return gate
  }

  commit(gate: OutboxGate): void {
    this.write(gate.sequence)
    this.tell(gate)
  }

  write(at: number): OutboxRow {
    const row = { partition: 0, sequence: at, envelope: String(at) }
    this.table.set(at, row)
    return row
  }

  /** The commit's answer reaches the relay. */
  tell(gate: OutboxGate): void {
    this.relay.settle(0, gate, { partition: 0, sequence: gate.sequence, envelope: String(gate.sequence) })
  }
}

test('R1 rows whose commits end in another order are handed over in the order of their sequences', async () => {
  const yard = new Yard()
  await yard.relay.openAll([0])
  const [a, b, c] = [yard.reserve(), yard.reserve(), yard.reserve()]
  yard.commit(b)
  yard.commit(c)
  await yard.sources.settle()
  assert.deepEqual(yard.applied, [])
  yard.commit(a)
  await yard.sources.settle()
  assert.deepEqual(yard.applied, [a.sequence, b.sequence, c.sequence])
})

test('R1 a turn that was rejected does not hold up the ones behind it', async () => {
  const yard = new Yard()
  await yard.relay.openAll([0])
  const [a, b] = [yard.reserve(), yard.reserve()]
  yard.commit(b)
  yard.relay.settle(0, a, null)
  await yard.sources.settle()
  assert.deepEqual(yard.applied, [b.sequence])
})

test('R1 what an earlier owner left is handed over before what this one sends, across pages', async () => {
  const yard = new Yard()
  const old = Array.from({ length: 2500 }, (_, i) => sequence(i + 1, 2))
  for (const at of old) yard.write(at)
  yard.deleteDelay = 30
  await yard.relay.openAll([0])
  const mine = Array.from({ length: 10 }, () => yard.reserve())
  for (const gate of mine) yard.commit(gate)
  await yard.sources.advance(5000)
  assert.deepEqual(yard.applied, [...old, ...mine.map((gate) => gate.sequence)])
  assert.equal(yard.table.size, 0)
})

test('R1 rows beyond a page whose first rows are not deleted yet are not passed by newer ones', async () => {
  const yard = new Yard()
  const old = Array.from({ length: 1800 }, (_, i) => sequence(i + 1, 2))
  for (const at of old) yard.write(at)
  // Each row goes at a time of its own, so that a read finds some of the handed rows still there.
  let n = 0
  yard.deleteDelay = 0
  Object.defineProperty(yard, 'deleteDelay', { get: () => (n++ % 3 === 0 ? 300 : 0) })
  await yard.relay.openAll([0])
  await yard.sources.advance(150)
  const gate = yard.reserve()
  yard.commit(gate)
  await yard.sources.advance(5000)
  assert.deepEqual(yard.applied, [...old, gate.sequence])
})

test('R1 a read that sees a later commit before an earlier one does not hand the later over first', async () => {
  const yard = new Yard()
  yard.write(sequence(1, 2))
  yard.readDelay = 20
  const opened = yard.relay.openAll([0])
  await yard.sources.advance(20)
  await opened
  // The lane reads what was left; meanwhile two turns are under way and the second commits first.
  const [a, b] = [yard.reserve(), yard.reserve()]
  yard.write(b.sequence)
  await yard.sources.advance(5)
  yard.commit(a)
  yard.tell(b)
  await yard.sources.advance(2000)
  assert.deepEqual(yard.applied, [sequence(1, 2), a.sequence, b.sequence])
})

test('R1 rows of a read that began between two commits are not handed over out of order', async () => {
  const yard = new Yard(2)
  yard.takeAtOnce = false
  yard.readDelay = 10
  const opened = yard.relay.openAll([0])
  await yard.sources.advance(10)
  await opened
  // The window is full after two rows: what follows stays in the table and is read later.
  for (const gate of [yard.reserve(), yard.reserve(), yard.reserve()]) yard.commit(gate)
  const [d, e] = [yard.reserve(), yard.reserve()]
  yard.write(e.sequence)
  yard.takeAtOnce = true
  for (const { taken } of yard.underWay.splice(0)) taken()
  await yard.sources.advance(5)
  yard.commit(d)
  yard.tell(e)
  await yard.sources.advance(2000)
  assert.deepEqual(
    yard.applied,
    [1, 2, 3, 4, 5].map((n) => sequence(n)),
  )
})

test('R2 a row is deleted only after its receiver took it', async () => {
  const yard = new Yard()
  yard.takeAtOnce = false
  await yard.relay.openAll([0])
  yard.commit(yard.reserve())
  await yard.sources.advance(1000)
  assert.equal(yard.table.size, 1)
  for (const { taken } of yard.underWay) taken()
  await yard.sources.advance(10)
  assert.equal(yard.table.size, 0)
})

test('R1 a partition that is lost gives its places in the window back', async () => {
  const yard = new Yard(2)
  yard.takeAtOnce = false
  await yard.relay.openAll([0, 1])
  for (const gate of [yard.reserve(), yard.reserve()]) yard.commit(gate)
  yard.relay.close(0)
  const gate = yard.relay.reserve(1, epoch + 1)
  assert.ok(gate)
  yard.relay.settle(1, gate, { partition: 1, sequence: gate.sequence, envelope: 'other' })
  for (const { taken } of yard.underWay) taken()
  await yard.sources.advance(10)
  assert.equal(yard.underWay.at(-1)?.sequence, gate.sequence)
  assert.equal(yard.relay.reserve(0, epoch), undefined)
})

test('R1 whatever the order of commits, the speed of reads and the size of the window, every committed row is applied once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 15 }),
      async (seed, window, left) => {
        const random = seededRandom(seed)
        const upTo = (n: number): number => Math.floor(random.next() * n)
        const yard = new Yard(window)
        yard.readDelay = upTo(10)
        Object.defineProperty(yard, 'deleteDelay', { get: () => upTo(60) })
        const expected: number[] = []
        for (let i = 1; i <= left; i++) expected.push(yard.write(sequence(i, 2)).sequence)
        const opened = yard.relay.openAll([0])
        await yard.sources.advance(10)
        await opened
        for (let i = 0; i < 40; i++) {
          const gate = yard.reserve()
          if (upTo(8) === 0) {
            yard.sources.clock.schedule(upTo(20), () => yard.relay.settle(0, gate, null))
            continue
          }
          expected.push(gate.sequence)
          yard.sources.clock.schedule(upTo(20), () => {
            yard.write(gate.sequence)
            yard.sources.clock.schedule(upTo(5), () => yard.tell(gate))
          })
          await yard.sources.advance(upTo(6))
        }
        await yard.sources.advance(20_000)
        assert.deepEqual(yard.applied, expected)
        assert.equal(yard.table.size, 0)
      },
    ),
    { numRuns: 60 },
  )
})

test('R1 rows whose receiver has no owner for a while are kept, and handed over in order when it has one again', async () => {
  const yard = new Yard()
  await yard.relay.openAll([0])
  yard.commit(yard.reserve())
  await yard.sources.advance(5)
  yard.away = true
  for (let i = 0; i < 3; i++) yard.commit(yard.reserve())
  await yard.sources.advance(500)
  yard.away = false
  yard.commit(yard.reserve())
  await yard.sources.advance(1000)
  assert.deepEqual(
    yard.applied,
    [1, 2, 3, 4, 5].map((n) => sequence(n)),
  )
  assert.equal(yard.table.size, 0)
})
