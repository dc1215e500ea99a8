/**
 * Owns: what a person sees of a test run: a line for each job as it ends, the failures, and the totals.
 * Does not own: running anything.
 * Invariants: RP1 the last line is `N passed, N failed`. RP2 a run without tests has failed.
 */

import { styleText } from 'node:util'
import type { TestOutcome } from './reporter.ts'
import type { JobResult } from './test-job.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const count = (outcomes: readonly TestOutcome[], outcome: TestOutcome['outcome']): number =>
  outcomes.filter((it) => it.outcome === outcome).length

export function totalsOf(results: readonly JobResult[]): Totals {
  const all = results.flatMap((result) => result.outcomes)
  return {
    passed: count(all, 'passed'),
    failed: count(all, 'failed') + (all.length === 0 ? 1 : 0),
    skipped: count(all, 'skipped'),
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
const indent = (text: string, by: string): string => text.replace(/^/gm, by)

/** One line for a job that has ended. */
export function jobLine(result: JobResult, done: number, of: number): string {
  const passed = count(result.outcomes, 'passed')
  const failed = count(result.outcomes, 'failed')
  const skipped = count(result.outcomes, 'skipped')
  const mark = failed > 0 ? styleText('red', '✗') : styleText('green', '✓')
  const parts = [`${passed} passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : '']
  const place = styleText('dim', `${String(done).padStart(String(of).length)}/${of}`)
  return `${place} ${mark} ${result.job.name}  ${parts.filter(Boolean).join(', ')}  ${styleText('dim', seconds(result.milliseconds))}`
}

/** Everything about the failures of a run: each with its job, its path, its error; the tail of what the job printed. */
export function failureText(results: readonly JobResult[]): string {
  return results
    .filter((result) => count(result.outcomes, 'failed') > 0)
    .map((result) => {
      const failures = result.outcomes.filter((it) => it.outcome === 'failed').map(failure)
      const printed = result.job.kind === 'file' ? tail(result.output, 40) : ''
      const output = printed === '' ? '' : `\n\n  ${styleText('dim', 'it printed:')}\n${indent(printed, '    ')}`
      return `${styleText('bold', result.job.name)}\n${failures.join('\n\n')}${output}`
    })
    .join('\n\n')
}

function failure(it: TestOutcome): string {
  return `  ${styleText('red', '✗')} ${it.path.join(' › ')}\n${indent(head(it.error ?? 'no error was given', 120), '    ')}`
}

function head(text: string, lines: number): string {
  const all = text.trimEnd().split('\n')
  return all.length > lines ? [...all.slice(0, lines), `… ${all.length - lines} more lines`].join('\n') : all.join('\n')
}

function tail(text: string, lines: number): string {
  const all = text.trimEnd().split('\n')
  return all.length > lines ? [`… ${all.length - lines} more lines`, ...all.slice(-lines)].join('\n') : all.join('\n')
}

/** The last lines of a run. */
export function totalsText(totals: Totals, milliseconds: number): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  return `finished in ${seconds(milliseconds)}${skipped}\n${totals.passed} passed, ${totals.failed} failed`
}
