/**
 * Owns: several sinks behind the one door, kept apart: what one of them does wrong harms neither the caller nor the others.
 * Does not own: the sinks.
 * Invariants: TE2 an emitter never throws into its caller. TE3 a sink that starts to fail is reported once to the others.
 */

import { errorData } from '../kernel/errors.ts'
import { silentTelemetry, type Telemetry, type TelemetryName } from '../kernel/telemetry.ts'

/**
 * One telemetry door for any number of sinks; every event goes to each of them in order.
 *
 * A sink that throws is asked again with the next event, because a full disk or a closed stream may pass; the others hear
 * `sink.failed` at the first failure in a row.
 *
 * @example
 * const metrics = new Metrics()
 * const telemetry = combineTelemetry([metrics, logSink(openLogger({ level: 'warn' }))])
 */
export function combineTelemetry(sinks: readonly Telemetry[]): Telemetry {
  if (sinks.length === 0) return silentTelemetry
  const failing = new Set<Telemetry>()

  const offer = (sink: Telemetry, name: TelemetryName, measurements: object, metadata: object): unknown => {
    try {
      sink.emit(name, measurements as never, metadata as never)
      if (failing.size > 0) failing.delete(sink)
      return undefined
    } catch (thrown) {
      return thrown ?? new Error('threw nothing')
    }
  }

  const report = (failed: Telemetry, thrown: unknown): void => {
    if (failing.has(failed)) return
    failing.add(failed)
    const metadata = { sink: failed.constructor.name, reason: errorData(thrown).message }
    // What the others throw here is not reported again: a report about a report would never end.
    for (const sink of sinks) if (sink !== failed) offer(sink, 'sink.failed', {}, metadata)
  }

  return {
    emit(name, measurements, metadata) {
      for (const sink of sinks) {
        const thrown = offer(sink, name, measurements, metadata)
        if (thrown !== undefined) report(sink, thrown)
      }
    },
  }
}
