/**
 * Owns: the exit codes of the command line and which error has which.
 * Does not own: errors.
 * Invariants: XC1 a code keeps its meaning for ever, because scripts lean on it.
 */

import type { ErrorData } from '#runtime'

/** Every exit code with what it means; printed by `troupe --help`. */
export const exitCodes = {
  0: 'done',
  1: 'it failed; the error says why',
  2: 'the command line was wrong; nothing was done',
  3: 'there is no such actor, execution, program or data set',
  4: 'the store cannot be used: missing, locked, unreachable, newer, not writable',
  5: 'the execution ended as failed or cancelled',
  6: 'doctor found a problem',
  130: 'interrupted; type the same command again to go on',
} as const

export type ExitCode = keyof typeof exitCodes

/** By code, and by the part before the dot. */
const byCode: { readonly [code: string]: ExitCode } = {
  'cli.usage': 2,
  'cli.json_invalid': 2,
  'cli.message_invalid': 2,
  'cli.file_unreadable': 2,
  'cli.execution_not_found': 3,
  'cli.actors_unreadable': 2,
  'cli.actors_missing': 2,
  'cli.fresh_server': 2,
  'cli.interrupted': 130,
  'address.invalid': 2,
  'deadline.invalid': 2,
  'config.invalid': 2,
  'model.config': 2,
  'message.unknown_type': 2,
  'message.invalid': 2,
  'message.too_large': 2,
  'program.input_invalid': 2,
  'execution.input_missing': 2,
  'program.unknown': 3,
  'program.not_promoted': 3,
  'program.unknown_version': 3,
  'program.no_version': 3,
  'dataset.unknown': 3,
  'actor.not_found': 3,
  'actor.unknown_kind': 3,
  'cli.store_missing': 4,
  'partition.held': 4,
}
const byFolder: { readonly [part: string]: ExitCode } = { store: 4 }

/** @example exitCodeOf({ code: 'store.locked' }) // 4 */
export function exitCodeOf(error: Pick<ErrorData, 'code'>): ExitCode {
  return byCode[error.code] ?? byFolder[error.code.split('.')[0]!] ?? 1
}
