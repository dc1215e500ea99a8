import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { failureText, totalsOf, totalsText } from './report.ts'
import { type JobResult, runJob } from './test-job.ts'
import { planRun, runOptions } from './test-plan.ts'
import { waitFor } from './wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'troupe-run-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function ran(code: string, limit = 30_000): Promise<JobResult> {
  const file = join(folder, `file-${code.length}.test.ts`)
  writeFileSync(file, `import { test, describe } from 'node:test'\n${code}`)
  return runJob({ name: 'the file', kind: 'file', command: process.execPath, arguments: [file], limit }, folder)
}
const counts = (result: JobResult): readonly number[] => {
  const { passed, failed, skipped } = totalsOf([result])
  return [passed, failed, skipped]
}

/** Whether a process still runs; one that is dead and only waits to be reaped does not. */
function living(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'))
}

test('R1: tests are counted once each, suites and failures of children are not counted again', async () => {
  const result = await ran(`
    describe('suite', () => { test('a', () => {}); test('b', () => { throw new Error('boom') }) })
    test('parent', async (t) => { await t.test('child', () => {}) })
    test('parent of a failure', async (t) => { await t.test('bad child', () => { throw new TypeError('bad') }) })
    test('left out', { skip: 'because' }, () => {})
  `)
  assert.deepEqual(counts(result), [3, 2, 1])
  const failed = result.outcomes.filter((it) => it.outcome === 'failed').map((it) => it.path.join(' › '))
  assert.deepEqual(failed, ['suite › b', 'parent of a failure › bad child'])
  assert.match(failureText([result]), /suite › b.*Error: boom.*bad child.*TypeError: bad/s)
})

test('TJ1: a file that crashes is a failure, with what it printed', async () => {
  const result = await ran(`console.log('so far'); throw new Error('crash at load')`)
  assert.deepEqual(counts(result), [0, 1, 0])
  assert.match(failureText([result]), /ended with code 1.*so far.*crash at load/s)
})

test('TJ1: a file that exits before its tests are done is a failure', async () => {
  const result = await ran(`test('good', () => {}); test('exits', () => { process.exit(0) })`)
  assert.ok(counts(result)[1]! > 0, JSON.stringify(result.outcomes))
})

test('TJ1: a file without tests is a failure', async () => {
  assert.deepEqual(counts(await ran('export const nothing = test')), [0, 1, 0])
})

test('TJ1, TJ2: a file that hangs is killed with what it started, and is a failure', async () => {
  const result = await ran(
    `import { spawn } from 'node:child_process'
     test('good', () => {})
     const child = spawn('sleep', ['600'], { stdio: 'ignore' }); console.log(child.pid); setInterval(() => {}, 1000)`,
    2_000,
  )
  assert.ok(counts(result)[1]! > 0)
  assert.match(failureText([result]), /was killed after 2 s/)
  const pid = Number(/^\d+$/m.exec(result.output)?.[0])
  await waitFor('the end of what the file started', () => !living(pid))
})

test('RP1, RP2: the last line is the count, and a run without tests has failed', () => {
  assert.deepEqual(totalsOf([]), { passed: 0, failed: 1, skipped: 0 })
  assert.equal(totalsText({ passed: 7, failed: 0, skipped: 2 }, 1234).split('\n').at(-1), '7 passed, 0 failed')
})

test('TP1: a run without options has types, lint and every test file', () => {
  const names = planRun(runOptions([]), root).map((job) => job.name)
  assert.ok(names.includes('types (tsc)') && names.includes('lint (biome)') && names.includes('test/support/run.test.ts'))
  const only = planRun(runOptions(['--only', 'support/run']), root).map((job) => job.name)
  assert.deepEqual(only, ['test/support/run.test.ts'])
  assert.ok(planRun(runOptions(['--check']), root).every(({ name }) => !name.startsWith('test/store/')))
})

test('TP2: an option that is not known is refused', () => {
  assert.throws(() => runOptions(['--fats']), /fats/)
  assert.throws(() => runOptions(['name']), /name/)
})
