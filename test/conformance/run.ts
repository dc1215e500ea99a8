/**
 * Owns: the command `npm run conformance -- SUITE FILE|FOLDER…`: picks the suite, prints what it answers.
 * Does not own: the suites; each is `test/conformance/<suite>.ts` with an export `run`.
 * Invariants: CR1 the last line is `N passed, N failed`. CR2 the exit code is 0 only when nothing failed and something ran.
 */

import { existsSync } from 'node:fs'
import type { SuiteResult } from './otp.ts'

const usage = 'usage: npm run conformance -- SUITE FILE|FOLDER…   (suites: otp, dspy)'

async function main([suite, ...paths]: readonly string[]): Promise<number> {
  const file = suite !== undefined && /^[a-z]+$/.test(suite) ? new URL(`./${suite}.ts`, import.meta.url) : undefined
  if (!file || suite === 'run' || !existsSync(file) || paths.length === 0) {
    console.error(usage)
    return 2
  }
  const lost = paths.find((path) => !existsSync(path))
  if (lost !== undefined) {
    console.error(`there is no file or folder ${lost}\n${usage}`)
    return 2
  }
  const { run } = (await import(file.href)) as { readonly run: (paths: readonly string[]) => Promise<SuiteResult> }
  const result = await run(paths)
  for (const line of result.report) console.log(line)
  for (const [need, count] of Object.entries(result.skipped)) console.log(`skipped for want of ${need}: ${count}`)
  if (result.declined > 0) console.log(`declined with a typed reason: ${result.declined}`)
  console.log(`${result.passed} passed, ${result.failed} failed`)
  return result.failed === 0 && result.passed > 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
