/**
 * Owns: the proof of confusion tables and quantiles.
 * Does not own: their printing.
 * Invariants: CF1, CF2, Q1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confusionOf, type Outcome } from '../../../actors/evaluation/confusion.ts'
import { quantile, quantilesOf } from '../../../actors/evaluation/quantiles.ts'

const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome)

test('a confusion table counts by expected row and answered column', () => {
  const table = confusionOf([
    ...times(50, { expected: 'spam', answered: 'spam' }),
    ...times(10, { expected: 'spam', answered: 'ham' }),
    ...times(5, { expected: 'ham', answered: 'spam' }),
    ...times(135, { expected: 'ham', answered: 'ham' }),
  ])
  assert.deepEqual(table.labels, ['ham', 'spam'])
  assert.deepEqual(table.counts, [
    [135, 5],
    [10, 50],
  ])
  assert.equal(table.accuracy, 185 / 200)
  const [ham, spam] = table.classes
  assert.equal(spam!.precision, 50 / 55)
  assert.equal(spam!.recall, 50 / 60)
  assert.ok(Math.abs(spam!.f1! - 2 / (55 / 50 + 60 / 50)) < 1e-12)
  assert.equal(ham!.support, 140)
  // The reference values are those of the textbook formula for 185 of 200.
  assert.ok(Math.abs(table.interval![0] - 0.8799) < 1e-3 && Math.abs(table.interval![1] - 0.9541) < 1e-3, String(table.interval))
})

test('CF1 a failed example is neither right nor wrong', () => {
  const table = confusionOf([
    { expected: 'spam', answered: 'spam' },
    { expected: 'spam', failed: 'model.unreachable' },
    { expected: 'ham', failed: 'model.unreachable' },
  ])
  assert.equal(table.accuracy, 1)
  assert.equal(table.failed, 2)
  assert.deepEqual(table.failures, { 'model.unreachable': 2 })
  assert.deepEqual(
    table.classes.map((one) => one.failed),
    [1, 1],
  )
})

test('CF2 ratios without a denominator are undefined', () => {
  const table = confusionOf([], ['ham', 'spam'])
  assert.deepEqual(table.labels, ['ham', 'spam'])
  assert.equal(table.accuracy, undefined)
  assert.equal(table.interval, undefined)
  assert.deepEqual(table.classes[0], {
    label: 'ham',
    support: 0,
    failed: 0,
    precision: undefined,
    recall: undefined,
    f1: undefined,
  })
})

test('an answer that is no known label has a column of its own', () => {
  const table = confusionOf([{ expected: 'ham', answered: 'perhaps' }])
  assert.deepEqual(table.labels, ['ham', 'perhaps'])
  assert.equal(table.classes[1]!.precision, 0)
  assert.equal(table.classes[1]!.recall, undefined)
})

test('Q1 a quantile is a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.equal(quantile(hundred, 0.5), 50)
  assert.equal(quantile(hundred, 0.99), 99)
  assert.equal(quantile(hundred, 1), 100)
  assert.equal(quantile(hundred, 0), 1)
  assert.equal(quantile([7], 0.99), 7)
  assert.deepEqual(quantilesOf([30, 10, 20]), { count: 3, min: 10, mean: 20, median: 20, p95: 30, p99: 30, max: 30 })
  assert.equal(quantilesOf([]), undefined)
})

test('quantiles of nothing, of shares out of range and of values that are no numbers are refused', () => {
  for (const run of [
    () => quantile([], 0.5),
    () => quantile([1], 95),
    () => quantile([1], Number.NaN),
    () => quantilesOf([Number.NaN]),
  ])
    assert.throws(run, { code: 'quantile.invalid' })
})
