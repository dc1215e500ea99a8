/**
 * Owns: the contract on the faulty store without faults, and what its faults do.
 * Does not own: the contract.
 * Invariants: FS1, FS2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realSources } from '#runtime'
import { MemoryStore } from '#store'
import { storeContract } from '../contract/store.ts'
import { StoreStage } from '../contract/store-stage.ts'
import { FaultPlan, faultyStore } from '../support/faulty-store.ts'
import { waitFor } from '../support/wait.ts'

storeContract('faulty, without a fault', async () => faultyStore(new MemoryStore(realSources().clock), new FaultPlan()))

async function stageWith(plan: FaultPlan): Promise<StoreStage> {
  return StoreStage.on(faultyStore(new MemoryStore(realSources().clock), plan))
}

test('FS2: a commit that fails before leaves nothing, one that fails after has written all', async () => {
  const plan = new FaultPlan()
  const stage = await stageWith(plan)
  plan.arm({ at: 'before commit', action: 'fail' })
  await assert.rejects(stage.commit([stage.turn('a', { expected: 0 })]), { code: 'store.unreachable', retry: 'later' })
  assert.equal(await stage.sequenceOf('a'), 0)
  plan.arm({ at: 'after commit', action: 'fail' })
  await assert.rejects(stage.commit([stage.turn('a', { expected: 0 })]), { code: 'store.unreachable' })
  assert.equal(await stage.sequenceOf('a'), 1)
  assert.deepEqual([plan.hits('before commit'), plan.hits('after commit')], [1, 1])
})

test('a fault strikes after the calls that it lets pass, as often as it says', async () => {
  const plan = new FaultPlan([{ at: 'before load', action: 'fail', skip: 1, times: 2, error: () => new Error('ours') }])
  const stage = await stageWith(plan)
  assert.equal(await stage.sequenceOf('a'), 0)
  await assert.rejects(stage.sequenceOf('a'), { message: 'ours' })
  await assert.rejects(stage.sequenceOf('a'), { message: 'ours' })
  assert.equal(await stage.sequenceOf('a'), 0)
})

test('a call that hangs goes on when it is released', async () => {
  const plan = new FaultPlan([{ at: 'after commit', action: 'hang' }])
  const stage = await stageWith(plan)
  const commit = stage.commit([stage.turn('a', { expected: 0 })])
  await waitFor(
    'the commit to hang',
    () => plan.hanging,
    (count) => count === 1,
  )
  assert.equal(await stage.sequenceOf('a'), 1)
  plan.release()
  assert.deepEqual(await commit, { result: 'committed' })
})
