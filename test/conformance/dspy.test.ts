/**
 * Owns: the golden vectors of DSPy as a test: none fails, few are declined, what is skipped is named.
 * Does not own: the runner (dspy).
 * Invariants: AD1, DC1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './dspy.ts'

const folder = fileURLToPath(new URL('../fixtures/dspy', import.meta.url))
const covered = [
  'signature',
  'prefix',
  'types',
  'values',
  'cachekey',
  'messages-chat',
  'messages-json',
  'messages-xml',
  'messages-baml',
  'messages-two_step',
  'parse-chat',
  'parse-json',
  'parse-xml',
]

test('signatures, prompts and parsed completions are those of real DSPy in every golden vector (AD1)', async () => {
  const result = await run(covered.map((name) => `${folder}/${name}.json`))
  assert.equal(result.failed, 0, result.report.join('\n'))
  assert.deepEqual(result.skipped, {})
  assert.ok(result.passed >= 1250, `only ${result.passed} vectors passed`)
  assert.ok(result.declined <= 0.04 * (result.passed + result.declined), `${result.declined} vectors are declined`)
})

test('modules make the calls and give the results of real DSPy, state stored between all steps (PD1)', async () => {
  const result = await run([`${folder}/modules.json`])
  assert.equal(result.failed, 0, result.report.join('\n'))
  assert.ok(result.passed >= 60, `only ${result.passed} programs ran`)
})

test('a vector with a wrong expectation does not pass (DC1)', async () => {
  const { suites } = await import('./dspy-suites.ts')
  const vector = { name: 'qA', prefix: 'QA' }
  assert.equal(suites.prefix!({ plain: vector, exact: vector, types: {} }).result, 'failed')
})
