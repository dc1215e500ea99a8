import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  address,
  decodeToken,
  defaultPartitions,
  encodeToken,
  formatAddress,
  maxKeyBytes,
  parseAddress,
  partitionHashVersion,
  partitionOf,
  sameAddress,
} from '../../../runtime/kernel/address.ts'
import { TroupeError } from '../../../runtime/kernel/errors.ts'

const kinds = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
const keys = fc
  .oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.constantFrom('a/b', '=41', '%', '.', '*', '>', ' ', 'ключ', '𝔘'),
  )
  .filter((key) => key.isWellFormed() && !key.includes('\0') && Buffer.byteLength(key) <= maxKeyBytes)

const refused = (part: string) => (error: unknown) => TroupeError.is(error, 'address.invalid') && error.fields.part === part

test('A1: an address is the one that its text names', () => {
  fc.assert(
    fc.property(kinds, keys, (kind, key) => {
      const it = address(kind, key)
      assert.deepEqual(parseAddress(formatAddress(it)), it)
      assert.ok(sameAddress(parseAddress(formatAddress(it)), it))
    }),
  )
})

test('A2: a token has only letters, digits, _, - and =, and decodes to its key', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const token = encodeToken(key)
      assert.match(token, /^[A-Za-z0-9_=-]+$/)
      assert.equal(decodeToken(token), key)
    }),
  )
})

test('A2: two keys never share a token', () => {
  fc.assert(fc.property(keys, keys, (a, b) => assert.equal(encodeToken(a) === encodeToken(b), a === b)))
})

test('A2: any other text is refused as a token or decodes to the key that encodes to it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Za-z0-9=._-]*$/)), (text) => {
      let key: string
      try {
        key = decodeToken(text)
      } catch (error) {
        assert.ok(refused('token')(error))
        return
      }
      assert.equal(encodeToken(key), text)
    }),
  )
  // A second spelling of a key, lower-case hex, a lone escape, an incomplete character.
  for (const text of ['=41', '=c3=a9', 'a=', '=F', '=C3', 'a.b', 'a b', 'é'])
    assert.throws(() => decodeToken(text), refused('token'), text)
})

test('A3: the partition of an address is fixed for this hash version', () => {
  assert.equal(partitionHashVersion, 1)
  const known: readonly (readonly [string, string, number])[] = [
    ['counter', 'c1', 28],
    ['counter', 'cart-7', 80],
    ['execution', 'ключ', 188],
    ['a', '𝔘', 149],
  ]
  for (const [kind, key, partition] of known) assert.equal(partitionOf(address(kind, key)), partition, `${kind}/${key}`)
})

test('A3: every partition number is a whole one below the count', () => {
  fc.assert(
    fc.property(kinds, keys, fc.integer({ min: 1, max: 65_536 }), (kind, key, partitions) => {
      const partition = partitionOf(address(kind, key), partitions)
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions)
    }),
  )
})

test('keys spread evenly over the partitions, also keys that only count up', () => {
  const counts = new Array<number>(defaultPartitions).fill(0)
  const each = 200
  for (let i = 0; i < defaultPartitions * each; i++) counts[partitionOf(address('execution', `run-${i}`))]!++
  // A fair spread has a standard deviation of √200 ≈ 14; five of them either way are 130 to 270.
  assert.ok(Math.min(...counts) > 130 && Math.max(...counts) < 270, `from ${Math.min(...counts)} to ${Math.max(...counts)}`)
})

test('what is no kind, no key or no address is refused with the part that is wrong', () => {
  for (const kind of [
    '',
    '7up',
    '-a',
    'a b',
    'a.b',
    'a/b',
    'é',
    'a'.repeat(65),
    7 as unknown as string,
    undefined as unknown as string,
  ])
    assert.throws(() => address(kind, 'k'), refused('kind'), String(kind))
  for (const key of ['', 'a\0b', '\ud800', 'a\udc00', 'x'.repeat(maxKeyBytes + 1), 'é'.repeat(257), 7 as unknown as string])
    assert.throws(() => address('k', key), refused('key'), String(key))
  for (const text of ['', 'counter', 'no slash']) assert.throws(() => parseAddress(text), refused('address'), text)
  assert.throws(() => parseAddress('/k'), refused('kind'))
  assert.throws(() => parseAddress('k/'), refused('key'))
})

test('a key may be as long as the limit and hold slashes', () => {
  assert.equal(address('k', 'é'.repeat(256)).key.length, 256)
  assert.deepEqual(parseAddress('k/a/b/c'), { kind: 'k', key: 'a/b/c' })
})
