/**
 * Owns: trees as data.
 * Does not own: what main fills in.
 * Invariants: TR1, TR2, E2 (the catalogue of supervision).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shutdown, TroupeError } from '#runtime'
import { platformTree, slotsOf, startTree, supervisionErrors, type TreeFilling, treeSpec } from '#supervisors'
import { refusal, refusalOf, Stage } from './stage.ts'

function filled(stage: Stage, slots: readonly string[]): TreeFilling {
  return Object.fromEntries(slots.map((slot) => [slot, stage.child(slot).start]))
}

const all = slotsOf(platformTree).map((slot) => slot.slot)
const needed = slotsOf(platformTree).flatMap((slot) => (slot.optional ? [] : [slot.slot]))

test('the platform starts in the order in which its tree is written, and stops in the reverse one (TR2)', async () => {
  const stage = new Stage()
  const tree = await stage.run(startTree(stage.context, platformTree, filled(stage, all)))
  assert.deepEqual(
    stage.takeLog(),
    all.map((slot) => `${slot} start`),
  )
  assert.deepEqual(await stage.run(tree.stop(shutdown)), shutdown)
  const stops = stage.takeLog().filter((line) => line.includes(' stop '))
  assert.deepEqual(
    stops,
    all.toReversed().map((slot) => `${slot} stop shutdown`),
  )
  assert.deepEqual(stage.processes.list(), [])
})

test('optional slots may stay empty, the others refuse the start before anything runs (TR1)', async () => {
  const stage = new Stage()
  await stage.run(startTree(stage.context, platformTree, filled(stage, needed)))
  assert.deepEqual(
    stage.takeLog(),
    needed.map((slot) => `${slot} start`),
  )
  for (const missing of needed) {
    const filling = filled(
      stage,
      all.filter((slot) => slot !== missing),
    )
    assert.equal(refusalOf(() => treeSpec(platformTree, filling), 'tree.unfilled').fields.slot, missing)
  }
  assert.deepEqual(stage.takeLog(), [])
})

test('when the store is restarted, everything that lives on it starts again, oldest first', async () => {
  const stage = new Stage()
  await stage.run(startTree(stage.context, platformTree, filled(stage, all)))
  stage.takeLog()
  await stage.kill('store')
  const log = stage.takeLog()
  assert.deepEqual(
    log.filter((line) => line.endsWith(' start')),
    all.map((slot) => `${slot} start`),
  )
  assert.ok(log.indexOf(`${all[1]} end shutdown`) < log.indexOf('store start'))
})

test('when the last slot crashes, nothing that was started before it is touched', async () => {
  const stage = new Stage()
  await stage.run(startTree(stage.context, platformTree, filled(stage, all)))
  stage.takeLog()
  const last = all.at(-1) as string
  await stage.kill(last)
  assert.deepEqual(stage.takeLog(), [`${last} end killed`, `${last} start`])
})

test('a slot whose start fails stops what was started before it, and the error names it', async () => {
  const stage = new Stage()
  const broken = stage.child(all.at(-1) as string, { plan: ['throw'] }).start
  const filling = { ...filled(stage, all), [all.at(-1) as string]: broken }
  const error = await stage.run(refusal(startTree(stage.context, platformTree, filling), 'server.start_failed'))
  assert.match(JSON.stringify(error.fields.reason), new RegExp(all.at(-1) as string))
  assert.deepEqual(stage.processes.list(), [])
})

test('every error of supervision can be built and printed, with a message and a remedy (E2)', () => {
  const entries: { readonly [code: string]: { readonly sample: unknown } } = supervisionErrors.entries
  for (const code of Object.keys(entries) as (keyof typeof supervisionErrors.entries)[]) {
    const entry = supervisionErrors.entries[code]
    const error = supervisionErrors.make(code, entry.sample as never)
    assert.ok(TroupeError.is(error, code))
    assert.match(error.message, /\.$/, code)
    assert.match(error.remedy, /\.$/, code)
    assert.equal(/undefined|\[object/.test(error.message + error.remedy), false, `${code}: ${error.message} ${error.remedy}`)
  }
})
