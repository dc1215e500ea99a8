/**
 * Owns: the proof of diffs between program versions.
 * Does not own: what a graph is.
 * Invariants: PD1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkProgram } from '../../actors/program-check.ts'
import { diffPrograms } from '../../actors/program-diff.ts'
import { type ProgramGraph, programHash } from '../../actors/program-graph.ts'

const demo = (text: string) => ({ q: text, a: text.toUpperCase() })
const graph = (change: {
  demos?: readonly object[]
  config?: object
  instructions?: string
  steps?: readonly string[]
}): ProgramGraph =>
  checkProgram({
    signature: 'q -> a',
    instructions: change.instructions ?? '',
    steps: (change.steps ?? ['s']).map((id) => ({
      id,
      module: 'Predict',
      signature: 'q -> a',
      demos: change.demos ?? [],
      config: change.config ?? {},
      inputs: { q: { from: 'input', field: 'q' } },
    })),
    outputs: { a: { from: 'step', step: (change.steps ?? ['s'])[0], field: 'a' } },
  })

test('changes of settings, instructions and demos are told by their path', () => {
  const before = graph({ demos: [demo('x'), demo('y')], config: { temperature: 0 } })
  const after = graph({ demos: [demo('y'), demo('z')], config: { temperature: 1, n: 2 }, instructions: 'Do.' })
  assert.deepEqual(diffPrograms(before, after), [
    { path: 'instructions', change: 'changed', before: '', after: 'Do.' },
    { path: 'steps.s.demos', change: 'removed', before: demo('x') },
    { path: 'steps.s.demos', change: 'added', after: demo('z') },
    { path: 'steps.s.config.temperature', change: 'changed', before: 0, after: 1 },
    { path: 'steps.s.config.n', change: 'added', after: 2 },
  ])
})

test('a step that is put in between is one addition, and an order that changed is told', () => {
  const paths = diffPrograms(graph({ steps: ['s', 't'] }), graph({ steps: ['s', 'u', 't'] })).map(
    ({ path, change }) => `${change} ${path}`,
  )
  assert.deepEqual(paths, ['added steps.u'])
  const turned = diffPrograms(graph({ steps: ['s', 't'] }), graph({ steps: ['t', 's'] }))
  assert.ok(turned.some(({ path, change }) => path === 'steps' && change === 'moved'))
  const demos = diffPrograms(graph({ demos: [demo('x'), demo('y')] }), graph({ demos: [demo('y'), demo('x')] }))
  assert.deepEqual(demos, [{ path: 'steps.s.demos', change: 'moved' }])
})

test('PD1 a diff is empty exactly when the hashes are equal', () => {
  const any = fc
    .record({
      demos: fc.array(fc.constantFrom(demo('x'), demo('y'), demo('z')), { maxLength: 3 }),
      config: fc.record({ temperature: fc.constantFrom(0, 1), n: fc.constantFrom(1, 2) }, { requiredKeys: [] }),
      instructions: fc.constantFrom('', 'Do.'),
      steps: fc.constantFrom(['s'], ['s', 't'], ['t', 's']),
    })
    .map(graph)
  fc.assert(
    fc.property(any, any, (before, after) => {
      assert.equal(diffPrograms(before, after).length === 0, programHash(before) === programHash(after))
    }),
    { numRuns: 500 },
  )
})
