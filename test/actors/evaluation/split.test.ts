/**
 * Owns: the proof of seeded splits.
 * Does not own: data sets.
 * Invariants: SP1, SP2, SP3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type SplitPlan, splitExamples } from '../../../actors/evaluation/split.ts'

test('SP1 the same seed gives the same split, on every machine', () => {
  // The expected orders come from a second implementation of generator and shuffle, in Python.
  assert.deepEqual(splitExamples(10, { seed: 7, parts: { train: 6, test: 4 } }), {
    train: [6, 5, 8, 1, 2, 3],
    test: [4, 7, 9, 0],
  })
  const stratify = Array.from({ length: 10 }, (_, index) => (index % 3 === 0 ? 'a' : 'b'))
  assert.deepEqual(splitExamples(10, { seed: 7, parts: { train: 0.5, test: 0.5 }, stratify }), {
    train: [5, 1, 8, 3, 6],
    test: [9, 4, 0, 2, 7],
  })
})

test('SP1 another seed gives another split, and seed 0 is a seed', () => {
  const plan = (seed: number): SplitPlan => ({ seed, parts: { train: 50 } })
  const splits = [0, 1, 2].map((seed) => JSON.stringify(splitExamples(100, plan(seed))))
  assert.equal(new Set(splits).size, 3)
})

test('SP2 no example is in two parts and counts are kept', () => {
  const labels = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 80 })
  fc.assert(
    fc.property(labels, fc.nat(), fc.nat(), fc.nat(), fc.boolean(), (stratify, seed, one, two, use) => {
      const size = stratify.length
      const train = one % (size + 1)
      const test = two % (size - train + 1)
      const split = splitExamples(size, { seed, parts: { train, test }, ...(use ? { stratify } : {}) })
      assert.deepEqual([split.train!.length, split.test!.length], [train, test])
      const all = [...split.train!, ...split.test!]
      assert.equal(new Set(all).size, all.length)
      assert.ok(all.every((index) => index >= 0 && index < size))
    }),
  )
})

test('SP3 a stratified part has each label in its share, to within one example and the rounding of the part', () => {
  const labels = fc.array(fc.constantFrom('a', 'a', 'a', 'b'), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(labels, fc.nat(), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (stratify, seed, fraction) => {
      const { train } = splitExamples(stratify.length, { seed, parts: { train: fraction, rest: 1 - fraction }, stratify })
      for (const label of new Set(stratify)) {
        const whole = stratify.filter((one) => one === label).length
        const got = train!.filter((index) => stratify[index] === label).length
        const share = (whole * train!.length) / stratify.length
        assert.ok(Math.abs(got - share) <= 1 + 1e-9, `${label}: ${got} of ${whole}, expected about ${share}`)
      }
    }),
  )
})

test('fractions that are the whole leave no example out', () => {
  const wholes: Record<string, number>[] = [{ a: 1 / 3, b: 1 / 3, c: 1 / 3 }, { a: 0.7, b: 0.2, c: 0.1 }, { a: 1 }]
  for (const parts of wholes) {
    const split: { readonly [part: string]: readonly number[] } = splitExamples(101, { seed: 1, parts })
    assert.equal(Object.values(split).flat().length, 101)
  }
})

test('impossible splits are refused by part', () => {
  const cases: [number, SplitPlan, string][] = [
    [10, { seed: 1, parts: { train: -1 } }, 'train'],
    [10, { seed: 1, parts: { train: Number.NaN } }, 'train'],
    [10, { seed: 1, parts: { train: 8, test: 3 } }, 'parts'],
    [10, { seed: 1, parts: { train: 0.8, test: 0.3 } }, 'parts'],
    [10, { seed: 1, parts: { train: 0.5, test: 3 } }, 'test'],
    [10, { seed: 1.5, parts: { train: 1 } }, 'seed'],
    [10, { seed: -1, parts: { train: 1 } }, 'seed'],
    [10, { seed: 1, parts: {} }, 'parts'],
    [10, { seed: 1, parts: { train: 1 }, stratify: ['a'] }, 'stratify'],
    [-1, { seed: 1, parts: { train: 1 } }, 'size'],
  ]
  for (const [size, plan, part] of cases)
    assert.throws(
      () => splitExamples(size, plan),
      (error: { code: string; fields: { part: string } }) => error.code === 'split.invalid' && error.fields.part === part,
      JSON.stringify(plan),
    )
})
