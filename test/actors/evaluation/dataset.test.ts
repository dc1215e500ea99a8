/**
 * Owns: the proof of sealing, pages and statistics of data sets.
 * Does not own: imports and splits.
 * Invariants: DS1, DS2, DS3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contentHash, pagesOf, sealDataset, verifySeal } from '../../../actors/evaluation/dataset.ts'
import type { Example, Roles } from '../../../actors/evaluation/example.ts'
import { digestOf } from '../../../runtime/kernel/json.ts'

const roles: Roles = { inputs: ['text'], label: 'label' }
const mails: Example[] = [
  { text: 'Win!', label: 'spam' },
  { text: 'Lunch?', label: 'ham' },
  { text: 'Win!', label: 'ham' },
  { text: 'Win!', label: 'spam', note: null },
  { text: '', label: 'ham' },
]

test('DS1 the hash is the digest of examples and roles, whatever the order of keys', () => {
  assert.equal(contentHash(mails, roles), digestOf({ examples: mails, roles }))
  const turned = mails.map((example) => Object.fromEntries(Object.entries(example).reverse()) as Example)
  assert.equal(sealDataset('a', turned, roles).seal.hash, sealDataset('b', mails, roles).seal.hash)
})

test('DS1 the hash changes with any example, their order and the roles', () => {
  const hashes = [
    contentHash(mails, roles),
    contentHash(mails.slice(1), roles),
    contentHash(mails.toReversed(), roles),
    contentHash(mails, { inputs: ['text'] }),
  ]
  assert.equal(new Set(hashes).size, hashes.length)
})

test('DS1 the hash of a given data set never changes between versions of this code', () => {
  const hash = 'a0717345a92e68b2ffb8bac0740b7bf3529e5aeebdcc5c8c8e9395c5675b1155'
  assert.equal(contentHash([{ text: 'ü', label: 1.5 }], { inputs: ['text'] }), hash)
})

test('DS2 a sealed data set is frozen and independent of what it was made from', () => {
  const mine: { text: string; label: string; tags: string[] }[] = [{ text: 'a', label: 'x', tags: ['t'] }]
  const { examples, seal } = sealDataset('a', mine, roles)
  mine[0]!.tags.push('u')
  assert.deepEqual(examples[0]!.tags, ['t'])
  assert.throws(() => (examples as Example[]).push({}), TypeError)
  assert.throws(() => Object.assign(examples[0]!, { text: 'b' }), TypeError)
  assert.throws(() => (examples[0]!.tags as string[]).push('v'), TypeError)
  verifySeal(seal, examples)
  assert.throws(() => verifySeal(seal, [{ text: 'b', label: 'x' }]), { code: 'dataset.changed' })
})

test('DS3 an example without a field of its role, or with a value that JSON loses, is refused by index and path', () => {
  const cases: [unknown, string][] = [
    [{ text: 'a' }, 'label'],
    [{ label: 'a' }, 'text'],
    [{ text: 'a', label: Number.NaN }, 'label'],
    [{ text: 'a', label: { deep: [1, undefined] } }, 'label.deep.1'],
    [{ text: 'a', label: new Date(0) }, 'label'],
    [[], ''],
    [null, ''],
  ]
  for (const [example, path] of cases)
    assert.throws(
      () => sealDataset('mail', [mails[0]!, example as Example], roles),
      (error: { code: string; fields: { index: number; path: string } }) => {
        assert.equal(error.code, 'dataset.example_invalid')
        assert.deepEqual([error.fields.index, error.fields.path], [1, path])
        return true
      },
    )
  assert.throws(() => sealDataset('mail', [], roles), { code: 'dataset.empty' })
})

test('statistics count labels, lengths, empty fields, duplicates and conflicting labels', () => {
  const { statistics } = sealDataset('mail', mails, roles).seal
  assert.equal(statistics.size, 5)
  assert.equal(
    statistics.bytes,
    mails.reduce((sum, mail) => sum + JSON.stringify(mail).length, 0),
  )
  assert.deepEqual(statistics.labels, [
    { label: 'ham', count: 3 },
    { label: 'spam', count: 2 },
  ])
  assert.deepEqual(statistics.fields, [
    { field: 'text', empty: 1, lengths: { min: 0, median: 4, p95: 6, max: 6 } },
    { field: 'label', empty: 0, lengths: { min: 3, median: 3, p95: 4, max: 4 } },
    { field: 'note', empty: 5 },
  ])
  assert.deepEqual(statistics.duplicates, { examples: 2, conflicting: 1 })
})

test('pages in a row are the examples in order, and none is over the limit unless one example is', () => {
  const example = fc.record({ text: fc.string({ maxLength: 200 }) })
  fc.assert(
    fc.property(fc.array(example, { maxLength: 60 }), fc.integer({ min: 1, max: 500 }), (examples, bytes) => {
      const pages = pagesOf(examples, bytes)
      assert.deepEqual(pages.flat(), examples)
      for (const page of pages) {
        assert.ok(page.length > 0)
        if (page.length > 1) assert.ok(page.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)) + 1, 0) <= bytes)
      }
    }),
  )
})
