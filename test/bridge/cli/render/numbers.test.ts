/**
 * Owns: the proof of numbers as texts.
 * Does not own: where they stand.
 * Invariants: NU1, RM1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ago,
  bytes,
  compact,
  count,
  duration,
  forecast,
  money,
  percent,
  plural,
  rate,
  wallTime,
} from '../../../../bridge/cli/render/numbers.ts'
import { RateMeter } from '../../../../bridge/cli/render/rate-meter.ts'

test('numbers are short and have their units', () => {
  const cases: [string, string][] = [
    [count(6046), '6,046'],
    [plural(1, 'mail'), '1 mail'],
    [plural(0, 'retry', 'retries'), '0 retries'],
    [compact(999), '999'],
    [compact(1000), '1.00k'],
    [compact(12_345), '12.3k'],
    [compact(999_600), '1.00M'],
    [compact(-1500), '-1.50k'],
    [bytes(512), '512 B'],
    [bytes(1_536_000), '1.54 MB'],
    [bytes(612e6), '612 MB'],
    [percent(0.925), '92.5%'],
    [percent(1), '100.0%'],
    [rate(18.42), '18.4/s'],
    [rate(0.5), '0.50/s'],
    [rate(4500), '4.50k/s'],
    [money(0), '$0'],
    [money(0.00042), '$0.00042'],
    [money(0.0123), '$0.012'],
    [money(0.5), '$0.50'],
    [money(12.345), '$12.35'],
    [wallTime(0), '1970-01-01 00:00:00'],
  ]
  for (const [got, expected] of cases) assert.equal(got, expected)
})

test('durations go from microseconds to days', () => {
  const cases: [number, string][] = [
    [0.25, '0.25 ms'],
    [4.2, '4.2 ms'],
    [412, '412 ms'],
    [999.6, '1.0 s'],
    [3400, '3.4 s'],
    [59_940, '59.9 s'],
    [59_960, '1m 00s'],
    [83_000, '1m 23s'],
    [3_599_600, '1h 00m'],
    [7_320_000, '2h 02m'],
    [90_000_000, '1d 01h'],
  ]
  for (const [milliseconds, expected] of cases) assert.equal(duration(milliseconds), expected)
  assert.deepEqual([forecast(4300), forecast(0), forecast(125_000)], ['5s', '0s', '2m 05s'])
  assert.deepEqual(
    [ago(0, 500), ago(0, 5000), ago(0, 180_000), ago(0, 90_000_000)],
    ['just now', '5 s ago', '3 min ago', '1 day ago'],
  )
})

test('NU1 what is not known is not printed as a number', () => {
  assert.deepEqual(
    [
      duration(undefined),
      duration(Number.POSITIVE_INFINITY),
      money(undefined),
      percent(undefined),
      rate(undefined),
      forecast(undefined),
    ],
    ['unknown', 'unknown', 'unknown', 'unknown', '?/s', '?'],
  )
})

test('no finite number is printed as NaN, with an exponent or longer than eleven characters', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => {
      for (const text of [compact(value), bytes(value), rate(value), duration(Math.min(value, 1e12))])
        assert.match(text, /^[\d.,]+ ?[A-Za-z/]*( \d\d[a-z])?$/, text)
      assert.match(money(Math.min(value, 1e9)), /^\$[\d.]+$/)
    }),
  )
})

test('RM1 the rate counts from the first sample and looks back over the window only', () => {
  const meter = new RateMeter(1000)
  assert.equal(meter.perSecond, undefined)
  meter.add(0, 100)
  assert.equal(meter.perSecond, undefined)
  meter.add(500, 110)
  assert.equal(meter.perSecond, 20)
  assert.equal(meter.forecast(40), 2000)
  for (let at = 1000; at <= 10_000; at += 500) meter.add(at, 110)
  assert.equal(meter.perSecond, 0)
  assert.equal(meter.forecast(1), undefined)
  assert.equal(meter.forecast(0), 0)
})
