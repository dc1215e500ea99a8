/**
 * Owns: the sink that writes events to a pino logger, each at the level that the catalogue gives it.
 * Does not own: the logger: whoever gives it flushes and closes it.
 * Invariants: LS1 every line carries `event`, all measurements and all metadata, so that lines can be searched by field.
 */

import { type Telemetry, telemetryEvents } from '../kernel/telemetry.ts'

type Level = (typeof telemetryEvents)[keyof typeof telemetryEvents]['level']

/** What the sink needs of a logger. Every pino logger has it, also one of another version of pino than ours. */
export type LogTarget = { readonly [L in Level]: (fields: object, message: string) => void } & {
  isLevelEnabled(level: Level): boolean
}

/**
 * Telemetry as log lines: `{ event, ...measurements, ...metadata }` with the event's description as the message.
 *
 * @param logger the host's own pino logger, or one of `openLogger`
 * @example const telemetry = logSink(openLogger({ level: 'info' }))
 */
export function logSink(logger: LogTarget): Telemetry {
  return {
    emit(name, measurements, metadata) {
      const { level, when } = telemetryEvents[name]
      // Asked first, so that a line that nobody reads costs no object.
      if (logger.isLevelEnabled(level)) logger[level]({ event: name, ...measurements, ...metadata }, when)
    },
  }
}
