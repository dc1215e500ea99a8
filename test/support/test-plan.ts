/**
 * Owns: what a test run consists of: its options, and the jobs (type check, lint, test files) that they choose, in order.
 * Does not own: running jobs (test-job.ts), printing (report.ts).
 * Invariants: TP1 a run without options leaves out nothing. TP2 an option that is not known is refused, never ignored.
 */

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface RunOptions {
  /** Only jobs whose name holds this text, or matches it as a regular expression. */
  readonly only: string | undefined
  /** Leave out the slow folders. */
  readonly fast: boolean
  /** The inner loop: types, lint, architecture and pure unit tests. */
  readonly check: boolean
}

/** One thing to run. A command counts as one test; a test file counts as many as it reports. */
export interface Job {
  readonly name: string
  readonly kind: 'command' | 'file'
  readonly command: string
  readonly arguments: readonly string[]
  /** Milliseconds after which its processes are killed and it has failed. */
  readonly limit: number
}

const minute = 60_000
/** Folders whose files take minutes: real processes that are killed, long loads. They start first, so that the run does not end with one. */
const slowFolders = ['chaos', 'bench', 'fuzz', 'package']
/** Folders of the inner loop: nothing in them needs a database, a network or another process than their own. */
const quickFolders = [
  'architecture',
  'types',
  'runtime/kernel',
  'runtime/telemetry',
  'runtime/transport',
  'supervisors',
  'actors',
]
/** Files of these that take seconds each: `npm test` runs them, the inner loop does not. */
const notQuick = [
  'architecture/examples',
  'runtime/kernel/machine/differential',
  'runtime/kernel/dispatcher',
  'supervisors/soundness',
]

/** The options of a command line. @throws Error that names the option it does not know */
export function runOptions(argv: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { only: { type: 'string' }, fast: { type: 'boolean' }, check: { type: 'boolean' } },
  })
  return { only: values.only, fast: values.fast ?? false, check: values.check ?? false }
}

/** The jobs of a run in the order in which they start. `root` is the project's folder. */
export function planRun(options: RunOptions, root: string): readonly Job[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort()
  const slow = (file: string): boolean => slowFolders.some((folder) => file.startsWith(`test/${folder}/`))
  const quick = (file: string): boolean =>
    quickFolders.some((folder) => file.startsWith(`test/${folder}/`)) &&
    !notQuick.includes(file.slice('test/'.length, -'.test.ts'.length))
  const chosen = files.filter((file) => (options.check ? quick(file) : !(options.fast && slow(file))))
  const ordered = [...chosen.filter(slow), ...chosen.filter((file) => !slow(file))]
  const jobs = [...commands(root), ...ordered.map((file) => fileJob(file, slow(file)))]
  const { only } = options
  return only === undefined ? jobs : jobs.filter((job) => job.name.includes(only) || new RegExp(only).test(job.name))
}

function commands(root: string): readonly Job[] {
  const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
  const job = { kind: 'command', limit: 5 * minute } as const
  return [
    { ...job, name: 'types (tsc)', command: bin('tsc'), arguments: ['--noEmit', '--pretty', 'false'] },
    { ...job, name: 'lint (biome)', command: bin('biome'), arguments: ['check', '--colors=off', '--error-on-warnings', '.'] },
  ]
}

function fileJob(file: string, slow: boolean): Job {
  return { name: file, kind: 'file', command: process.execPath, arguments: [file], limit: (slow ? 45 : 10) * minute }
}
