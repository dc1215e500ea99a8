/**
 * Owns: the conformance suite `dspy`: what real DSPy did with signatures, types, values, messages, completions and scripted programs, checked against ours.
 * Does not own: the checks (dspy-suites), reading (dspy-vectors), the command line (run).
 * Invariants: DC1 every vector is counted once: passed, failed, declined or skipped by need. DC2 an exception in a check is a failure of that vector.
 */

import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Outcome, Vector } from './dspy-outcome.ts'
import { suites } from './dspy-suites.ts'
import { readVectors } from './dspy-vectors.ts'
import type { SuiteResult } from './otp.ts'

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) files.push(path)
    else for (const name of (await readdir(path)).sort()) if (name.endsWith('.json')) files.push(join(path, name))
  }
  return files
}

function outcomeOf(suite: string, vector: Vector): Outcome {
  const check = suites[suite]
  if (!check) return { result: 'skipped', need: `the suite ${suite}` }
  try {
    return check(vector)
  } catch (error) {
    return { result: 'failed', lines: [`threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`] }
  }
}

/** Runs all vectors of files and folders. Failures come first in the report, then one line a file. */
export async function run(paths: readonly string[]): Promise<SuiteResult> {
  const report: string[] = []
  const summary: string[] = []
  const skipped: { [need: string]: number } = {}
  const total = { passed: 0, failed: 0, declined: 0, skipped: 0 }
  for (const file of await filesOf(paths)) {
    const { suite, types, cases } = await readVectors(file)
    const counts = { passed: 0, failed: 0, declined: 0, skipped: 0 }
    for (const { plain, exact } of cases) {
      const outcome = outcomeOf(suite, { plain, exact, types })
      counts[outcome.result]++
      if (outcome.result === 'skipped') skipped[outcome.need] = (skipped[outcome.need] ?? 0) + 1
      if (outcome.result === 'failed')
        report.push(`${basename(file)}: ${plain.name ?? plain.type ?? plain.value}`, ...outcome.lines.map((line) => `  ${line}`))
    }
    for (const key of ['passed', 'failed', 'declined', 'skipped'] as const) total[key] += counts[key]
    summary.push(
      `${basename(file)}: ${counts.passed} passed, ${counts.failed} failed, ${counts.declined} declined, ${counts.skipped} skipped`,
    )
  }
  return { passed: total.passed, failed: total.failed, declined: total.declined, skipped, report: [...report, ...summary] }
}
