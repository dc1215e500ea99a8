/**
 * Owns: two real processes that own one partition of one Postgres after each other.
 * Does not own: the same within a process (contract).
 * Invariants: T4.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Lease, realSources } from '#runtime'
import { openStore } from '#store'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'
import { waitFor } from '../support/wait.ts'

const url = await testPostgres()
const schema = testSchema()
const store = await openStore(url, { sources: realSources(), schema })
const holders: Holder[] = []
after(async () => {
  for (const holder of holders) holder.process.kill('SIGKILL')
  await store.close()
  await dropSchema(url, schema)
})

class Holder {
  readonly process: ChildProcess
  readonly lines: { readonly name?: string; readonly value?: unknown }[] = []

  constructor() {
    const program = fileURLToPath(new URL('./lease-holder.ts', import.meta.url))
    this.process = spawn(process.execPath, [program, url, schema], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.process.stdout! }).on('line', (line) => this.lines.push(JSON.parse(line) as object))
    holders.push(this)
  }

  say(line: string): void {
    this.process.stdin!.write(`${line}\n`)
  }

  async answer<T>(name: string, count = 1): Promise<T> {
    const found = await waitFor(
      `answer ${count} to ${name}`,
      () => this.lines.filter((line) => line.name === name),
      (lines) => lines.length >= count,
      { within: 20_000 },
    )
    return found[count - 1]!.value as T
  }

  async ask<T>(line: string): Promise<T> {
    const name = line.split(' ')[0]!
    const count = this.lines.filter((seen) => seen.name === name).length + 1
    this.say(line)
    return this.answer<T>(name, count)
  }

  ready(): Promise<unknown> {
    return waitFor('the process to be ready', () => this.lines.length > 0, Boolean, { within: 20_000 })
  }
}

const everything = async () => ({
  actors: await store.actors({ limit: 100 }),
  loaded: await store.load(['a', 'b'].map((key) => ({ kind: 'account', key }))),
  outbox: await store.outbox([0], 10_000),
  facts: (await store.facts({ limit: 10_000 })).length,
  reply: await store.reply({ kind: 'account', key: 'a' }, 'k'),
})

const takeOver = (holder: Holder) =>
  waitFor(
    'the take-over',
    () => holder.ask<Lease[]>('claim'),
    (leases) => leases.length === 1,
    { within: 20_000, every: 20 },
  )

test('T4: an owner that was frozen beyond its lease and thawed changes no row and is told that it is fenced', async () => {
  const [frozen, other] = [new Holder(), new Holder()]
  await Promise.all([frozen.ready(), other.ready()])
  assert.equal((await frozen.ask<Lease[]>('claim'))[0]?.epoch, 1)
  assert.deepEqual(await frozen.ask('commit a 0'), { result: 'committed' })

  frozen.process.kill('SIGSTOP')
  // Written into its pipe while it is frozen, so that these commits are what it does first when it is thawed.
  frozen.say('commit a 1')
  frozen.say('commit b 0')
  assert.equal((await takeOver(other))[0]?.epoch, 2)
  assert.deepEqual(await other.ask('commit a 1'), { result: 'committed' })
  const before = await everything()

  frozen.process.kill('SIGCONT')
  const fenced = { result: 'fenced', partitions: [0] }
  assert.deepEqual(await frozen.answer('commit', 2), fenced)
  assert.deepEqual(await frozen.answer('commit', 3), fenced)
  assert.deepEqual(await everything(), before)
  assert.equal(before.loaded[0]?.row.state, JSON.stringify({ writer: other.process.pid }))
})

test('T4: an owner frozen in the middle of a stream of commits has written exactly what it was told, and nothing after the take-over', async () => {
  for (let round = 0; round < 3; round++) {
    const key = `stream${round}`
    const [frozen, other] = holders.slice(-2) as [Holder, Holder]
    const sequence = async () => (await store.load([{ kind: 'account', key }]))[0]?.row.sequence ?? 0
    await takeOver(frozen)
    const streams = frozen.lines.filter((line) => line.name === 'stream').length
    frozen.say(`stream ${key}`)
    await waitFor('some commits', sequence, (count) => count > 20, { within: 20_000 })
    frozen.process.kill('SIGSTOP')
    await takeOver(other)
    const seen = await sequence()
    frozen.process.kill('SIGCONT')
    const told = await frozen.answer<{ written: number; result: string }>('stream', streams + 1)
    assert.deepEqual(told, { written: seen, result: 'fenced', partitions: [0] })
    assert.equal(await sequence(), seen)
  }
})
