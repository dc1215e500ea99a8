/**
 * Owns: the door of telemetry sinks: what the composition root and the bridge may import.
 * Does not own: any code, and no event (runtime/kernel/telemetry.ts).
 * Invariants: none of its own.
 */

export { combineTelemetry } from './combined-sinks.ts'
export { Histogram, type HistogramSummary } from './histogram.ts'
export { type LogTarget, logSink } from './log-sink.ts'
export { type LoggerOptions, openLogger } from './logger.ts'
export { Metrics, type MetricsSnapshot } from './metrics.ts'
