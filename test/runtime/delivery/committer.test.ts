/**
 * Owns: the group commit: batches, bisection, unknown outcomes, what each turn is told.
 * Does not own: the statement (contract suite), turns (turn.test.ts).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Batch, Deadlines, realSources, type Store, silentTelemetry, type TurnWrite } from '#runtime'
import { storeErrors } from '#store'
import { Committer } from '../../../runtime/delivery/committer.ts'
import { inTime, waitFor } from '../../support/wait.ts'
import { failure, type LabNode, lab, labActor, memoryStore, startNode, type Tap, tapped } from './lab.ts'

const nodes: LabNode[] = []
const stops: (() => void)[] = []
after(async () => {
  for (const node of nodes) await node.stop()
  for (const stop of stops) stop()
})

const unreachable = () => storeErrors.make('store.unreachable', { where: 'test', problem: 'away' })

/** A committer over a memory store that owns four partitions. */
async function world(tap: Tap = {}, options: { maxTurns?: number } = {}) {
  const inner = memoryStore()
  const { store } = tapped(inner, tap)
  const sources = realSources()
  await inner.claim('test', [0, 1, 2, 3], 60_000)
  const batches: Batch[] = []
  const fenced: number[][] = []
  const counted: Store = new Proxy(store, {
    get(target, name: keyof Store) {
      if (name !== 'commit') return target[name]
      return (batch: Batch) => {
        batches.push(batch)
        return target.commit(batch)
      }
    },
  })
  const deadlines = new Deadlines(sources.clock)
  stops.push(() => deadlines.stop())
  const committer = new Committer({
    store: counted,
    sources,
    telemetry: silentTelemetry,
    deadlines,
    fenced: (fences) => fenced.push(fences.map((fence) => fence.partition)),
    ...options,
  })
  const submit = (key: string, expected = 0, partition = 0, epoch = 1, state = '{}'): Promise<void> =>
    new Promise((committed, rejected) => {
      committer.submit({ write: write(key, expected, partition, state), epoch, messages: 1, committed, rejected })
    })
  return { inner, committer, submit, batches, fenced }
}

function write(key: string, expected: number, partition: number, state: string): TurnWrite {
  const row = { address: lab(key), partition, version: 1, sequence: expected + 1, status: 'active', state, applied: {} } as const
  const none = { set: [], cancel: [] }
  return { row, expected, outbox: [], timers: none, effects: { start: [], end: [] }, replies: [], facts: [], remove: false }
}

test('T5 turns of one moment share a commit, and a large load is cut into batches', async () => {
  const { submit, batches, inner } = await world({}, { maxTurns: 10 })
  await Promise.all(Array.from({ length: 35 }, (_, i) => submit(`k${i}`)))
  assert.deepEqual(
    batches.map((batch) => batch.turns.length),
    [10, 10, 10, 5],
  )
  assert.equal((await inner.actors({ limit: 100 })).length, 35)
})

test('T5 a batch that the store cannot write is bisected to the one that is at fault; the others commit', async () => {
  const { submit, batches } = await world({
    before: (name, [batch]) => {
      if (name === 'commit' && (batch as Batch).turns.some((turn) => turn.row.address.key === 'k13'))
        throw storeErrors.make('store.failed', { operation: 'commit', problem: 'bad row', sqlstate: '22P05' })
    },
  })
  const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => submit(`k${i}`)))
  assert.deepEqual(
    results.flatMap((result, i) => (result.status === 'rejected' ? [i] : [])),
    [13],
  )
  assert.ok(batches.length <= 12, `it took ${batches.length} commits`)
})

test('CO3 while the store is away every turn waits, and is told when it is back', async () => {
  let away = true
  let tries = 0
  const { submit, committer } = await world({
    before: (name) => {
      if (name !== 'commit') return
      tries++
      if (away) throw unreachable()
    },
  })
  const all = Promise.all([submit('a'), submit('b')])
  await waitFor('some tries', () => tries >= 3)
  away = false
  await inTime('the commits', all)
  await inTime('the rest', committer.drained())
})

test('CO3 a commit whose answer was lost is not reported as failed, and not written twice', async () => {
  let lose = true
  const { submit, inner, batches } = await world({
    after: (name) => {
      if (name === 'commit' && lose) {
        lose = false
        throw unreachable()
      }
    },
  })
  await inTime('the commit', submit('a'))
  assert.equal((await inner.load([lab('a')]))[0]?.row.sequence, 1)
  assert.equal(batches.length, 2)
})

test('CO3 a dead letter whose first commit was lost is stored once', async () => {
  let lose = true
  const { committer, inner } = await world({
    after: (name) => {
      if (name === 'commit' && lose) {
        lose = false
        throw unreachable()
      }
    },
  })
  const error = unreachable().toJSON()
  const letter = { id: '1', address: lab('a'), envelope: '{}', reason: 'test', error, tries: 1, at: 0 }
  await inTime('the letter', committer.bury(letter, 0, 1))
  assert.equal((await inner.deadLetters({ limit: 10 })).length, 1)
})

test('T4 turns of a partition whose epoch does not hold are told so, the others of the batch commit', async () => {
  const { submit, fenced, inner } = await world()
  await inner.claim('other', [], 1)
  const results = await Promise.allSettled([submit('a', 0, 0, 1), submit('b', 0, 1, 7), submit('c', 0, 2, 1)])
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'committed')),
    ['committed', 'actor.fenced', 'committed'],
  )
  assert.deepEqual(fenced, [[1]])
  assert.equal((await inner.load([lab('b')])).length, 0)
})

test('CO1 a write on a row of another sequence is told as a broken rule, the others of the batch commit', async () => {
  const { submit, inner } = await world()
  await submit('a')
  const [stale, fine] = await Promise.allSettled([submit('a', 0), submit('b', 0)])
  assert.equal(stale.status === 'rejected' && (stale.reason as { code: string }).code, 'internal')
  assert.equal(fine.status, 'fulfilled')
  assert.equal((await inner.load([lab('a')]))[0]?.row.sequence, 1)
})

test('CO2 whatever fails how often, each turn is told once and what it is told is true', async () => {
  let n = 0
  const { submit, inner } = await world(
    {
      before: (name) => {
        if (name === 'commit' && ++n % 3 === 0) throw unreachable()
      },
      after: (name) => {
        if (name === 'commit' && n % 5 === 0) throw unreachable()
      },
    },
    { maxTurns: 4 },
  )
  let told = 0
  await inTime('all', Promise.all(Array.from({ length: 60 }, (_, i) => submit(`k${i}`, 0, i % 4).then(() => told++))), 20_000)
  assert.equal(told, 60)
  const rows = await inner.actors({ limit: 100 })
  assert.deepEqual(new Set(rows.map((row) => row.sequence)), new Set([1]))
  assert.equal(rows.length, 60)
})

test('T2 a node over a store that drops every third commit and loses every fifth answer loses and repeats nothing', async () => {
  let n = 0
  const at = await startNode(
    memoryStore(),
    [labActor()],
    {},
    {
      before: (name) => {
        if (name === 'commit' && ++n % 3 === 0) throw unreachable()
      },
      after: (name) => {
        if (name === 'commit' && n % 5 === 0) throw unreachable()
      },
    },
  )
  nodes.push(at)
  const a = lab('a')
  const say = (type: string, members: object = {}) => ({ type, ...members }) as never
  const sent = Array.from({ length: 40 }, (_, i) => at.system.tell(a, say('send', { to: lab('b'), text: `m${i}` })))
  await inTime('the sends', Promise.all(sent), 30_000)
  const log = await waitFor(
    'all',
    () => at.system.ask(lab('b'), say('log'), { deadline: '30s' }) as Promise<string[]>,
    (seen) => seen.length >= 40,
    { within: 30_000 },
  )
  assert.deepEqual(
    log,
    Array.from({ length: 40 }, (_, i) => `m${i}`),
  )
})

test('T5 a poison of the store in a group of actors reaches only its own caller', async () => {
  const at = await startNode(
    memoryStore(),
    [labActor()],
    {},
    {
      before: (name, args) => {
        if (name === 'commit' && JSON.stringify((args[0] as Batch).turns).includes('unspeakable'))
          throw storeErrors.make('store.failed', { operation: 'commit', problem: 'it cannot be said', sqlstate: '22P05' })
      },
    },
  )
  nodes.push(at)
  const tells = Array.from({ length: 20 }, (_, i) =>
    at.system.tell(lab(`k${i}`), { type: 'note', text: i === 7 ? 'unspeakable' : 'fine' } as never),
  )
  const results = await inTime('all', Promise.allSettled(tells))
  assert.deepEqual(
    results.flatMap((result, i) => (result.status === 'rejected' ? [i] : [])),
    [7],
  )
  const error = await failure(tells[7]!)
  assert.deepEqual([error.code, (error.cause as { code: string }).code], ['actor.crashed', 'store.failed'])
  assert.equal((await at.system.deadLetters()).length, 1)
})

test('T4 a turn that was decided under an older epoch of this node is not written under its newer one', async () => {
  const { submit, inner, batches, fenced } = await world()
  await inner.claim('test', [0], 60_000)
  const [old, fresh] = await Promise.allSettled([submit('a', 0, 0, 1), submit('b', 0, 0, 2)])
  assert.equal(old.status === 'rejected' && (old.reason as { code: string }).code, 'actor.fenced')
  assert.equal(fresh.status, 'fulfilled')
  assert.deepEqual([fenced, batches.length, (await inner.load([lab('a')])).length], [[], 1, 0])
})

test('CO3 a commit that was not answered and then meets another epoch is told as unknown, never as written or as refused', async () => {
  const w = await world({
    after: async (name) => {
      if (name !== 'commit' || taken) return
      taken = true
      // Somebody else takes the partition and writes the next turn of the same actor, before the first answer would have come.
      const [lease] = await w.inner.claim('test', [0], 60_000)
      await w.inner.commit({
        fences: [{ partition: 0, epoch: lease!.epoch }],
        turns: [write('other', 0, 0, '{}')],
        deadLetters: [],
        relayed: [],
        at: 0,
      })
      throw unreachable()
    },
  })
  let taken = false
  const [lost, kept] = await Promise.allSettled([w.submit('a', 0, 0), w.submit('b', 0, 1)])
  assert.equal(lost.status === 'rejected' && (lost.reason as { code: string }).code, 'actor.moved')
  // The other partition of the same batch still has its epoch: its row is there, and it is not written a second time.
  assert.equal(kept.status, 'fulfilled')
  assert.equal((await w.inner.load([lab('b')]))[0]?.row.sequence, 1)
})
