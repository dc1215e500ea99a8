import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSignature } from '#actors'
import { TroupeError } from '#runtime'
import { fuzz } from './run.ts'

const cases = 100_000

test(`E1: ${cases} malformed inputs each give a value or an error of the catalogue, nothing is lost, memory stays flat`, async () => {
  // Once before it is measured: compiled code and caches come with the first cases.
  await fuzz(cases / 10, 3)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const reports = await fuzz(cases, 4)
  globalThis.gc?.()
  const grown = process.memoryUsage().heapUsed - before
  for (const { name, refused, failed } of reports) {
    assert.deepEqual(failed, [], name)
    assert.ok(refused > 0, `${name}: no input was refused, so nothing was tried`)
  }
  if (globalThis.gc) assert.ok(grown < 20_000_000, `the heap grew by ${grown} bytes`)
})

test('E1: names that every JavaScript object has are no types of a signature', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    assert.throws(
      () => parseSignature(`question: ${name} -> answer`),
      (error) => TroupeError.is(error, 'signature.invalid'),
      name,
    )
  }
})
