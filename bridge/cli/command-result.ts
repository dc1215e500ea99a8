/**
 * Owns: what a command gives: data for programs, lines for people, an exit code.
 * Does not own: printing (cli).
 * Invariants: CM2 the data is complete: whatever the lines tell is in it.
 */

import type { Json } from '#runtime'
import type { ExitCode } from './exit-codes.ts'
import type { Style } from './render/style.ts'

export interface CommandResult {
  /** Printed with `--json`. */
  readonly data: Json
  /** Printed without. */
  lines(style: Style): readonly string[]
  /** Default 0. */
  readonly exit?: ExitCode
}
