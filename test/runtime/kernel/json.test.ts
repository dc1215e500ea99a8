import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, digestOf } from '../../../runtime/kernel/json.ts'

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

test('J1: the order of keys, at any depth, changes neither canonical text nor digest', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))
      assert.equal(digestOf(shuffled(value)), digestOf(value))
    }),
  )
})

test('J1: values that differ have canonical texts that differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const equal = JSON.stringify(JSON.parse(canonicalJson(a))) === JSON.stringify(JSON.parse(canonicalJson(b)))
      assert.equal(canonicalJson(a) === canonicalJson(b), equal)
    }),
  )
})

test('the canonical text says the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))),
  )
})

test('keys are sorted by code unit, blanks are left out, undefined members too', () => {
  assert.equal(canonicalJson({ b: 1, a: [true], c: undefined }), '{"a":[true],"b":1}')
  assert.equal(canonicalJson({ é: 1, z: 2, Z: 3 }), '{"Z":3,"z":2,"é":1}')
})

test('keys that look like array indices sort as JSON objects keep them: numbers first', () => {
  assert.equal(canonicalJson({ b: 1, 10: 2, 9: 3 }), canonicalJson({ 9: 3, 10: 2, b: 1 }))
})

test('a digest is 64 hex characters', () => {
  assert.match(digestOf(null), /^[0-9a-f]{64}$/)
  assert.equal(digestOf({ a: 1 }), '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862')
})
