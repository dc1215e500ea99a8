/**
 * Owns: rows of the outbox that nobody can take: what becomes of them, and that they hold nobody up.
 * Does not own: the order of rows (relay.test.ts).
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeEnvelope, partitionHashVersion, type Store, seededRandom } from '#runtime'
import { waitFor } from '../../support/wait.ts'
import { type LabNode, lab, labActor, memoryStore, startNode } from './lab.ts'

const nodes: LabNode[] = []
after(async () => {
  for (const node of nodes) await node.stop()
})

const all = [0, 1, 2, 3, 4, 5, 6, 7]
const envelope = (text: string, extra: object = {}) =>
  ({ v: 1, id: `m-${text}`, to: lab('b'), from: lab('a'), message: { type: 'note', text }, sentAt: 1, ...extra }) as never

/** A store in whose outbox an earlier owner left `texts`. */
async function storeWith(texts: readonly string[]): Promise<Store> {
  const store = memoryStore()
  await store.installation({ partitions: 8, hashVersion: partitionHashVersion })
  const [lease] = await store.claim('earlier', [0], 10_000)
  const { epoch } = lease!
  const row = { address: lab('planter'), partition: 0, version: 1, sequence: 1, status: 'active', applied: {} } as const
  await store.commit({
    fences: [{ partition: 0, epoch }],
    turns: [
      {
        row: { ...row, state: '{"user":{"n":0,"log":[],"kept":null},"next":1,"effects":{}}' },
        expected: 0,
        outbox: texts.map((text, i) => ({ sequence: epoch * 2 ** 32 + i + 1, envelope: text })),
        timers: { set: [], cancel: [] },
        effects: { start: [], end: [] },
        replies: [],
        facts: [],
        remove: false,
      },
    ],
    deadLetters: [],
    relayed: [],
    at: 1,
  })
  await store.release([{ partition: 0, epoch }])
  return store
}

const emptied = (at: LabNode) => waitFor('an empty outbox', async () => (await at.store.outbox(all, 5000)).length === 0)
const logOf = (at: LabNode, key: string) => at.system.ask(lab(key), { type: 'log' }) as Promise<string[]>

test('AR1 rows that are no envelopes, of a newer version, for nobody, or do not fit become dead letters with their text; good ones between them are taken', async () => {
  const bad = [
    '{half',
    'null',
    '[]',
    encodeEnvelope({ ...(envelope('new') as object), v: 2 } as never),
    encodeEnvelope(envelope('nobody', { to: { kind: 'nobody', key: 'x' } })),
    encodeEnvelope(envelope('misfit', { message: { type: 'note', text: 7 } })),
    encodeEnvelope(envelope('unknown', { message: { type: 'nope' } })),
    encodeEnvelope(envelope('nowhere', { to: { kind: 'lab', key: '' } })),
  ]
  const texts = bad.flatMap((text, i) => [text, encodeEnvelope(envelope(`good ${i}`))])
  const at = await startNode(await storeWith(texts), [labActor()])
  nodes.push(at)
  await emptied(at)
  assert.deepEqual(
    await logOf(at, 'b'),
    bad.map((_, i) => `good ${i}`),
  )
  const letters = await at.store.deadLetters({ limit: 100 })
  assert.deepEqual(letters.map((letter) => letter.reason).sort(), [
    'actor.unknown_kind',
    'envelope.invalid',
    'envelope.invalid',
    'envelope.invalid',
    'envelope.invalid',
    'envelope.version',
    'message.invalid',
    'message.unknown_type',
  ])
  assert.deepEqual(new Set(letters.map((letter) => letter.envelope)), new Set(bad))
  assert.equal(at.count('message.dead'), bad.length)
})

test('AR1 whatever text is in the outbox, it is taken or dead, and nothing is held up', async () => {
  const random = seededRandom(Number(process.env.TROUPE_FUZZ_SEED ?? Date.now() % 2 ** 31))
  const good = encodeEnvelope(envelope('x'))
  const damaged = Array.from({ length: 400 }, () => {
    const at = Math.floor(random.next() * good.length)
    return (
      good.slice(0, at) +
      String.fromCharCode(32 + Math.floor(random.next() * 95)) +
      good.slice(at + Math.floor(random.next() * 3))
    )
  })
  const at = await startNode(await storeWith([...damaged, encodeEnvelope(envelope('last', { to: lab('z') }))]), [labActor()])
  nodes.push(at)
  await emptied(at)
  assert.deepEqual(await logOf(at, 'z'), ['last'])
})

test('AR1 an actor that asked what nobody can take hears of it under the name that it asked for', async () => {
  const at = await startNode(
    await storeWith([
      encodeEnvelope(
        envelope('ask', { to: { kind: 'nobody', key: 'x' }, reply: { id: 'r', to: lab('a'), as: 'forwarded', type: 'note' } }),
      ),
    ]),
    [labActor()],
  )
  nodes.push(at)
  await waitFor(
    'the answer',
    () => logOf(at, 'a'),
    (log) => log.length === 1,
  )
  assert.deepEqual(await logOf(at, 'a'), ['forwarded actor.unknown_kind'])
})
