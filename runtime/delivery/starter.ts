/**
 * Owns: the seam to supervision: how a life of an actor is started under its supervisor.
 * Does not own: supervisors; they are above this folder and passed in by the composition root.
 */

import type { Address } from '../kernel/address.ts'
import type { AnyBehaviour } from '../kernel/behaviour.ts'
import type { SpawnOptions, StartResult } from '../kernel/process.ts'

/** A life that wants to be started. */
export interface Life {
  readonly address: Address
  readonly behaviour: AnyBehaviour
  /** What a child spec's start function calls, at the first start and at every restart. */
  start(options: SpawnOptions): StartResult | Promise<StartResult>
}

export type Starter = (life: Life) => Promise<StartResult>

/** Starts without a supervisor; the host itself starts the actor again when work waits for it. */
export const unsupervised: Starter = async (life) => life.start({})
