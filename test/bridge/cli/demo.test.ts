/**
 * Owns: the proof of the main job with real processes: killed and typed again, interrupted, on a broken model, started anew.
 * Does not own: accuracy of the bundled model, its parts.
 * Invariants: T6, TD1, TD2, MS1, ES1.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { typeTroupe } from '../../support/command-line.ts'
import { type ScriptedAnswer, startScriptedModel } from '../../support/scripted-model.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-demo-'))
after(() => rmSync(base, { recursive: true, force: true }))
const demo = (store: string, ...more: string[]) => ['demo', 'triage', '--size', '40', '--store', join(base, store), ...more]

interface Report {
  readonly confusion: { readonly accuracy: number; readonly counts: unknown; readonly failed: number }
  readonly served: { readonly calls: number; readonly repeated: number }
  readonly earlier: number
  readonly totals: { readonly resumed: number }
}

test('T6 TD1 killed at any point and typed again, the demo has the result of an uninterrupted run, and no call was made twice', async () => {
  for (const at of ['Making a database', 'sealed as', '8/40']) {
    const { exit } = await typeTroupe(demo('killed'), { signal: { name: 'SIGKILL', at } })
    assert.equal(exit, 'SIGKILL', at)
  }
  const [killed, whole] = [await typeTroupe(demo('killed', '--json')), await typeTroupe(demo('whole', '--json'))]
  assert.deepEqual([killed.exit, whole.exit], [0, 0], killed.err)
  const [one, other] = [killed.json() as Report, whole.json() as Report]
  assert.deepEqual(one.confusion, other.confusion)
  assert.deepEqual(one.served, { calls: 40, repeated: 0 })
  assert.ok(one.earlier > 0 && one.earlier < 40, `${one.earlier} of an earlier run`)
  const again = (await typeTroupe(demo('whole', '--json'))).json() as Report
  assert.deepEqual([again.confusion, again.earlier, again.served.calls], [other.confusion, 40, 40])
})

test('TD2 a model that fails for every mail is told after the first ones; typed again with a good one, all is run', async () => {
  const failing = await startScriptedModel([{ kind: 'status', status: 401 }])
  const text = '[[ ## label ## ]]\nham\n\n[[ ## completed ## ]]'
  const well = await startScriptedModel([{ kind: 'text', text } satisfies ScriptedAnswer])
  const model = (url: string) => ['--model-url', url, '--model', 'scripted']
  try {
    const bad = await typeTroupe(demo('whole', ...model(failing.baseUrl)))
    assert.equal(bad.exit, 1)
    assert.match(bad.err, /all failed in the same way[\s\S]*valid for this model[\s\S]*code: cli\.demo_hopeless/)
    assert.ok(failing.requests.length < 40, `${failing.requests.length} requests`)
    const good = (await typeTroupe(demo('whole', '--json', ...model(well.baseUrl)))).json() as Report
    assert.deepEqual([good.confusion.failed, well.requests.length], [0, 40])
  } finally {
    await failing.stop()
    await well.stop()
  }
})

test('Ctrl-C ends the demo in good order with 130 and says how to go on, without waiting for the model', async () => {
  const hanging = await startScriptedModel([{ kind: 'hang' }])
  try {
    const { exit, out, err } = await typeTroupe(demo('whole', '--model-url', hanging.baseUrl, '--model', 'hanging'), {
      signal: { name: 'SIGINT', at: '0/40' },
    })
    assert.equal(exit, 130)
    assert.match(out, /Stopping/)
    assert.match(err, /Type the same command again to go on/)
  } finally {
    await hanging.stop()
  }
})

test('ES1 --fresh starts anew, but never throws away actors that are not of the demo', async () => {
  const actors = join(import.meta.dirname, 'fixtures/tally-actors.ts')
  const told = await typeTroupe(['tell', 'tally/mine', 'add', 'by=1', '--store', join(base, 'whole'), '--actors', actors])
  assert.equal(told.exit, 0, told.err)
  const refused = await typeTroupe(demo('whole', '--fresh'))
  assert.equal(refused.exit, 4)
  assert.match(refused.err, /it holds\s+tally\/mine/)
  const fresh = (await typeTroupe(demo('killed', '--fresh', '--json'))).json() as Report
  assert.deepEqual([fresh.earlier, fresh.served.calls], [0, 40])
})
