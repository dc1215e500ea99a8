/**
 * Owns: how the actors of a runtime are supervised: one dynamic supervisor for each kind, under one of all kinds.
 * Does not own: actors and their lives (runtime), the tree above (tree).
 * Invariants: KS1 each actor is a transient child of its kind's supervisor: started again after a crash, forgotten after a clean end. KS2 a kind that gives up
 * is started again without its children; they come back with their next message.
 */

import {
  type Address,
  kernelErrors,
  type Life,
  type Starter as LifeStarter,
  type Processes,
  type SpawnOptions,
  type StartResult,
  TroupeError,
} from '#runtime'
import type { ChildSpec, StartFunction } from './child-spec.ts'
import { startSupervisor } from './supervisor.ts'
import { supervisorClient } from './supervisor-client.ts'
import type { SupervisorSpec } from './supervisor-spec.ts'

/** Restarts of actors of one kind within 5 seconds before their supervisor gives up. */
export const defaultKindIntensity = 1000

/** Where the supervisor of a kind's actors is found. */
export function supervisorOf(kind: string): Address {
  return { kind: 'supervisor', key: kind }
}

/** The start function of the supervisor of all kinds. */
export function startKinds(kinds: readonly string[], intensity = defaultKindIntensity): StartFunction {
  const children = [...new Set(kinds)].map((kind): ChildSpec => {
    const spec: SupervisorSpec = { strategy: 'dynamic', intensity, period: 5000 }
    return { id: kind, type: 'supervisor', start: startSupervisor(spec, { address: supervisorOf(kind) }) }
  })
  return startSupervisor({ strategy: 'one_for_one', intensity: 10, children }, { name: 'actors' })
}

/** Starts lives of actors under their kinds' supervisors (KS1). */
export function startUnderKinds(processes: Processes): LifeStarter {
  return async (life: Life) => {
    let result: StartResult | undefined
    const start = async (options: SpawnOptions): Promise<StartResult> => {
      result = await life.start(options)
      return result
    }
    const supervisor = supervisorClient(processes, supervisorOf(life.address.kind), { dynamic: true })
    try {
      const child = await supervisor.startChild({
        id: life.address.key,
        restart: 'transient',
        start: (starter) => start({ parent: starter.parent }),
      })
      return child.ref ? { started: 'ok', ref: child.ref } : { started: 'ignore' }
    } catch (error) {
      // What the life itself answered says more than the supervisor's error about it.
      if (result && result.started !== 'ok') return result
      const known = TroupeError.is(error) ? error : kernelErrors.make('internal', { what: 'a supervisor refused a start' }, error)
      return { started: 'error', reason: { type: 'crashed', error: known.toJSON() } }
    }
  }
}
