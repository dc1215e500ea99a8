/**
 * Owns: telling a person that a start waits for another process.
 * Does not own: waiting (lease-keeper).
 * Invariants: WN1 it is told once, with whom it waits for and how long at most if that one is gone.
 */

import type { Measurements, Metadata, Telemetry, TelemetryName } from '#runtime'
import { oneLine } from './render/columns.ts'
import { duration, plural } from './render/numbers.ts'

/** A sink that says it in one line. */
export function waitingNotice(say: (text: string) => void): Telemetry {
  return {
    emit<N extends TelemetryName>(name: N, measurements: Measurements<N>, metadata: Metadata<N>): void {
      if (name !== 'partition.waiting') return
      const { partitions, remaining } = measurements as Measurements<'partition.waiting'>
      const { owner } = metadata as Metadata<'partition.waiting'>
      say(
        `Waiting for ${oneLine(owner)}, which holds ${plural(partitions, 'partition')}: ${duration(remaining)} if it is gone; otherwise stop it first …`,
      )
    },
  }
}
