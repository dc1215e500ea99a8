/**
 * Owns: the comparison of our interpreter with XState's over random statecharts and random events.
 * Does not own: hand-written machines (differential.test).
 */

import { test } from 'node:test'
import fc from 'fast-check'
import { compare, type Step } from './differential.ts'
import { events, randomChart } from './random-chart.ts'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...events).map((type) => ({ send: { type } })) },
  { weight: 1, arbitrary: fc.constantFrom(5, 10, 30, 70).map((advance) => ({ advance })) },
)

// Without bias, because small numbers make charts in which nothing happens; shrinking still leads there.
const chart = fc.noBias(fc.array(fc.nat(5039), { minLength: 300, maxLength: 300 }))
const walk = fc.array(step, { minLength: 4, maxLength: 18 })

const scenario = (numbers: readonly number[]) => ({
  name: 'a random chart',
  make: (world: Parameters<typeof randomChart>[1]) => randomChart(numbers, world),
  steps: [],
  outlived: /^(kid|poked)/,
})

test('L1 does as XState does: random statecharts', async () => {
  await fc.assert(
    fc.asyncProperty(chart, walk, async (numbers, steps) => {
      await compare({ scenario: scenario(numbers), steps })
    }),
    { numRuns: 400 },
  )
})

test('PC1 does as XState does when it is stored and restored at any time: random statecharts', async () => {
  await fc.assert(
    fc.asyncProperty(chart, walk, fc.infiniteStream(fc.boolean()), async (numbers, steps, restarts) => {
      const choices = steps.map(() => restarts.next().value as boolean)
      await compare({ scenario: scenario(numbers), steps, restart: (at) => choices[at]! })
    }),
    { numRuns: 400 },
  )
})
