/**
 * Owns: Troupe's own logger, for hosts that have none: pino, one JSON object a line.
 * Does not own: what is logged (log-sink.ts).
 * Invariants: LG1 it opens no handle and starts no thread, so that a process that is done can end.
 */

import { type DestinationStream, destination, type Level, type Logger, pino, stdTimeFunctions } from 'pino'

export interface LoggerOptions {
  /** The lowest level that is written; `info` by default. */
  readonly level?: Level | 'silent'
  /** Where lines go; standard error by default, because standard output belongs to the program. */
  readonly destination?: DestinationStream
}

/**
 * A pino logger that writes synchronously.
 *
 * @example const logger = openLogger({ level: 'debug' })
 */
export function openLogger(options: LoggerOptions = {}): Logger {
  const settings = { name: 'troupe', level: options.level ?? 'info', timestamp: stdTimeFunctions.isoTime }
  return pino(settings, options.destination ?? destination({ fd: 2, sync: true }))
}
