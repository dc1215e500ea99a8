/**
 * Owns: the proof that an embedded store is taken away whole, and only when nothing in it is missed.
 * Does not own: the store's other rules.
 * Invariants: ES1, ES2, PF1.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { realSources } from '#runtime'
import { eraseStore, isUnused, openStore } from '#store'
import { StoreStage } from '../contract/store-stage.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-erase-'))
const folder = join(base, 'store')
const sources = realSources()

before(async () => {
  const store = await openStore(folder, { sources })
  const stage = await StoreStage.on(store)
  await stage.commit([stage.turn('a', { expected: 0 })])
  await store.close()
  writeFileSync(join(folder, 'notes.txt'), 'mine')
})
after(() => rmSync(base, { recursive: true, force: true }))

test('ES1 a store with an actor that is missed stays, and the actor is named', async () => {
  const wrong = eraseStore(folder, { sources }, ({ key }) => key === 'another')
  await assert.rejects(wrong, (error: { code: string; message: string }) => {
    assert.equal(error.code, 'store.needed')
    assert.match(error.message, /holds .*\/a/)
    return true
  })
  assert.equal(isUnused(folder), false)
})

test('ES1 a store that is in use stays', async () => {
  const store = await openStore(folder, { sources })
  await assert.rejects(
    eraseStore(folder, { sources }, () => true),
    { code: 'store.locked' },
  )
  await store.close()
  assert.equal(isUnused(folder), false)
})

test('ES2 only what the store made goes, and a folder without a store is left alone', async () => {
  await eraseStore(folder, { sources }, () => true)
  assert.deepEqual(readdirSync(folder), ['notes.txt'])
  assert.equal(isUnused(folder), true)
  await eraseStore(folder, { sources }, () => true)
  await eraseStore(join(base, 'nowhere'), { sources }, () => true)
  assert.equal(existsSync(join(base, 'nowhere')), false)
})
