/**
 * Owns: the comparison of our interpreter with XState's over hand-written machines and random walks through them.
 * Does not own: random machines (random-chart.test).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../runtime/kernel/sources.ts'
import { compare, type Scenario, type Step } from './differential.ts'
import { actionScenarios } from './scenarios-actions.ts'
import { invokedScenarios } from './scenarios-invoked.ts'
import { lifeScenarios } from './scenarios-lives.ts'
import { moveScenarios } from './scenarios-moves.ts'
import { spawnedScenarios } from './scenarios-spawned.ts'
import { stateScenarios } from './scenarios-states.ts'

const scenarios: readonly Scenario[] = [
  ...stateScenarios,
  ...moveScenarios,
  ...actionScenarios,
  ...invokedScenarios,
  ...spawnedScenarios,
  ...lifeScenarios,
]

/** Walks per machine and their length. */
const walks = 12
const steps = 16

function walk(scenario: Scenario, seed: number): readonly Step[] {
  const random = seededRandom(seed)
  return Array.from({ length: steps }, () => scenario.steps[Math.floor(random.next() * scenario.steps.length)]!)
}

test('there are at least 60 machines, each with a name of its own', () => {
  assert.ok(scenarios.length >= 60, `${scenarios.length}`)
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
})

for (const scenario of scenarios) {
  test(`L1 does as XState does: ${scenario.name}`, async () => {
    await compare({ scenario, steps: scenario.steps })
    for (let seed = 1; seed <= walks; seed++) await compare({ scenario, steps: walk(scenario, seed) })
  })

  test(`PC1 does as XState does when it is stored and restored at any time: ${scenario.name}`, async () => {
    await compare({ scenario, steps: scenario.steps, restart: () => true })
    for (let seed = 1; seed <= walks; seed++) {
      const random = seededRandom(seed * 7919)
      await compare({ scenario, steps: walk(scenario, seed), restart: () => random.next() < 0.4 })
    }
  })
}
