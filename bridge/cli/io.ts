/**
 * Owns: what the command line reads and writes: streams, width, environment, interruption; and the real ones of this process.
 * Does not own: what is printed.
 * Invariants: IO1 only `processIo` touches the process; everything else gets it as an argument, so that a test can give another.
 */

import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { cliErrors } from './cli-errors.ts'
import type { Screen } from './render/live-region.ts'

export interface CliIo {
  readonly out: Screen
  readonly err: Screen
  /** True when `out` is a terminal, which can be drawn on. */
  readonly terminal: boolean
  /** Columns of the terminal now; undefined when it is none. */
  columns(): number | undefined
  readonly environment: { readonly [name: string]: string | undefined }
  /** Aborted when the user wants it to stop. */
  readonly signal: AbortSignal
  /** The text of a file, or of standard input for `-`. @throws `cli.file_unreadable` */
  read(argument: string, file: string): Promise<string>
}

/** The streams of this process. @param signal aborted by whoever listens to signals */
export function processIo(signal: AbortSignal): CliIo {
  return {
    out: process.stdout,
    err: process.stderr,
    terminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns,
    environment: process.env,
    signal,
    async read(argument, file) {
      try {
        return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
      } catch (cause) {
        throw cliErrors.make('cli.file_unreadable', { argument, file }, cause)
      }
    },
  }
}
