/**
 * Owns: how a node keeps, loses and regains its leases, under simulated time on the memory store.
 * Does not own: the fence (fence.test.ts), leases in SQL (contract suite).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  LeaseKeeper,
  type SimulatedSources,
  type Store,
  silentTelemetry,
  simulatedSources,
  type Telemetry,
  TroupeError,
} from '#runtime'
import { MemoryStore, storeErrors } from '#store'
import { type Tap, tapped } from '../delivery/lab.ts'

const all = [0, 1, 2, 3]

function world() {
  const sources = simulatedSources()
  const store = new MemoryStore(sources.clock)
  const keeper = (node: string, tap: Tap = {}): { keeper: LeaseKeeper; lost: number[]; regained: number[][] } => {
    const lost: number[] = []
    const regained: number[][] = []
    const made = new LeaseKeeper({ store: tapped(store, tap).store, sources, telemetry: silentTelemetry, node, ttl: 3000 })
    made.onLost((partition) => lost.push(partition))
    made.onRegained((partitions) => regained.push([...partitions]))
    return { keeper: made, lost, regained }
  }
  return { sources, store, keeper }
}

/** Moves the time in small steps, so that the store, which answers in real turns of the event loop, keeps up. */
async function pass(sources: SimulatedSources, milliseconds: number): Promise<void> {
  for (let spent = 0; spent < milliseconds; spent += 50) {
    await sources.advance(50)
    for (let i = 0; i < 4; i++) await sources.settle()
  }
}

/** Moves the time until `promise` is settled. */
async function within<T>(sources: SimulatedSources, promise: Promise<T>, most = 60_000): Promise<T> {
  let done = false
  promise.then(
    () => {
      done = true
    },
    () => {
      done = true
    },
  )
  for (let spent = 0; !done && spent <= most; spent += 50) await pass(sources, 50)
  assert.ok(done, `not settled within ${most} ms`)
  return promise
}

/** A store that cannot be reached while `away`. */
function awayTap(): Tap & { away: boolean } {
  const tap = {
    away: false,
    before() {
      if (tap.away) throw storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })
    },
  }
  return tap
}

const owners = async (store: Store): Promise<string[]> => (await store.leases()).map((lease) => `${lease.owner} ${lease.epoch}`)

test('LK1 a claim takes all partitions under a new epoch, and renewals keep them for as long as the node lives', async () => {
  const { sources, store, keeper } = world()
  const { keeper: one, lost } = keeper('one')
  await within(sources, one.claim(all, 0))
  assert.deepEqual([...one.owned()].sort(), all)
  assert.deepEqual(
    all.map((partition) => one.epochOf(partition)),
    [1, 1, 1, 1],
  )
  await pass(sources, 60_000)
  assert.deepEqual(lost, [])
  for (const lease of await store.leases()) assert.ok(lease.remaining > 0 && lease.epoch === 1)
})

test('LK1 a second node waits for leases that end, and is refused while the first renews them', async () => {
  const { sources, store, keeper } = world()
  const { keeper: one } = keeper('one')
  await within(sources, one.claim(all, 0))
  const waits: string[] = []
  const telemetry: Telemetry = {
    emit: (name, measurements, metadata) => void waits.push(JSON.stringify([name, measurements, metadata])),
  }
  const two = new LeaseKeeper({ store, sources, telemetry, node: 'two', ttl: 3000 })
  const refused = await within(
    sources,
    two.claim(all, 8000).catch((error) => error),
  )
  assert.match(waits.join(), /^\["partition\.waiting",\{"partitions":4,"remaining":\d+\},\{"owner":"one"\}\]$/)
  assert.ok(TroupeError.is(refused, 'partition.held'))
  assert.deepEqual([refused.fields.owner, refused.fields.partitions], ['one', 4])
  await one.release()
  await within(sources, keeper('three').keeper.claim(all, 8000))
  assert.deepEqual(await owners(store), ['three 2', 'three 2', 'three 2', 'three 2'])
})

test('LK1 the same name takes its own leases at once, and the older life of it is told once of each loss', async () => {
  const { sources, keeper } = world()
  const first = keeper('node')
  await within(sources, first.keeper.claim(all, 0))
  const second = keeper('node')
  await within(sources, second.keeper.claim(all, 0))
  await pass(sources, 10_000)
  assert.deepEqual(first.lost.sort(), all)
  assert.deepEqual(first.keeper.owned(), [])
  assert.deepEqual([second.lost, [...second.keeper.owned()].sort()], [[], all])
})

test('LK3 a refused epoch loses the partition at once, and only once', async () => {
  const { sources, keeper } = world()
  const { keeper: one, lost } = keeper('one')
  await within(sources, one.claim(all, 0))
  one.deposed([2])
  one.deposed([2])
  assert.deepEqual([lost, one.epochOf(2)], [[2], undefined])
})

test('LK2 a store that hangs ends the ownership before the lease ends', async () => {
  const { sources, keeper } = world()
  let hanging = false
  const { keeper: one, lost } = keeper('one', {
    before: (name) => (hanging && name === 'renew' ? new Promise<void>(() => undefined) : undefined),
  })
  await within(sources, one.claim(all, 0))
  hanging = true
  await pass(sources, 2900)
  assert.deepEqual(lost, [])
  await pass(sources, 1100)
  assert.deepEqual(lost.sort(), all)
})

test('LK2 one renewal that fails does no harm', async () => {
  const { sources, keeper } = world()
  let failures = 1
  const { keeper: one, lost } = keeper('one', {
    before: (name) => {
      if (name === 'renew' && failures-- > 0) throw storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })
    },
  })
  await within(sources, one.claim(all, 0))
  await pass(sources, 20_000)
  assert.deepEqual([lost, one.owned().length], [[], 4])
})

test('LK4 when the store was away longer than a lease lasts, the partitions are taken again under a new epoch', async () => {
  const { sources, store, keeper } = world()
  const tap = awayTap()
  const { keeper: one, lost, regained } = keeper('one', tap)
  await within(sources, one.claim(all, 0))
  tap.away = true
  await pass(sources, 20_000)
  assert.deepEqual(lost.sort(), all)
  tap.away = false
  await pass(sources, 5000)
  assert.deepEqual(regained.flat().sort(), all)
  assert.deepEqual(await owners(store), ['one 2', 'one 2', 'one 2', 'one 2'])
  lost.length = 0
  await pass(sources, 30_000)
  assert.deepEqual([lost, one.owned().length], [[], 4])
})

test('LK4 what another life of the same name has taken meanwhile is left to it', async () => {
  const { sources, store, keeper } = world()
  const tap = awayTap()
  const first = keeper('node', tap)
  await within(sources, first.keeper.claim(all, 0))
  tap.away = true
  await pass(sources, 10_000)
  const second = keeper('node')
  await within(sources, second.keeper.claim(all, 0))
  tap.away = false
  await pass(sources, 30_000)
  assert.deepEqual([first.regained, second.lost, second.keeper.owned().length], [[], [], 4])
  assert.deepEqual(await owners(store), ['node 2', 'node 2', 'node 2', 'node 2'])
})

test('LK4 what its other owner gives up is taken again', async () => {
  const { sources, store, keeper } = world()
  const tap = awayTap()
  const first = keeper('one', tap)
  await within(sources, first.keeper.claim(all, 0))
  tap.away = true
  const second = keeper('two')
  await within(sources, second.keeper.claim(all, 10_000))
  tap.away = false
  await pass(sources, 20_000)
  assert.deepEqual(first.regained, [])
  await second.keeper.release()
  await pass(sources, 3000)
  assert.deepEqual(first.regained.flat().sort(), all)
  assert.equal((await owners(store))[0], 'one 3')
})

test('LK1 a released keeper holds nothing, renews nothing and leaves no timer', async () => {
  const { sources, store, keeper } = world()
  const calls: string[] = []
  const { keeper: one, lost } = keeper('one', { before: (name) => void calls.push(name) })
  await within(sources, one.claim(all, 0))
  await one.release()
  calls.length = 0
  await pass(sources, 30_000)
  assert.deepEqual(
    [calls, lost, sources.nextDue(), await store.leases().then((all) => all.filter((l) => l.remaining > 0))],
    [[], [], undefined, []],
  )
})
