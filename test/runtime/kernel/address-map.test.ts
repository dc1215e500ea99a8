/**
 * Owns: maps by address.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Address } from '../../../runtime/kernel/address.ts'
import { AddressMap } from '../../../runtime/kernel/address-map.ts'

const address: fc.Arbitrary<Address> = fc.record({
  kind: fc.constantFrom('a', 'b', 'a/b'),
  key: fc.constantFrom('1', '2', 'b/1'),
})
const step = fc.record({ does: fc.constantFrom('set', 'delete'), at: address, value: fc.integer() })

test('AM1 it says what a map by the pair of kind and key says, whatever slashes they have', () => {
  fc.assert(
    fc.property(fc.array(step), address, (steps, wanted) => {
      const map = new AddressMap<number>()
      const model = new Map<string, number>()
      for (const { does, at, value } of steps) {
        const key = JSON.stringify([at.kind, at.key])
        if (does === 'set') {
          map.set(at, value)
          model.set(key, value)
        } else {
          map.delete(at)
          model.delete(key)
        }
      }
      assert.equal(map.get(wanted), model.get(JSON.stringify([wanted.kind, wanted.key])))
      assert.deepEqual([...map.values()].sort(), [...model.values()].sort())
    }),
  )
})
