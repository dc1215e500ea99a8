/**
 * Owns: the part of the stores' contract about reads: order, filters, limits, cursors, and the end.
 * Does not own: values (store-value-rules).
 * Invariants: T3, T7, RS1, MS1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '#runtime'
import { StoreStage } from './store-stage.ts'

const codePoints = ['Z', 'a', 'ä', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}']

export function readRules(the: () => Store): void {
  streams(the)
  people(the)
  test('an actor that is not there is left out, one that is asked for twice comes once', async () => {
    const stage = await StoreStage.on(the())
    await stage.commit([stage.fullTurn('a', 0, 1)])
    const loaded = await the().load([stage.address('none'), stage.address('a'), stage.address('a')])
    assert.deepEqual(
      loaded.map((actor) => [actor.row.address.key, actor.timers.length, actor.effects.length]),
      [['a', 1, 1]],
    )
    assert.equal(await the().reply(stage.address('a'), 'unknown'), undefined)
  })

  test('RS1: an actor is read with its timers by due time and its effects in the order of asking', async () => {
    const stage = await StoreStage.on(the())
    const set = [30, 10, 20].map((due) => ({ id: `t${due}`, due, payload: due, armed: 1 }))
    const start = [2, 0, 1].map((number) => ({ id: `e${number}`, src: 's', input: number, turn: 1, number }))
    await stage.commit([stage.turn('a', { expected: 0, set, start })])
    const [actor] = await the().load([stage.address('a')])
    assert.deepEqual(
      actor?.timers.map((timer) => timer.due),
      [10, 20, 30],
    )
    assert.deepEqual(
      actor?.effects.map((effect) => effect.number),
      [0, 1, 2],
    )
  })

  test('MS1: what is handed in and what is handed out belongs to the caller alone', async () => {
    const stage = await StoreStage.on(the())
    const data = { list: [1] }
    const turn = stage.turn('a', {
      expected: 0,
      facts: [{ name: 'f', data }],
      set: [{ id: 't', due: 1, payload: data, armed: 1 }],
    })
    await stage.commit([turn])
    data.list.push(2)
    const first = await the().load([stage.address('a')])
    assert.deepEqual(first[0]?.timers[0]?.payload, { list: [1] })
    ;(first[0]!.timers[0]!.payload as { list: number[] }).list.push(3)
    assert.deepEqual((await the().load([stage.address('a')]))[0]?.timers[0]?.payload, { list: [1] })
    assert.deepEqual((await the().facts({ address: stage.address('a'), limit: 9 }))[0]?.data, { list: [1] })
  })
}

function streams(the: () => Store): void {
  test('T7: timers come earliest first, before the given time, of the given partitions, up to the limit', async () => {
    const [a, b] = [await StoreStage.on(the()), await StoreStage.on(the())]
    const timer = (id: string, due: number) => ({ id, due, payload: null, armed: 1 })
    await a.commit([
      a.turn('x', { expected: 0, set: [timer('2', 200), timer('1', 100)] }),
      a.turn('w', { expected: 0, set: [timer('1', 100)] }),
    ])
    await b.commit([b.turn('y', { expected: 0, set: [timer('3', 150)] })])
    const due = async (partitions: number[], before: number, limit = 10) =>
      (await the().timers(partitions, before, limit)).map((row) => `${row.address.key}${row.id}`)
    assert.deepEqual(await due([a.partition, b.partition], 1_000), ['w1', 'x1', 'y3', 'x2'])
    assert.deepEqual(await due([a.partition, b.partition], 200), ['w1', 'x1', 'y3'])
    assert.deepEqual(await due([b.partition], 1_000), ['y3'])
    assert.deepEqual(await due([a.partition, b.partition], 1_000, 2), ['w1', 'x1'])
  })

  test('outbox rows come in the order of partition and sequence, up to the limit', async () => {
    const [a, b] = [await StoreStage.on(the()), await StoreStage.on(the())]
    const rows = (...sequences: number[]) => sequences.map((sequence) => ({ sequence, envelope: `${sequence}` }))
    await b.commit([b.turn('y', { expected: 0, outbox: rows(2 ** 32 + 5, 1) })])
    await a.commit([a.turn('x', { expected: 0, outbox: rows(3 * 2 ** 32 + 1, 2 ** 32 + 10, 2 ** 32 + 9) })])
    const read = async (limit: number) =>
      (await the().outbox([b.partition, a.partition], limit)).map((row) => Number(row.envelope))
    const all = [2 ** 32 + 9, 2 ** 32 + 10, 3 * 2 ** 32 + 1, 1, 2 ** 32 + 5]
    assert.deepEqual(await read(10), all)
    assert.deepEqual(await read(2), all.slice(0, 2))
  })

  test('facts have growing cursors in the order of writing, and can be followed', async () => {
    const stage = await StoreStage.on(the())
    const fact = (name: string, data: number) => ({ name, data })
    await stage.commit([
      stage.turn('a', { expected: 0, facts: [fact('x', 1), fact('y', 2)] }),
      stage.turn('b', { expected: 0, facts: [fact('x', 3)] }),
    ])
    await stage.commit([stage.turn('a', { expected: 1, facts: [fact('x', 4)] })])
    const [a, b] = [stage.address('a'), stage.address('b')]
    const all = [...(await the().facts({ address: a, limit: 10 })), ...(await the().facts({ address: b, limit: 10 }))]
    assert.deepEqual(
      all.map((row) => row.data),
      [1, 2, 4, 3],
    )
    assert.deepEqual(
      all.map((row) => row.sequence),
      [1, 1, 2, 1],
    )
    assert.ok(all[0]!.id < all[1]!.id && all[1]!.id < all[3]!.id && all[3]!.id < all[2]!.id)
    const read = async (filter: object) => (await the().facts({ address: a, limit: 10, ...filter })).map((row) => row.data)
    assert.deepEqual(await read({ name: 'x' }), [1, 4])
    assert.deepEqual(await read({ after: all[0]!.id }), [2, 4])
    assert.deepEqual(await read({ limit: 1, after: all[1]!.id }), [4])
    const everywhere = await the().facts({ after: all[0]!.id - 1, limit: 4 })
    assert.deepEqual(
      everywhere.map((row) => row.data),
      [1, 2, 3, 4],
    )
  })

  test('actors with effects to start again are named once each', async () => {
    const [a, b] = [await StoreStage.on(the()), await StoreStage.on(the())]
    const start = (count: number) =>
      Array.from({ length: count }, (_, number) => ({ id: `${number}`, src: 's', input: null, turn: 1, number }))
    await a.commit([
      a.turn('y', { expected: 0, start: start(2) }),
      a.turn('x', { expected: 0, start: start(1) }),
      a.turn('z', { expected: 0 }),
    ])
    await b.commit([b.turn('w', { expected: 0, start: start(1) })])
    assert.deepEqual(await the().withEffects([a.partition]), [a.address('x'), a.address('y')])
    assert.equal((await the().withEffects([a.partition, b.partition])).length, 3)
  })

  test('expired answers are dropped, at most as many as asked for', async () => {
    const stage = await StoreStage.on(the())
    const reply = (key: string, expires: number) => ({ key, digest: 'd', answer: 1, expires })
    // Times of their own, before all others of the suite, because dropping is not bound to a partition.
    await stage.commit([stage.turn('a', { expected: 0, replies: [reply('1', -900), reply('2', -800), reply('3', -700)] })])
    assert.equal(await the().expireReplies(-700, 1), 1)
    assert.equal(await the().expireReplies(-700, 10), 1)
    assert.equal(await the().expireReplies(-700, 10), 0)
    assert.equal((await the().reply(stage.address('a'), '3'))?.digest, 'd')
  })
}

function people(the: () => Store): void {
  test('actors are listed by kind and key in the order of code points, page by page', async () => {
    const stage = await StoreStage.on(the())
    const shuffled = [...codePoints].sort((a, b) => a.length - b.length || (a < b ? 1 : -1))
    await stage.commit(shuffled.map((key) => stage.turn(key, { expected: 0, status: key === 'a' ? 'quarantined' : 'active' })))
    const seen: string[] = []
    for (let after = stage.address('\u0001'); ; ) {
      const page = await the().actors({ kind: stage.kind, after, limit: 3 })
      if (page.length === 0) break
      seen.push(...page.map((row) => row.address.key))
      after = page[page.length - 1]!.address
    }
    assert.deepEqual(seen, codePoints)
    const broken = await the().actors({ status: 'quarantined', kind: stage.kind, limit: 10 })
    assert.deepEqual(
      broken.map((row) => row.address.key),
      ['a'],
    )
    assert.ok((await the().actors({ limit: 1 })).length === 1)
  })

  test('dead letters are listed by id and can be taken once', async () => {
    const stage = await StoreStage.on(the())
    const id = (n: number) => `${stage.kind}-${n}`
    await stage.commit([], { deadLetters: [3, 1, 2].map((n) => stage.letter(id(n))) })
    const list = async (filter: object) =>
      (await the().deadLetters({ kind: stage.kind, limit: 10, ...filter })).map((row) => row.id)
    assert.deepEqual(await list({}), [id(1), id(2), id(3)])
    assert.deepEqual(await list({ after: id(1), limit: 1 }), [id(2)])
    const taken = await the().takeDeadLetters([id(3), id(1), id(1), 'unknown'])
    assert.deepEqual(taken, [stage.letter(id(1)), stage.letter(id(3))])
    assert.deepEqual(await the().takeDeadLetters([id(3)]), [])
    assert.deepEqual(await list({}), [id(2)])
  })
}
