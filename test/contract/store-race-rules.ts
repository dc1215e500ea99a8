/**
 * Owns: the part of the stores' contract about commits and claims that run at the same time.
 * Does not own: the same between processes (test/store/two-processes.test.ts).
 * Invariants: T2, T4, CS1, CS2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '#runtime'
import { waitFor } from '../support/wait.ts'
import { StoreStage } from './store-stage.ts'

export function raceRules(the: () => Store): void {
  test('T2: of many commits that expect the same sequence at once, exactly one is written', async () => {
    const stage = await StoreStage.on(the())
    for (let expected = 0; expected < 6; expected++) {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          stage.commit([
            stage.turn('a', { expected, state: `"life ${i}"`, facts: [{ name: 'won', data: i }] }),
            stage.turn(`b${expected}-${i}`, { expected: 0 }),
          ]),
        ),
      )
      const won = outcomes.flatMap((outcome, i) => (outcome.result === 'committed' ? [i] : []))
      assert.equal(won.length, 1, JSON.stringify(outcomes))
      for (const outcome of outcomes) if (outcome.result === 'stale') assert.deepEqual(outcome.addresses, [stage.address('a')])
      assert.equal((await the().load([stage.address('a')]))[0]?.row.state, `"life ${won[0]}"`)
      for (let i = 0; i < 8; i++) assert.equal(await stage.sequenceOf(`b${expected}-${i}`), won[0] === i ? 1 : 0)
    }
    assert.equal((await the().facts({ address: stage.address('a'), limit: 100 })).length, 6)
  })

  test('T2: commits for different actors of one partition run at once without hindering each other', async () => {
    const stage = await StoreStage.on(the())
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let n = 0; n < 10; n++)
        assert.deepEqual(await stage.commit([stage.turn(`k${lane}`, { expected: n })]), { result: 'committed' })
    })
    await Promise.all(lanes)
    assert.deepEqual(
      (await the().actors({ kind: stage.kind, limit: 100 })).map((row) => row.sequence),
      Array(8).fill(10),
    )
  })

  test('T4: once a take-over is done, no commit of the old owner writes, however they overlap', async () => {
    for (let round = 0; round < 5; round++) {
      const stage = await StoreStage.on(the(), 'old', 1)
      let deposed = false
      const old = Array.from({ length: 4 }, async (_, lane) => {
        for (let n = 0; ; n++) {
          const outcome = await stage.commit([stage.turn(`k${lane}`, { expected: n })])
          if (outcome.result === 'fenced') return n
          assert.equal(outcome.result, 'committed')
          assert.ok(!deposed || n === 0 || (await stage.sequenceOf(`k${lane}`)) === n + 1)
        }
      })
      const [taken] = await waitFor(
        'the take-over',
        () => the().claim('new', [stage.partition], 60_000),
        (leases) => leases.length === 1,
      )
      const keys = ['k0', 'k1', 'k2', 'k3']
      const seen = await Promise.all(keys.map((key) => stage.sequenceOf(key)))
      deposed = true
      assert.equal(taken?.epoch, 2)
      assert.deepEqual(await Promise.all(old), seen, 'what the old owner was told is what the new one found')
      assert.deepEqual(await Promise.all(keys.map((key) => stage.sequenceOf(key))), seen)
    }
  })

  test('T4: renewals and commits of one owner run at once, and none fails', async () => {
    const stage = await StoreStage.on(the())
    let busy = true
    const renewing = (async () => {
      let renewed = 0
      while (busy) renewed += (await the().renew([stage.lease], 60_000)).length
      return renewed
    })()
    const lanes = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; n < 25; n++)
        assert.equal((await stage.commit([stage.turn(`k${lane}`, { expected: n })])).result, 'committed')
    })
    try {
      await Promise.all(lanes)
    } finally {
      busy = false
    }
    assert.ok((await renewing) > 0)
  })
}
