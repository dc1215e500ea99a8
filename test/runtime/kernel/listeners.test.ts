/**
 * Owns: who is told of an end.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Listeners } from '../../../runtime/kernel/listeners.ts'

test('LN1 listeners are told once, in the order in which they came; a forgotten one is not, even if it is forgotten meanwhile', () => {
  const listeners = new Listeners<string>()
  const told: string[] = []
  const forget = ['a', 'b', 'c', 'd'].map((name) =>
    listeners.add((value) => {
      told.push(`${name} ${value}`)
      if (name === 'c') forget[3]?.()
    }),
  )
  forget[1]?.()
  forget[1]?.()
  listeners.tell('end')
  listeners.tell('again')
  assert.deepEqual(told, ['a end', 'c end'])
})
