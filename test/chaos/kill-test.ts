/**
 * Owns: the kill test as a test: a number of kills on one kind of store, with the seed in its output.
 * Does not own: a run (chaos-run), more kills (run.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chaosRun, reportLine } from './chaos-run.ts'
import { type PlaceName, places } from './place.ts'

/** A new seed each time, because a fixed one would only ever show the same moments; TROUPE_CHAOS_SEED repeats one. */
const seed = Number(process.env.TROUPE_CHAOS_SEED ?? Date.now() % 2 ** 31)

export function killTest(name: PlaceName, kills: number): void {
  test(`T1 T2 T3 T6 T7 SY1 after ${kills} kills at random moments on ${name} nothing acknowledged is lost and nothing is done twice`, async (t) => {
    t.diagnostic(`seed ${seed}`)
    const place = await places[name]()
    const report = await chaosRun({ seed, kills, settings: place.settings })
    t.diagnostic(reportLine(name, report))
    assert.deepEqual(report.violations, [], `seed ${seed}, kept in ${JSON.stringify(place.settings)}`)
    assert.equal(report.exit, '0', 'after its stop the process must end by itself')
    assert.ok(report.acknowledged > kills, `only ${report.acknowledged} operations were acknowledged: this run shows nothing`)
    await place.remove()
  })
}
