/**
 * Owns: the part of the stores' contract about values: whatever the runtime can say comes back the same.
 * Does not own: which rows are written.
 * Invariants: ST1, ST2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json, Store } from '#runtime'
import { StoreStage } from './store-stage.ts'

/** Any UTF-16: NUL, escapes, quotes, unpaired surrogates. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom(
    '',
    '\0',
    'a\0b',
    '\ud800',
    '\udfffx',
    '\u0001',
    '\u0001"x"',
    '\\u0000',
    '\\',
    '"',
    "'",
    '{}',
    '{NULL}',
    'NULL',
    '\u{1f600}',
  ),
)
const anyJson = fc.oneof(anyText, fc.jsonValue({ noUnicodeString: false } as object)) as fc.Arbitrary<Json>
const anyKey = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom("'", '"', '\\', '%', '{', ',', ' ', '\u0001x'))
  .filter((key) => key.isWellFormed() && !key.includes('\0') && Buffer.byteLength(key) <= 512)

export function valueRules(the: () => Store): void {
  test('ST1: any text and any JSON comes back as it was, in every part', async () => {
    const stage = await StoreStage.on(the())
    let n = 0
    await fc.assert(
      fc.asyncProperty(anyKey, anyText, anyJson, async (key, text, json) => {
        const sequence = ++n
        const address = stage.address(`${n}${key}`)
        const turn = stage.turn(address.key, {
          expected: 0,
          sequence,
          state: JSON.stringify({ [text]: json }),
          applied: { [text]: sequence },
          outbox: [{ sequence, envelope: text }],
          set: [{ id: text, due: 1, payload: json, armed: 1 }],
          start: [{ id: text, src: text, input: json, turn: 1, number: 0 }],
          replies: [{ key: text, digest: text, answer: json, expires: 1 }],
          facts: [{ name: text, data: json }],
        })
        const letter = { ...stage.letter(`${stage.kind}${n}`, text), reason: text, address }
        assert.deepEqual(await stage.commit([turn], { deadLetters: [letter] }), { result: 'committed' })
        const same = JSON.parse(JSON.stringify(json)) as Json
        const [actor] = await the().load([address])
        assert.equal(actor?.row.state, turn.row.state)
        assert.deepEqual(actor?.row.address, address)
        assert.deepEqual(actor?.row.applied, JSON.parse(JSON.stringify({ [text]: sequence })))
        assert.deepEqual(actor?.timers, [{ address, id: text, due: 1, payload: same, armed: 1 }])
        assert.deepEqual(actor?.effects, [{ address, id: text, src: text, input: same, turn: 1, number: 0, epoch: 1 }])
        assert.deepEqual(await the().reply(address, text), { address, key: text, digest: text, answer: same, expires: 1 })
        const [fact] = await the().facts({ address, name: text, limit: 1 })
        assert.deepEqual(fact?.data, same)
        assert.deepEqual((await the().deadLetters({ kind: stage.kind, limit: 1000 })).at(-1)?.id, letter.id)
        assert.deepEqual(await the().takeDeadLetters([letter.id]), [letter])
        const gone = stage.turn(address.key, { expected: sequence, remove: true })
        const last = (await the().outbox([stage.partition], 1000)).at(-1)
        assert.equal(last?.envelope, text)
        assert.deepEqual(await stage.commit([gone], { relayed: [{ partition: stage.partition, sequence }] }), {
          result: 'committed',
        })
      }),
      { numRuns: 150 },
    )
  })

  test('numbers are whole and exact up to the largest safe integer', async () => {
    const stage = await StoreStage.on(the())
    const most = Number.MAX_SAFE_INTEGER
    const turn = stage.turn('a', {
      expected: 0,
      sequence: most - 1,
      applied: { p1: most },
      outbox: [{ sequence: most, envelope: '{}' }],
      set: [{ id: 't', due: 1, payload: 1e300, armed: most - 1 }],
      start: [{ id: 'e', src: 's', input: undefined, turn: most - 1, number: 2 ** 31 - 1 }],
    })
    assert.deepEqual(await stage.commit([turn]), { result: 'committed' })
    assert.deepEqual(await stage.commit([stage.turn('a', { expected: most - 1, sequence: most })]), { result: 'committed' })
    const [actor] = await the().load([stage.address('a')])
    assert.deepEqual([actor?.row.sequence, actor?.timers[0]?.armed, actor?.timers[0]?.payload], [most, most - 1, 1e300])
    assert.deepEqual(actor?.effects[0], {
      address: stage.address('a'),
      id: 'e',
      src: 's',
      input: undefined,
      turn: most - 1,
      number: 2 ** 31 - 1,
      epoch: 1,
    })
    assert.equal((await the().outbox([stage.partition], 1))[0]?.sequence, most)
  })

  test('ST2: times are kept in whole milliseconds, rounded up; the end of time is the latest date', async () => {
    const stage = await StoreStage.on(the())
    const set = [0.2, -5.5, 1e15 + 0.5, Number.POSITIVE_INFINITY].map((due, i) => ({ id: `${i}`, due, payload: null, armed: 1 }))
    const replies = [{ key: 'k', digest: 'd', expires: Number.POSITIVE_INFINITY }]
    await stage.commit([stage.turn('a', { expected: 0, set, replies })], { at: 7.25 })
    const [actor] = await the().load([stage.address('a')])
    assert.deepEqual(
      actor?.timers.map((timer) => timer.due),
      [-5, 1, 1e15 + 1, 8_640_000_000_000_000],
    )
    assert.equal(actor?.row.updatedAt, 8)
    assert.equal((await the().reply(stage.address('a'), 'k'))?.expires, 8_640_000_000_000_000)
  })

  test('a state of several megabytes is kept whole', async () => {
    const stage = await StoreStage.on(the())
    const state = JSON.stringify({ text: 'ä"\\\u0000'.repeat(600_000) })
    assert.deepEqual(await stage.commit([stage.turn('a', { expected: 0, state })]), { result: 'committed' })
    assert.ok((await the().load([stage.address('a')]))[0]?.row.state === state)
  })
}
