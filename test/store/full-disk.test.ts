/**
 * Owns: the embedded store on a disk that fills up and is cleared again.
 * Does not own: folders (folder.test.ts).
 * Invariants: PL4, SE1.
 */

import assert from 'node:assert/strict'
import fs, { mkdtempSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { realSources, TroupeError } from '#runtime'
import { openStore } from '#store'
import { StoreStage } from '../contract/store-stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'troupe-full-'))
const write = fs.writeSync as (...given: unknown[]) => number
let room = Number.POSITIVE_INFINITY
// The engine's file system calls Node's for every write, so this is where the disk can be full.
fs.writeSync = ((...given: unknown[]) => {
  const length = given[3]
  if (typeof length === 'number' && length >= 8192) {
    room -= length
    if (room < 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
  }
  return write(...given)
}) as typeof fs.writeSync
syncBuiltinESMExports()
after(() => {
  fs.writeSync = write as typeof fs.writeSync
  syncBuiltinESMExports()
  rmSync(folder, { recursive: true, force: true })
})

test('PL4: a full disk is said to be one, nothing answered is lost, and work goes on when there is room', async () => {
  const store = await openStore(folder, { sources: realSources() })
  const stage = await StoreStage.on(store)
  const state = JSON.stringify('x'.repeat(100_000))
  assert.equal((await stage.commit([stage.turn('a', { expected: 0 })])).result, 'committed')
  room = 2_000_000
  let answered = 0
  let failed: unknown
  for (let n = 0; n < 500 && !failed; n++) {
    // Each state differs, because the database compresses what repeats.
    const incompressible = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => (i * 2654435761 * (n + 7)) % 4294967291))
    await stage.commit([stage.turn(`k${n}`, { expected: 0, state: incompressible })]).then(
      () => answered++,
      (error: unknown) => {
        failed = error
      },
    )
  }
  assert.ok(TroupeError.is(failed, 'store.full'), String(failed))
  assert.equal(failed.retry, 'later')
  await stage.commit([stage.turn('a', { expected: 1, state })]).catch((error: unknown) => {
    assert.ok(TroupeError.is(error, 'store.full'), String(error))
  })
  room = Number.POSITIVE_INFINITY
  const expected = await stage.sequenceOf('a')
  assert.equal((await stage.commit([stage.turn('a', { expected })])).result, 'committed')
  assert.ok((await store.actors({ kind: stage.kind, limit: 1000 })).length >= answered + 1)
  for (let n = 0; n < answered; n++) assert.equal(await stage.sequenceOf(`k${n}`), 1)
  await store.close()
})
