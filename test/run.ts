/**
 * Owns: the command `npm test`: runs every job of the plan, as many at once as there are cores, with one real Postgres for all of them.
 * Does not own: the plan, the jobs, the report (test/support).
 * Invariants: RP1 the last line is `N passed, N failed`. RN1 the exit code is 1 on any failure. RN2 nothing that it started is left.
 */

import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failureText, jobLine, totalsOf, totalsText } from './support/report.ts'
import { type JobResult, killJobs, runJob } from './support/test-job.ts'
import { type Job, planRun, type RunOptions, runOptions } from './support/test-plan.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Postgres {
  readonly url: string
  stop(): Promise<void>
}

/** Whether a test file speaks of Postgres at all; starting one takes a second that the others need not wait for. */
function needsPostgres(job: Job): boolean {
  return job.kind === 'file' && /postgres/i.test(readFileSync(join(root, job.name), 'utf8'))
}

/**
 * The server that all test files of the run share, or undefined when one was given or none is needed.
 * One that does not start is told and leaves the run going: the files that need it start their own, or fail by name.
 */
async function startPostgres(options: RunOptions, jobs: readonly Job[]): Promise<Postgres | undefined> {
  const support = new URL('./support/postgres.ts', import.meta.url)
  const given = process.env.TROUPE_TEST_POSTGRES_URL !== undefined
  if (options.check || given || !existsSync(support) || !jobs.some(needsPostgres)) return undefined
  const { startTestPostgres } = (await import(support.href)) as { startTestPostgres(): Promise<Postgres> }
  try {
    const postgres = await startTestPostgres()
    process.env.TROUPE_TEST_POSTGRES_URL = postgres.url
    return postgres
  } catch (error) {
    console.log(`no shared Postgres: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

async function runAll(jobs: readonly Job[]): Promise<readonly JobResult[]> {
  const waiting = [...jobs]
  const results: JobResult[] = []
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const result = await runJob(job, root)
      results.push(result)
      console.log(jobLine(result, results.length, jobs.length))
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  return results
}

async function main(argv: readonly string[]): Promise<number> {
  const started = performance.now()
  const options = runOptions(argv)
  const jobs = planRun(options, root)
  const postgres = await startPostgres(options, jobs)
  try {
    const results = await runAll(jobs)
    const totals = totalsOf(results)
    const failures = failureText(results)
    if (failures !== '') console.log(`\n${failures}\n`)
    if (jobs.length === 0) console.log('no test was found')
    console.log(totalsText(totals, performance.now() - started))
    return totals.failed === 0 ? 0 : 1
  } finally {
    await postgres?.stop()
  }
}

// Exit hooks run on every way out, also on Ctrl+C, because the handlers below turn signals into exits.
process.on('exit', killJobs)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.log(`${error instanceof Error ? error.stack : String(error)}\n0 passed, 1 failed`)
  return 1
})
