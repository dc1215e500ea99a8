/**
 * Owns: what every store must do, as tests that any implementation can be put to.
 * Does not own: opening one (the test files that call it).
 * Invariants: T2, T3, T4, T5, ST1, ST2, RS1, CP1, CP2, MS1.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Store } from '#runtime'
import { commitRules } from './store-commit-rules.ts'
import { leaseRules } from './store-lease-rules.ts'
import { raceRules } from './store-race-rules.ts'
import { readRules } from './store-read-rules.ts'
import { valueRules } from './store-value-rules.ts'

/**
 * Declares the contract's tests for one implementation.
 *
 * @param name of the implementation, for the report
 * @param open opens a new, empty store; the suite closes it
 * @example storeContract('memory', async () => new MemoryStore(realSources().clock))
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`A store (${name})`, () => {
    let store: Store
    before(async () => {
      store = await open()
    })
    after(() => store.close())
    // One store for all, because each test works in partitions and kinds of its own.
    const the = (): Store => store
    leaseRules(the)
    commitRules(the)
    raceRules(the)
    readRules(the)
    valueRules(the)
  })

  test(`A store (${name}) that is closed refuses everything and may be closed again`, async () => {
    const store = await open()
    await store.close()
    await store.close()
    const batch = { fences: [], turns: [], deadLetters: [], relayed: [], at: 0 }
    await assert.rejects(store.commit(batch), { code: 'store.closed' })
    await assert.rejects(store.load([{ kind: 'k', key: 'k' }]), { code: 'store.closed' })
    await assert.rejects(store.claim('a', [1], 1), { code: 'store.closed' })
    await assert.rejects(store.actors({ limit: 1 }), { code: 'store.closed' })
  })
}
