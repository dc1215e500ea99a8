/**
 * Owns: what a test file's process tells the run about its tests: one JSON line per test that passed, failed or was skipped.
 * Does not own: printing (report.ts), the processes (test-job.ts).
 * Invariants: R1 a test is counted once: a parent that failed only because of its children is not counted again.
 */

import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/** One finished test. `path` are the names of its suites and its own, outermost first. */
export interface TestOutcome {
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly path: readonly string[]
  readonly milliseconds: number
  readonly error?: string
}

interface Finished {
  readonly name: string
  readonly nesting: number
  readonly skip?: string | boolean
  readonly details: {
    readonly type?: string
    readonly duration_ms: number
    readonly error?: Error & { readonly failureType?: string; readonly cause?: unknown }
  }
}

/** The outcome that an event tells, or undefined when it is not the end of a test. */
function outcomeOf(passed: boolean, it: Finished, path: readonly string[]): TestOutcome | undefined {
  const milliseconds = it.details.duration_ms
  if (it.skip !== undefined && it.skip !== false) return { outcome: 'skipped', path, milliseconds }
  if (passed) return it.details.type === 'suite' ? undefined : { outcome: 'passed', path, milliseconds }
  const { error } = it.details
  if (error?.failureType === 'subtestsFailed') return undefined
  const cause = error?.cause ?? error
  const text = cause instanceof Error && cause.stack ? withoutInternals(inspect(cause)) : inspect(cause)
  return { outcome: 'failed', path, milliseconds, error: text }
}

function withoutInternals(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !/^\s+at .*node:internal/.test(line))
    .join('\n')
}

/** The reporter that node:test loads in the process of each test file. */
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // Starts arrive in order and parents before children, so the open names by depth are the path of whatever ends next at that depth.
  const open: string[] = []
  for await (const event of source) {
    if (event.type === 'test:start') open[event.data.nesting] = event.data.name
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const it = event.data as unknown as Finished
    const outcome = outcomeOf(event.type === 'test:pass', it, [...open.slice(0, it.nesting), it.name])
    if (outcome) yield `${JSON.stringify(outcome)}\n`
  }
}
