/**
 * Owns: validation by Standard Schemas and the nearest known name.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { check, nearest, type Schema } from '../../../runtime/kernel/schema.ts'

test('SC1 the value that passes is the output of the schema: defaults and coercions hold', () => {
  const schema = z.object({ by: z.coerce.number(), note: z.string().default('none') })
  assert.deepEqual(check(schema, { by: '2' }), { ok: true, value: { by: 2, note: 'none' } })
})

test('SC2 the first problem is named with its path, what is wrong and what came', () => {
  const schema = z.object({ order: z.object({ lines: z.array(z.object({ count: z.number() })) }) })
  const checked = check(schema, { order: { lines: [{ count: 1 }, { count: 'two' }] } })
  assert.equal(checked.ok, false)
  if (checked.ok) return
  assert.equal(checked.path, 'order.lines.1.count')
  assert.match(checked.problem, /number/)
  assert.equal(checked.got, '"two"')
})

test('SC2 a missing member is told as nothing', () => {
  const checked = check(z.object({ by: z.number() }), {})
  assert.deepEqual(checked.ok ? undefined : [checked.path, checked.got], ['by', 'nothing'])
})

const made = (validate: (value: unknown) => never): Schema => ({ '~standard': { version: 1, vendor: 'test', validate } })

test('SC2 an asynchronous schema is refused, and its rejection does not end the process', async () => {
  const checked = check(made((() => Promise.reject(new Error('late'))) as () => never), 'x')
  assert.equal(checked.ok, false)
  if (!checked.ok) assert.match(checked.problem, /asynchronous/)
  await new Promise((resolve) => setImmediate(resolve))
})

test('SC2 a schema that throws is a problem of the value, not a crash of the caller', () => {
  const checked = check(
    made(() => {
      throw new RangeError('from the schema')
    }),
    'x',
  )
  assert.equal(checked.ok, false)
  if (!checked.ok) assert.match(checked.problem, /from the schema/)
})

test('the nearest known name is offered for a slip and not for another word', () => {
  assert.equal(nearest('stroe', ['store', 'schema', 'node']), 'store')
  assert.equal(nearest('ADD', ['add', 'get']), 'add')
  assert.equal(nearest('rnu', ['run', 'ps', 'ask']), 'run')
  assert.equal(nearest('completely different', ['add', 'get']), undefined)
  assert.equal(nearest('x'.repeat(1000), ['add']), undefined)
  assert.equal(nearest('add', []), undefined)
})
