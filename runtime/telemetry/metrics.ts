/**
 * Owns: the sink that counts: one counter for each event, one histogram for each of its measurements.
 * Does not own: the events (kernel/telemetry.ts), showing them.
 * Invariants: ME1 memory is bounded: nothing is kept by address or by any other text of an event.
 */

import type { Measurements, Metadata, Telemetry, TelemetryName } from '../kernel/telemetry.ts'
import { Histogram, type HistogramSummary } from './histogram.ts'

/** All counters and histograms at one moment; events that never came are absent. */
export type MetricsSnapshot = {
  readonly [N in TelemetryName]?: {
    readonly count: number
    readonly measurements: { readonly [measurement: string]: HistogramSummary }
  }
}

interface Series {
  count: number
  readonly histograms: Map<string, Histogram>
}

/**
 * Metrics in memory.
 *
 * @example
 * const metrics = new Metrics()
 * metrics.emit('snapshot.large', { bytes: 2_000_000 }, { address: 'counter/c1' })
 * metrics.count('snapshot.large') // 1
 */
export class Metrics implements Telemetry {
  readonly #series = new Map<TelemetryName, Series>()

  emit<N extends TelemetryName>(name: N, measurements: Measurements<N>, _metadata: Metadata<N>): void {
    let series = this.#series.get(name)
    if (!series) {
      series = { count: 0, histograms: new Map() }
      this.#series.set(name, series)
    }
    series.count++
    for (const measurement in measurements) {
      let histogram = series.histograms.get(measurement)
      if (!histogram) {
        histogram = new Histogram()
        series.histograms.set(measurement, histogram)
      }
      histogram.add((measurements as { readonly [name: string]: number })[measurement]!)
    }
  }

  /** How often an event came. */
  count(name: TelemetryName): number {
    return this.#series.get(name)?.count ?? 0
  }

  /** The distribution of one measurement of an event; all zero when it never came. */
  measured<N extends TelemetryName>(name: N, measurement: keyof Measurements<N> & string): HistogramSummary {
    return (this.#series.get(name)?.histograms.get(measurement) ?? new Histogram()).summary()
  }

  /** Everything that was counted, as plain data. */
  snapshot(): MetricsSnapshot {
    const entries = [...this.#series].map(([name, series]) => {
      const measurements = [...series.histograms].map(([measurement, histogram]) => [measurement, histogram.summary()] as const)
      return [name, { count: series.count, measurements: Object.fromEntries(measurements) }] as const
    })
    return Object.fromEntries(entries) as MetricsSnapshot
  }

  /** Starts to count anew. */
  reset(): void {
    this.#series.clear()
  }
}
