/**
 * Owns: the contract on the store in memory, and its time.
 * Does not own: the contract.
 * Invariants: MS1, MS2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realSources, simulatedSources } from '#runtime'
import { MemoryStore } from '#store'
import { storeContract } from '../contract/store.ts'

storeContract('memory', async () => new MemoryStore(realSources().clock))

test('a store in memory lets leases expire by the clock that it was given', async () => {
  const sources = simulatedSources()
  const store = new MemoryStore(sources.clock)
  await store.claim('a', [0], 1_000)
  await sources.advance(1_000)
  assert.deepEqual(await store.claim('b', [0], 1_000), [])
  await sources.advance(1)
  assert.equal((await store.claim('b', [0], 1_000))[0]?.epoch, 2)
})
