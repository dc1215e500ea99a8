/**
 * Owns: the part of the stores' contract about the installation and the leases.
 * Does not own: commits.
 * Invariants: T4.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '#runtime'
import { waitFor } from '../support/wait.ts'
import { freshPartitions } from './store-stage.ts'

export function leaseRules(the: () => Store): void {
  test('the first installation is kept, the same is welcome, another one is refused by name', async () => {
    const wanted = { partitions: 8, hashVersion: 1 }
    assert.deepEqual(await the().installation(wanted), wanted)
    assert.deepEqual(await the().installation(wanted), wanted)
    await assert.rejects(the().installation({ partitions: 9, hashVersion: 1 }), { code: 'store.installation' })
    await assert.rejects(the().installation({ partitions: 8, hashVersion: 2 }), { code: 'store.installation' })
  })

  test('T4: a free partition is taken with epoch 1 and its time to live', async () => {
    const partitions = freshPartitions(3)
    const leases = await the().claim('a', partitions, 60_000)
    assert.deepEqual(
      leases.map(({ partition, owner, epoch }) => ({ partition, owner, epoch })),
      partitions.map((partition) => ({ partition, owner: 'a', epoch: 1 })),
    )
    for (const { remaining } of leases) assert.ok(remaining > 50_000 && remaining <= 60_000, `remaining ${remaining}`)
  })

  test('T4: a held partition is not given to another, and the others are', async () => {
    const [held, free] = freshPartitions(2) as [number, number]
    await the().claim('a', [held], 60_000)
    const taken = await the().claim('b', [held, free], 60_000)
    assert.deepEqual(
      taken.map((lease) => lease.partition),
      [free],
    )
    const seen = (await the().leases()).filter((lease) => lease.partition === held || lease.partition === free)
    assert.deepEqual(
      seen.map((lease) => lease.owner),
      ['a', 'b'],
    )
  })

  test('T4: an owner may take its own partition again, under the next epoch', async () => {
    const [partition] = freshPartitions(1) as [number]
    await the().claim('a', [partition], 60_000)
    const [again] = await the().claim('a', [partition], 60_000)
    assert.equal(again?.epoch, 2)
  })

  test('T4: an expired lease is taken over under the next epoch', async () => {
    const [partition] = freshPartitions(1) as [number]
    await the().claim('a', [partition], 30)
    const [taken] = await waitFor(
      'the lease to expire',
      () => the().claim('b', [partition], 60_000),
      (leases) => leases.length === 1,
    )
    assert.deepEqual([taken?.owner, taken?.epoch], ['b', 2])
    assert.deepEqual(await the().claim('a', [partition], 60_000), [])
  })

  test('T4: of many claimers at once, each partition goes to exactly one', async () => {
    const partitions = freshPartitions(20)
    const rounds = await Promise.all(
      Array.from({ length: 6 }, (_, i) => the().claim(`racer${i}`, i % 2 ? partitions : [...partitions].reverse(), 60_000)),
    )
    const taken = rounds.flat()
    assert.equal(taken.length, partitions.length)
    assert.equal(new Set(taken.map((lease) => lease.partition)).size, partitions.length)
    assert.ok(taken.every((lease) => lease.epoch === 1))
  })

  test('a renewal prolongs leases of the same epoch and says nothing of the others', async () => {
    const [kept, lost, unknown] = freshPartitions(3) as [number, number, number]
    await the().claim('a', [kept, lost], 1_000)
    await the().claim('a', [lost], 1_000)
    const asked = [kept, lost, unknown].map((partition) => ({ partition, epoch: 1 }))
    const renewed = await the().renew(asked, 60_000)
    assert.deepEqual(
      renewed.map(({ partition, owner, epoch }) => ({ partition, owner, epoch })),
      [{ partition: kept, owner: 'a', epoch: 1 }],
    )
    assert.ok(renewed[0]!.remaining > 50_000)
  })

  test('a renewal revives a lease that expired but was not taken over', async () => {
    const [partition] = freshPartitions(1) as [number]
    await the().claim('a', [partition], 1)
    await waitFor(
      'the lease to expire',
      () => the().leases(),
      (leases) => leases.some((l) => l.partition === partition && l.remaining === 0),
    )
    assert.equal((await the().renew([{ partition, epoch: 1 }], 60_000)).length, 1)
    assert.deepEqual(await the().claim('b', [partition], 60_000), [])
  })

  test('a released partition is free at once and its epoch goes on; an older epoch releases nothing', async () => {
    const [partition] = freshPartitions(1) as [number]
    await the().claim('a', [partition], 60_000)
    await the().claim('a', [partition], 60_000)
    await the().release([{ partition, epoch: 1 }])
    assert.deepEqual(await the().claim('b', [partition], 60_000), [])
    await the().release([{ partition, epoch: 2 }])
    assert.ok(!(await the().leases()).some((lease) => lease.partition === partition))
    assert.equal((await the().claim('b', [partition], 60_000))[0]?.epoch, 3)
  })

  test('asking for nothing gives nothing', async () => {
    assert.deepEqual(await the().claim('a', [], 1_000), [])
    assert.deepEqual(await the().renew([], 1_000), [])
    await the().release([])
    assert.deepEqual(await the().load([]), [])
    assert.deepEqual(await the().takeDeadLetters([]), [])
    assert.deepEqual(await the().withEffects([]), [])
    assert.deepEqual(await the().timers([], 1e15, 10), [])
    assert.deepEqual(await the().outbox([], 10), [])
  })
}
