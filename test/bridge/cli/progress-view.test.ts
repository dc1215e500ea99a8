/**
 * Owns: the proof of when progress is drawn.
 * Does not own: what it looks like.
 * Invariants: PV1, PV2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveProgress, PlainProgress } from '../../../bridge/cli/progress-view.ts'
import type { Progress, Stage } from '../../../bridge/cli/render/progress.ts'
import { styleOf } from '../../../bridge/cli/render/style.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'

const at = (done: number): Progress => ({
  title: 'job',
  unit: 'mail',
  total: 100,
  done,
  earlier: 0,
  failed: 0,
  running: 1,
  tokens: { input: 0, output: 0 },
  cost: 0,
  cacheHits: 0,
  restarts: 0,
  elapsed: 0,
  rate: undefined,
  remaining: undefined,
})

test('PV1 a terminal is drawn at most every 80 ms, and at once when the job is done', async () => {
  const sources = simulatedSources()
  const frames: string[] = []
  const view = new LiveProgress({ write: (text) => void frames.push(text) }, sources.clock, () => styleOf({}))
  for (let done = 0; done < 50; done++) view.update(at(done))
  await sources.advance(0)
  assert.equal(frames.length, 1)
  assert.match(frames[0]!, /49\/100/)
  for (let done = 50; done < 60; done++) {
    view.update(at(done))
    await sources.advance(40)
  }
  assert.ok(frames.length >= 4 && frames.length <= 6, `${frames.length} frames`)
  view.update(at(100))
  assert.match(frames.at(-1)!, /100\/100/)
  view.close()
  view.close()
  assert.ok(frames.join('').endsWith('\u001b[?25h'), 'the cursor is shown again')
  const drawn = frames.length
  await sources.advance(1000)
  assert.equal(frames.length, drawn, 'nothing is drawn after the end')
})

test('PV1 the wheel turns while nothing happens', async () => {
  const sources = simulatedSources()
  const frames: string[] = []
  const view = new LiveProgress({ write: (text) => void frames.push(text) }, sources.clock, () => styleOf({}))
  view.update(at(1))
  await sources.advance(1000)
  assert.ok(frames.length > 4, `${frames.length} frames`)
  view.close()
})

test('PV2 a log gets a line at the start, at every tenth, after five seconds, and at the end', async () => {
  const sources = simulatedSources()
  const lines: string[] = []
  const view = new PlainProgress({ write: (text) => void lines.push(text) }, sources.clock)
  for (let done = 0; done <= 25; done++) view.update(at(done))
  assert.deepEqual(
    lines.map((line) => /(\d+)\/100/.exec(line)![1]),
    ['0', '10', '20'],
  )
  await sources.advance(5000)
  view.update(at(26))
  view.say('note')
  view.update(at(27))
  view.close()
  assert.deepEqual(
    lines.slice(3).map((line) => /(\d+)\/100|note/.exec(line)![0]),
    ['26/100', 'note', '27/100'],
  )
})

const stage = (done: number): Stage => ({
  title: 'reading',
  unit: 'mail',
  total: 100,
  done,
  elapsed: 0,
  rate: undefined,
  remaining: undefined,
})

test('PV2 a stage gets a line in a log only when it lasts longer than five seconds, and a job after it starts anew', async () => {
  const sources = simulatedSources()
  const lines: string[] = []
  const view = new PlainProgress({ write: (text) => void lines.push(text) }, sources.clock)
  for (let done = 0; done <= 50; done++) view.update(stage(done))
  assert.deepEqual(lines, [])
  await sources.advance(5000)
  view.update(stage(60))
  assert.deepEqual(lines, ['reading: 60/100 mails, 60.0%\n'])
  view.update(stage(100))
  view.close('goes')
  view.update(at(0))
  assert.equal(lines.length, 2)
  assert.match(lines[1]!, /^job: 0\/100 mails, 0\.0%, 0 tokens in/)
})

test('PV1 a stage that goes leaves nothing on the terminal but the cursor', async () => {
  const sources = simulatedSources()
  const frames: string[] = []
  const view = new LiveProgress({ write: (text) => void frames.push(text) }, sources.clock, () => styleOf({}))
  view.update(stage(10))
  await sources.advance(100)
  view.close('goes')
  assert.equal(frames.at(-1), '\u001b[3A\r\u001b[0J\u001b[?25h')
  const drawn = frames.length
  await sources.advance(1000)
  assert.equal(frames.length, drawn, 'nothing is drawn after the end')
})
