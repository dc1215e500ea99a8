/**
 * Owns: running one job of a test run in a process group of its own, and what became of it.
 * Does not own: which jobs run (test-plan.ts), counting and printing (report.ts).
 * Invariants: TJ1 a file that crashes, hangs, or has no test is a failure, whatever it reported before. TJ2 no process of a job
 * outlives it: the group is killed at its end.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestOutcome } from './reporter.ts'
import type { Job } from './test-plan.ts'

export interface JobResult {
  readonly job: Job
  readonly outcomes: readonly TestOutcome[]
  /** What its processes printed, both streams in the order of arrival. */
  readonly output: string
  readonly milliseconds: number
}

const reporterFile = new URL('./reporter.ts', import.meta.url).href
const groups = new Set<number>()

/** Kills the processes of all running jobs: for the end of the run. */
export function killJobs(): void {
  for (const group of groups) killGroup(group)
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    // ESRCH: no process of the group is left, which is what a kill wants.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

interface Ended {
  readonly output: string
  readonly how: 'ok' | string
}

/** Runs a job to its end. Never rejects: what goes wrong is a failed outcome. */
export async function runJob(job: Job, root: string): Promise<JobResult> {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'troupe-test-'))
  try {
    const report = join(folder, 'report.jsonl')
    const reporting = [`--test-reporter=${reporterFile}`, `--test-reporter-destination=${report}`]
    const ended = await runProcess(job, job.kind === 'file' ? [...reporting, ...job.arguments] : job.arguments, root)
    const milliseconds = performance.now() - started
    const reported = job.kind === 'file' ? readReport(report) : []
    return { job, outcomes: judged(job, reported, ended, milliseconds), output: ended.output, milliseconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runProcess(job: Job, args: readonly string[], root: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(job.command, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const group = child.pid
    let output = ''
    let late = false
    const collect = (chunk: string): void => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    if (group !== undefined) groups.add(group)
    const timer = setTimeout(() => {
      late = true
      if (group !== undefined) killGroup(group)
    }, job.limit)
    const end = (how: string): void => {
      clearTimeout(timer)
      if (group !== undefined) {
        killGroup(group)
        groups.delete(group)
      }
      resolve({ output, how })
    }
    child.on('error', (error) => end(`could not be started: ${error.message}`))
    // `exit`, not `close`: a process that a test left behind holds the pipes open, and must not hold the run.
    child.on('exit', (code, signal) => {
      const how = late
        ? `was killed after ${job.limit / 1000} s`
        : signal
          ? `was ended by ${signal}`
          : code === 0
            ? 'ok'
            : `ended with code ${code}`
      setImmediate(() => end(how))
    })
  })
}

function readReport(file: string): readonly TestOutcome[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    // No report: the process ended before its first test, and `judged` makes a failure of that.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as TestOutcome)
}

/** The outcomes of a job with the failures that its tests could not report themselves (TJ1). */
function judged(job: Job, reported: readonly TestOutcome[], ended: Ended, milliseconds: number): readonly TestOutcome[] {
  const failure = (error: string): TestOutcome => ({ outcome: 'failed', path: [job.name], milliseconds, error })
  const clean = ended.how === 'ok'
  if (job.kind === 'command')
    return clean ? [{ outcome: 'passed', path: [job.name], milliseconds }] : [failure(ended.output || ended.how)]
  if (clean && reported.length === 0) return [failure('has no tests')]
  if (clean || reported.some((it) => it.outcome === 'failed')) return reported
  return [...reported, failure(`the file ${ended.how}`)]
}
