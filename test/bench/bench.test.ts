/**
 * Owns: what can be said of the benchmarks without measuring: their list, their contenders, the form of their report.
 * Does not own: figures; nothing here is timed.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContenderMaker } from './contender.ts'
import { localGroups } from './local-cases.ts'
import { jsonReport, tableReport } from './report.ts'
import { type Measured, median } from './rounds.ts'

const comparisons = localGroups.flatMap((group) => group.comparisons)

test('BC1 every comparison has a name of its own, and both of its sides exist', async () => {
  assert.equal(new Set(comparisons.map(({ name }) => name)).size, comparisons.length)
  for (const { name, ours, peer } of comparisons) {
    for (const { place, figure } of peer ? [ours, peer] : [ours]) {
      const { contenders } = (await import(`./contenders/${place.module}.ts`)) as {
        contenders: { [name: string]: ContenderMaker }
      }
      assert.ok(contenders[place.name], `${name}: ${place.module} has no ${place.name}`)
      assert.ok(figure)
    }
  }
})

test('RP1 the JSON form names the bench, its rounds, and each case with its unit and ratio', () => {
  const measured: Measured = { case: 'tell', value: 20, unit: 'messages/s', peer: 'OTP', peerValue: 10, ratio: 2 }
  assert.deepEqual(JSON.parse(jsonReport('local', 5, [measured])), { name: 'local', rounds: 5, cases: [measured] })
})

test('RP1 the table says whether an aim was met', () => {
  const lines = tableReport(localGroups, [
    { case: 'tell', value: 20, unit: 'messages/s', peer: 'OTP', peerValue: 10, ratio: 2 },
    { case: 'memory of an idle actor', value: 3000, unit: 'bytes', peer: 'OTP', peerValue: 2000, ratio: 1.5 },
  ]).split('\n')
  assert.match(lines[2] ?? '', /≥ 1 met$/)
  assert.match(lines[3] ?? '', /≤ 1 missed$/)
})

test('RO1 the figure of several rounds is their median', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(median([]), undefined)
})
