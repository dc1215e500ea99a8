/**
 * Owns: which values count as plain data, and how the first that is not is named.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TroupeError } from '../../../runtime/kernel/errors.ts'
import { plain, plainBound } from '../../../runtime/kernel/plain.ts'

class Money {
  readonly cents = 1
}

const cycle: { self?: unknown } = {}
cycle.self = cycle
const deep = (levels: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

const refused: readonly { readonly what: string; readonly value: unknown; readonly path: string; readonly got: RegExp }[] = [
  { what: 'a function', value: { a: { f: () => 1 } }, path: 'state.a.f', got: /function/ },
  { what: 'a symbol', value: [Symbol('x')], path: 'state[0]', got: /symbol/ },
  { what: 'a bigint', value: { n: 1n }, path: 'state.n', got: /bigint/ },
  { what: 'NaN', value: { n: Number.NaN }, path: 'state.n', got: /NaN/ },
  { what: 'infinity', value: Number.NEGATIVE_INFINITY, path: 'state', got: /-Infinity/ },
  { what: 'a date', value: { at: new Date(0) }, path: 'state.at', got: /Date/ },
  { what: 'a map', value: new Map(), path: 'state', got: /Map/ },
  { what: 'an instance of a class', value: { m: new Money() }, path: 'state.m', got: /Money/ },
  { what: 'a hole in a list', value: [1, undefined], path: 'state[1]', got: /undefined/ },
  { what: 'a cycle', value: cycle, path: 'state.self', got: /cycle/ },
  { what: 'a nesting that JSON writers cannot follow', value: deep(100_000), path: '', got: /level/ },
]

for (const { what, value, path, got } of refused) {
  test(`PL1 ${what} is refused with its path`, () => {
    assert.throws(
      () => plain(value, 'state', 'counter/c1'),
      (error) => {
        assert.ok(TroupeError.is(error, 'snapshot.not_json'), String(error))
        if (path !== '') assert.equal(error.fields.path, path)
        assert.match(String(error.fields.got), got)
        return true
      },
    )
  })
}

test('PL1 what passes comes back from JSON equal to what went in', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const kept = plain(value, 'state')
      assert.deepEqual(JSON.parse(JSON.stringify(kept)), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('PL1 one object may stand in two places, because that is no cycle', () => {
  const shared = { n: 1 }
  assert.deepEqual(plain({ a: shared, b: shared }, 'state'), { a: { n: 1 }, b: { n: 1 } })
})

test('PL1 the quick bound is never below the bytes of the JSON, and says nothing of what is not plain', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      const whole = { value, [text]: text, absent: undefined }
      assert.ok(plainBound(whole) >= Buffer.byteLength(JSON.stringify(whole)))
    }),
  )
  const twice: unknown[] = []
  twice.push(twice, twice)
  for (const odd of [twice, deep(100), [undefined], new Date(0), Number.NaN, { f: () => 1 }])
    assert.ok(Number.isNaN(plainBound(odd)))
})
