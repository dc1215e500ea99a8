import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Histogram } from '../../../runtime/telemetry/histogram.ts'

const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 })

test('H1: a quantile is within 2.5 % of the exact one', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
      const histogram = new Histogram()
      for (const value of all) histogram.add(value)
      const exact = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * all.length)) - 1]!
      const got = histogram.quantile(q)
      assert.ok(Math.abs(got - exact) <= exact * 0.0251, `q ${q}: exact ${exact}, got ${got}`)
    }),
  )
})

test('H1: quantiles never fall as the share grows and stay between least and greatest', () => {
  fc.assert(
    fc.property(values, (all) => {
      const histogram = new Histogram()
      for (const value of all) histogram.add(value)
      const { min, p50, p90, p99, max } = histogram.summary()
      assert.deepEqual([min, max], [Math.min(...all), Math.max(...all)])
      assert.ok(min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max)
    }),
  )
})

test('H1: its summary is count and sum of what was added', () => {
  const histogram = new Histogram()
  for (const value of [1, 2, 3]) histogram.add(value)
  const { count, sum } = histogram.summary()
  assert.deepEqual({ count, sum }, { count: 3, sum: 6 })
})

test('an empty histogram has only zeros', () => {
  assert.deepEqual(new Histogram().summary(), { count: 0, sum: 0, min: 0, max: 0, p50: 0, p90: 0, p99: 0 })
})

test('what is no finite number is not counted', () => {
  const histogram = new Histogram()
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 5]) histogram.add(value)
  assert.equal(histogram.summary().sum, 5)
  assert.equal(histogram.count, 1)
})

test('zero and negative values count as the least bucket and keep their true minimum', () => {
  const histogram = new Histogram()
  for (const value of [0, -3, 7]) histogram.add(value)
  assert.equal(histogram.summary().min, -3)
  assert.equal(histogram.quantile(1), 7)
})
