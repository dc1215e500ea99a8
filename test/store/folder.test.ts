/**
 * Owns: the embedded store in a folder: its lock, its life beyond kill -9, folders that cannot be used.
 * Does not own: the contract.
 * Invariants: FL1, FL2, FL3, PF1, PL2, PFL1, OS1.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realSources } from '#runtime'
import { openStore } from '#store'
import { lockFolder } from '../../store/folder-lock.ts'
import { StoreStage } from '../contract/store-stage.ts'
import { waitFor } from '../support/wait.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-folder-'))
after(() => rmSync(base, { recursive: true, force: true }))
const sources = realSources()
const open = (folder: string) => openStore(folder, { sources })
const lockOf = (folder: string) => join(folder, 'lock.json')
const lock = (folder: string) => lockFolder(folder, sources.ids)

function holder(folder: string) {
  const program = fileURLToPath(new URL('./folder-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const seen = { last: 0 }
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) if (line) seen.last = Number(line)
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { child, seen, ended }
}

test('PL2, FL2: what was answered survives kill -9, the lock of the dead is taken over, and a living one is refused by its pid', async () => {
  const folder = join(base, 'killed')
  let answered = 0
  for (let round = 0; round < 3; round++) {
    const { child, seen, ended } = holder(folder)
    const until = answered + 30
    await waitFor(
      'commits',
      () => seen.last,
      (last) => last > until,
      { within: 60_000 },
    )
    await assert.rejects(open(folder), (error: { code: string; fields: object; message: string }) => {
      assert.equal(error.code, 'store.locked')
      assert.deepEqual(error.fields, { folder, pid: child.pid, host: hostname() })
      assert.match(error.message, new RegExp(`process ${child.pid}`))
      return true
    })
    child.kill('SIGKILL')
    await ended
    answered = seen.last
  }
  const store = await open(folder)
  const [actor] = await store.actors({ limit: 1 })
  assert.ok(actor!.sequence === answered || actor!.sequence === answered + 1, `${actor!.sequence} of ${answered}`)
  const facts = await store.facts({ limit: 100_000 })
  assert.deepEqual(
    facts.map((fact) => fact.data),
    Array.from({ length: actor!.sequence }, (_, i) => i + 1),
  )
  await store.close()
  assert.ok(!existsSync(lockOf(folder)))
})

test('a store in a folder keeps what it was given, with the settings that flush for power losses too', async () => {
  const folder = join(base, 'power')
  for (let n = 0; n < 2; n++) {
    const store = await openStore(folder, { sources, durability: 'power' })
    const lease = (await store.claim('a', [3], 60_000))[0]!
    assert.equal(lease.epoch, n + 1)
    assert.equal((await store.commit({ fences: [lease], turns: [], deadLetters: [], relayed: [], at: 0 })).result, 'committed')
    await store.close()
  }
})

test('PF1: a kill while a database is made leaves nothing that could be taken for one', async () => {
  const folder = join(base, 'unmade')
  mkdirSync(join(folder, 'pgdata.making-x'), { recursive: true })
  writeFileSync(join(folder, 'pgdata.making-x', 'PG_VERSION'), '18')
  const store = await open(folder)
  await StoreStage.on(store)
  await store.close()
  assert.deepEqual(readdirSync(folder), ['pgdata'])
})

test('FL1: of many that ask at once, one gets the lock; released, it is free', () => {
  const folder = join(base, 'one')
  const first = lock(folder)
  assert.throws(() => lock(folder), { code: 'store.locked' })
  first.release()
  first.release()
  lock(folder).release()
  assert.deepEqual(readdirSync(folder), [])
})

test('FL2: a lock whose number now belongs to another process is taken over', () => {
  const folder = join(base, 'reused')
  lock(folder).release()
  const holder = { pid: process.pid, host: hostname(), started: 'another-boot:1' }
  writeFileSync(lockOf(folder), JSON.stringify(holder))
  const taken = lock(folder)
  assert.notEqual((JSON.parse(readFileSync(lockOf(folder), 'utf8')) as { started: string }).started, holder.started)
  taken.release()
})

test('FL2: a lock of a process that is gone, and one that was cut off, are taken over', () => {
  const folder = join(base, 'gone')
  lock(folder).release()
  for (const text of [JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: '' }), '{"pid": 12', '']) {
    writeFileSync(lockOf(folder), text)
    lock(folder).release()
    assert.ok(!existsSync(lockOf(folder)))
  }
})

test('FL3: a lock from another machine is respected', () => {
  const folder = join(base, 'elsewhere')
  lock(folder).release()
  writeFileSync(lockOf(folder), JSON.stringify({ pid: 1, host: 'another-machine', started: '' }))
  assert.throws(() => lock(folder), { code: 'store.locked', fields: { folder, pid: 1, host: 'another-machine' } })
})

test('a folder that is a file, or lies below one, is refused as not writable, and nothing is left locked', async () => {
  const file = join(base, 'file')
  writeFileSync(file, 'x')
  await assert.rejects(open(file), { code: 'store.not_writable' })
  await assert.rejects(open(join(file, 'below')), { code: 'store.not_writable' })
})

test('OS1: a folder whose database cannot be read gives its lock back', async () => {
  const folder = join(base, 'broken')
  mkdirSync(join(folder, 'pgdata'), { recursive: true })
  writeFileSync(join(folder, 'pgdata', 'PG_VERSION'), '7')
  await assert.rejects(open(folder), { code: /^store\./ })
  assert.ok(!existsSync(lockOf(folder)))
})
