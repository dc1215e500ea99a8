/**
 * Owns: what the commands need of a Troupe in their own process, as an interface.
 * Does not own: the Troupe (composition root), which is above this folder and is passed in.
 */

import type { Datasets, Programs } from '#actors'
import type { ActorHandle, Behaviour, Schemas, Store, System, Telemetry, TelemetryName } from '#runtime'
import type { RunningSupervisor } from '#supervisors'
import type { OpenModel } from '../models/open-model.ts'
import type { Target } from './host.ts'

export interface LocalTroupe {
  readonly system: System
  readonly store: Store
  readonly programs: Programs
  readonly datasets: Datasets
  readonly model: OpenModel
  readonly tree: RunningSupervisor
  readonly metrics: { count(name: TelemetryName): number }
  actor<M extends Schemas, R>(behaviour: Behaviour<M, R>, key: string): ActorHandle<Behaviour<M, R>>
  stop(): Promise<void>
}

/** Opens a Troupe on what the command line says. */
export type OpenTroupe = (target: Target, telemetry: Telemetry) => Promise<LocalTroupe>
