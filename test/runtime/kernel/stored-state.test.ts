/**
 * Owns: the proof that stored states can be looked at without their behaviours.
 * Does not own: how they are written.
 * Invariants: SS1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stateName, storedState } from '../../../runtime/kernel/stored-state.ts'

test('SS1 a machine shows its value and its context, a transition function its state', () => {
  const machine = { v: 1, next: 3, snapshot: { status: 'done', value: { on: 'fast' }, context: { n: 1 }, output: 7 } }
  assert.deepEqual(storedState(JSON.stringify(machine)), { value: { on: 'fast' }, data: { n: 1 }, output: 7 })
  assert.deepEqual(storedState('{"user":{"n":5},"next":1,"effects":{}}'), { data: { n: 5 } })
  assert.deepEqual(storedState('{"v":1,"next":1,"snapshot":{"status":"active","input":3}}'), {
    data: { status: 'active', input: 3 },
  })
})

test('SS1 whatever the text, something is shown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok('data' in storedState(text))
    }),
  )
  assert.deepEqual(storedState('{"n":'), { data: '{"n":' })
})

test('a state is named by its path, and regions side by side', () => {
  assert.equal(stateName('completed'), 'completed')
  assert.equal(stateName({ running: 'calling' }), 'running.calling')
  assert.equal(stateName({ left: 'a', right: { b: 'c' }, empty: {} }), 'left.a, right.b.c, empty')
})
