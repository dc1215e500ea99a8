/**
 * Owns: the proof that places are told apart and printed without their passwords.
 * Does not own: opening them.
 * Invariants: PLC1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFolder, shownPlace } from '../../../bridge/cli/place.ts'

test('PLC1 a password is never printed, wherever it stands', () => {
  assert.equal(shownPlace('postgres://app:secret@db:5432/app'), 'postgres://app@db:5432/app')
  assert.equal(shownPlace('postgresql://db/app?user=a&password=secret'), 'postgresql://db/app?user=a')
  assert.equal(shownPlace('postgres://app:se cret@db:port/app'), 'postgres://db:port/app')
  assert.equal(shownPlace('./.troupe'), './.troupe')
})

test('a place is a folder unless it is a URL or memory', () => {
  assert.deepEqual(['./.troupe', '/data', 'postgres://db/app', 'memory'].map(isFolder), [true, true, false, false])
})
