/**
 * Owns: the part of the stores' contract about commits: what is written, and when nothing is.
 * Does not own: commits that run at the same time (store-race-rules).
 * Invariants: T2, T4, CP1, CP2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '#runtime'
import { freshPartitions, StoreStage } from './store-stage.ts'

const committed = { result: 'committed' }

export function commitRules(the: () => Store): void {
  writing(the)
  refusing(the)
  removing(the)
}

function writing(the: () => Store): void {
  test('T2: every part of a turn is written, and read back as it was', async () => {
    const stage = await StoreStage.on(the())
    assert.deepEqual(
      await stage.commit([stage.fullTurn('a', 0, { deep: [1, null] })], { deadLetters: [stage.letter('l1')] }),
      committed,
    )
    const address = stage.address('a')
    const mark = { deep: [1, null] }
    const timer = { address, id: 'wake', due: 5_001, payload: mark, armed: 1 }
    const effect = { address, id: 'call', src: 'model', input: mark, turn: 1, number: 0, epoch: 1 }
    const row = {
      address,
      partition: stage.partition,
      version: 1,
      sequence: 1,
      status: 'active',
      state: '{"mark":{"deep":[1,null]}}',
      applied: { p1: 1 },
      updatedAt: 1_700_000_000_000,
    }
    const seen = await stage.all(['a'])
    assert.deepEqual(seen.actors, [row])
    assert.deepEqual(seen.loaded, [{ row, timers: [timer], effects: [effect] }])
    assert.deepEqual(seen.outbox, [{ partition: stage.partition, sequence: 2 ** 32 + 1, envelope: JSON.stringify({ mark }) }])
    assert.deepEqual(seen.timers, [timer])
    assert.deepEqual(seen.effects, [address])
    assert.deepEqual(seen.replies, [{ address, key: 'k1', digest: 'd1', answer: mark, expires: 9_000 }])
    const [fact] = seen.facts
    assert.deepEqual(seen.facts, [{ id: fact!.id, address, sequence: 1, name: 'marked', data: mark, at: 1_700_000_000_000 }])
    assert.deepEqual(seen.deadLetters, [stage.letter('l1')])
  })

  test('T2: a later turn replaces the row, its timers of the same name and its effects', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.fullTurn('a', 0, 1)])
    await stage.commit([
      stage.turn('a', {
        expected: 1,
        sequence: 5,
        state: '"new"',
        status: 'done',
        version: 2,
        set: [{ id: 'wake', due: 9, payload: 'again', armed: 5 }],
        end: ['call'],
      }),
    ])
    const [actor] = await the().load([stage.address('a')])
    assert.deepEqual([actor?.row.sequence, actor?.row.state, actor?.row.status, actor?.row.version], [5, '"new"', 'done', 2])
    assert.deepEqual(
      actor?.timers.map(({ due, payload, armed }) => ({ due, payload, armed })),
      [{ due: 9, payload: 'again', armed: 5 }],
    )
    assert.deepEqual(actor?.effects, [])
  })

  test('T5: turns of many actors and partitions share one commit', async () => {
    const [a, b] = [await StoreStage.on(the()), await StoreStage.on(the())]
    const turns = Array.from({ length: 300 }, (_, i) => (i % 2 ? a : b).fullTurn(`k${i}`, 0, i))
    const outbox = turns.map((turn, i) => ({ ...turn, outbox: [{ sequence: 2 ** 32 + i, envelope: '{}' }] }))
    const fences = [a, b].map(({ lease: { partition, epoch } }) => ({ partition, epoch }))
    assert.deepEqual(await a.commit(outbox, { fences }), committed)
    assert.equal((await the().actors({ kind: a.kind, limit: 1000 })).length, 150)
    assert.equal((await the().outbox([a.partition, b.partition], 1000)).length, 300)
    assert.deepEqual((await b.all(['k4'])).loaded[0]?.row.state, '{"mark":4}')
  })

  test('CP1: what a turn names twice is written once, the last; what it sets and takes away stays set', async () => {
    const stage = await StoreStage.on(the())
    const timer = (due: number) => ({ id: 'twice', due, payload: due, armed: 1 })
    const effect = (number: number) => ({ id: 'twice', src: `s${number}`, input: undefined, turn: 1, number })
    const reply = (digest: string) => ({ key: 'k1', digest, expires: 1 })
    const turn = stage.turn('a', {
      expected: 0,
      set: [timer(1), timer(2)],
      cancel: ['twice', 'never', 'never'],
      start: [effect(1), effect(2)],
      end: ['twice', 'never'],
      replies: [reply('x'), reply('y')],
    })
    assert.deepEqual(await stage.commit([turn]), committed)
    const [actor] = await the().load([stage.address('a')])
    assert.deepEqual(
      actor?.timers.map((row) => row.due),
      [2],
    )
    assert.deepEqual(
      actor?.effects.map((row) => row.src),
      ['s2'],
    )
    assert.equal((await the().reply(stage.address('a'), 'k1'))?.digest, 'y')
  })

  test('an answer is recorded on top of its acceptance', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.turn('a', { expected: 0, replies: [{ key: 'k1', digest: 'd', expires: 5 }] })])
    const open = await the().reply(stage.address('a'), 'k1')
    assert.ok(open && !('answer' in open))
    await stage.commit([stage.turn('a', { expected: 1, replies: [{ key: 'k1', digest: 'd', answer: null, expires: 6 }] })])
    assert.deepEqual(await the().reply(stage.address('a'), 'k1'), {
      address: stage.address('a'),
      key: 'k1',
      digest: 'd',
      answer: null,
      expires: 6,
    })
  })

  test('a batch may have no turns: letters are stored once, delivered messages go', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.fullTurn('a', 0, 1), stage.turn('b', { expected: 0, outbox: [{ sequence: 7, envelope: '"b"' }] })])
    const relayed = [
      { partition: stage.partition, sequence: 7 },
      { partition: stage.partition, sequence: 8 },
    ]
    assert.deepEqual(await stage.commit([], { relayed, deadLetters: [stage.letter('x1')] }), committed)
    assert.deepEqual(await stage.commit([], { deadLetters: [stage.letter('x1', 'other')] }), committed)
    assert.deepEqual(await stage.commit([]), committed)
    assert.deepEqual(
      (await the().outbox([stage.partition], 10)).map((row) => row.sequence),
      [2 ** 32 + 1],
    )
    assert.deepEqual(
      (await the().deadLetters({ kind: stage.kind, limit: 10 })).map((row) => row.envelope),
      ['{}'],
    )
  })
}

function refusing(the: () => Store): void {
  test('T4: under another epoch nothing is written, of no part', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.fullTurn('a', 0, 'old')])
    const before = await stage.all(['a', 'b'])
    for (const epoch of [0, 2]) {
      const fences = [{ partition: stage.partition, epoch }]
      const more = { fences, deadLetters: [stage.letter('no')], relayed: [{ partition: stage.partition, sequence: 2 ** 32 + 1 }] }
      const turns = [stage.fullTurn('a', 1, 'new'), stage.fullTurn('b', 0, 'new')]
      assert.deepEqual(await stage.commit(turns, more), { result: 'fenced', partitions: [stage.partition] })
      assert.deepEqual(await stage.commit([stage.turn('a', { expected: 1, remove: true })], more), {
        result: 'fenced',
        partitions: [stage.partition],
      })
    }
    assert.deepEqual(await stage.all(['a', 'b']), before)
  })

  test('T4: one lost partition of a batch stops all of it, and only the lost ones are named', async () => {
    const [kept, lost] = [await StoreStage.on(the()), await StoreStage.on(the(), 'owner', 1)]
    const [never] = freshPartitions(1) as [number]
    const { epoch } = lost.lease
    await the().release([{ partition: lost.partition, epoch }])
    await the().claim('other', [lost.partition], 60_000)
    const fences = [
      { partition: kept.partition, epoch: kept.lease.epoch },
      { partition: lost.partition, epoch },
      { partition: never, epoch: 1 },
    ]
    const outcome = await kept.commit([kept.fullTurn('a', 0, 1), lost.fullTurn('b', 0, 1)], { fences })
    assert.deepEqual(outcome, { result: 'fenced', partitions: [lost.partition, never] })
    assert.deepEqual((await kept.all(['a'])).loaded, [])
  })

  test('T2: one actor with another sequence than expected stops the whole batch, and is named', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.fullTurn('a', 0, 1), stage.turn('b', { expected: 0 })])
    const before = await stage.all(['a', 'b', 'c'])
    const wrong = [
      stage.turn('b', { expected: 0, state: '"twice born"' }),
      stage.turn('b', { expected: 2 }),
      stage.turn('b', { expected: 7, remove: true }),
      stage.turn('b', { expected: 0, remove: true }),
    ]
    for (const turn of wrong) {
      const turns = [stage.fullTurn('a', 1, 2), turn, stage.fullTurn('c', 0, 3)]
      const outcome = await stage.commit(turns, { deadLetters: [stage.letter('no')] })
      assert.deepEqual(outcome, { result: 'stale', addresses: [stage.address('b')] }, `expected ${turn.expected}`)
      assert.deepEqual(await stage.all(['a', 'b', 'c']), before)
    }
    const missing = await stage.commit([stage.turn('x', { expected: 3 }), stage.turn('y', { expected: 3, remove: true })])
    assert.deepEqual(missing, { result: 'stale', addresses: [stage.address('x'), stage.address('y')] })
  })

  test('T2: an actor named twice in a batch is stale', async () => {
    const stage = await StoreStage.on(the())
    const turns = [stage.turn('a', { expected: 0 }), stage.turn('b', { expected: 0 }), stage.turn('a', { expected: 0 })]
    assert.equal((await stage.commit(turns)).result, 'stale')
    assert.equal(await stage.sequenceOf('b'), 0)
  })

  test('a fence comes before staleness', async () => {
    const stage = await StoreStage.on(the())
    const fences = [{ partition: stage.partition, epoch: 9 }]
    assert.equal((await stage.commit([stage.turn('a', { expected: 4 })], { fences })).result, 'fenced')
  })

  test('a turn for a partition that the batch does not fence is refused as a defect', async () => {
    const [stage, other] = [await StoreStage.on(the()), await StoreStage.on(the())]
    await assert.rejects(stage.commit([other.turn('a', { expected: 0 })]), { code: 'internal' })
    assert.equal(await other.sequenceOf('a'), 0)
  })
}

function removing(the: () => Store): void {
  test('CP2: an actor that ends takes its row, timers and effects along; outbox, replies and facts stay', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit(
      [stage.fullTurn('a', 0, 1), stage.fullTurn('ab', 5, 1)].map((turn) => ({ ...turn, expected: 0, outbox: [] })),
    )
    const last = { ...stage.fullTurn('a', 1, 'last'), remove: true }
    assert.deepEqual(await stage.commit([last]), committed)
    const seen = await stage.all(['a'])
    assert.deepEqual(seen.loaded, [])
    assert.deepEqual(
      seen.timers.map((row) => row.address.key),
      ['ab'],
    )
    assert.deepEqual(seen.effects, [stage.address('ab')])
    assert.equal(seen.outbox.length, 1)
    assert.deepEqual(
      seen.replies.map((row) => row?.answer),
      ['last'],
    )
    assert.deepEqual(
      seen.facts.map((row) => row.data),
      [1, 'last'],
    )
  })

  test('an actor may be born and end in one turn, and be born again', async () => {
    const stage = await StoreStage.on(the())
    assert.deepEqual(await stage.commit([{ ...stage.fullTurn('a', 0, 1), remove: true }]), committed)
    const seen = await stage.all(['a'])
    assert.deepEqual([seen.loaded, seen.timers, seen.effects], [[], [], []])
    assert.deepEqual([seen.facts.length, seen.outbox.length], [1, 1])
    assert.deepEqual(await stage.commit([stage.turn('a', { expected: 0, sequence: 9 })]), committed)
    assert.deepEqual(await stage.commit([stage.turn('a', { expected: 9, remove: true })]), committed)
    assert.deepEqual(await stage.commit([stage.turn('a', { expected: 0 })]), committed)
    assert.equal(await stage.sequenceOf('a'), 1)
  })
}
