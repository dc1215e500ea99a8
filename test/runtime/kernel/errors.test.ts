import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { catalogue, describe, entry, errorData, errorFrom, TroupeError } from '../../../runtime/kernel/errors.ts'
import { kernelErrors } from '../../../runtime/kernel/kernel-errors.ts'

const full = kernelErrors.make('mailbox.full', { address: 'counter/c1', limit: 10 })

test('E1: an error is recognised by its code, not by its class', () => {
  const other: unknown = Object.assign(new Error('x'), {
    code: 'mailbox.full',
    remedy: 'wait',
    fields: {},
    retry: 'later',
    audience: 'caller',
  })
  assert.ok(TroupeError.is(full, 'mailbox.full') && TroupeError.is(other, 'mailbox.full') && TroupeError.is(full))
  assert.ok(!TroupeError.is(full, 'actor.stopped'))
  for (const foreign of [
    new Error('x'),
    { code: 'mailbox.full', remedy: '' },
    null,
    undefined,
    'mailbox.full',
    Object.assign(new Error('x'), { code: 'EPIPE' }),
  ])
    assert.ok(!TroupeError.is(foreign))
})

test('E1: an error survives the way through JSON with its causes', () => {
  const error = kernelErrors.make('actor.crashed', { address: 'counter/c1', type: 'add' }, new RangeError('out', { cause: full }))
  const back = errorFrom(JSON.parse(JSON.stringify(error)))
  assert.deepEqual(back.toJSON(), error.toJSON())
  assert.equal(back.toJSON().cause?.code, 'foreign')
  assert.equal(back.toJSON().cause?.cause?.code, 'mailbox.full')
  assert.ok(back.cause instanceof TroupeError && back instanceof Error)
})

test('a foreign error keeps its name and message, its stack stays here', () => {
  const data = errorData(new TypeError('no'))
  assert.deepEqual([data.code, data.message, data.fields], ['foreign', 'no', { name: 'TypeError' }])
  assert.ok(!JSON.stringify(data).includes('errors.test'))
})

test('whatever is thrown becomes plain data', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (thrown) => {
      const data = errorData(thrown)
      assert.equal(typeof data.message, 'string')
      assert.deepEqual(JSON.parse(JSON.stringify(data)), data)
    }),
  )
})

test('a description is never longer than its limit and never throws', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.integer({ min: 1, max: 200 }), (value, limit) => {
      assert.ok(describe(value, limit).length <= limit)
    }),
  )
  assert.equal(describe(circular), '[object Object]')
  assert.equal(describe(undefined), 'undefined')
  assert.equal(describe(10n), '[object BigInt]')
  assert.equal(describe(Symbol('s')), 'Symbol(s)')
  assert.equal(
    describe(() => 1),
    'function (anonymous)',
  )
  assert.equal(describe('say "hi"'), '"say \\"hi\\""')
})

test('E2: an entry makes its message, its remedy and the rest of the error', () => {
  const fruit = catalogue({
    'fruit.rotten': entry<{ fruit: string; days: number }>({
      message: (f) => `The ${f.fruit} is ${f.days} days old.`,
      remedy: (f) => `Throw the ${f.fruit} away.`,
      retry: 'never',
      audience: 'operator',
      sample: { fruit: 'pear', days: 9 },
    }),
  })
  const error = fruit.make('fruit.rotten', { fruit: 'fig', days: 3 })
  assert.deepEqual(errorData(error), {
    code: 'fruit.rotten',
    message: 'The fig is 3 days old.',
    remedy: 'Throw the fig away.',
    retry: 'never',
    audience: 'operator',
    fields: { fruit: 'fig', days: 3 },
  })
  assert.equal(error.name, 'TroupeError')
  assert.match(String(error), /^TroupeError: The fig/)
})
