/**
 * Owns: how the actors of a runtime are supervised: one supervisor for each kind, under one of all kinds.
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
  type StartResult,
  TroupeError,
} from '#runtime'
import type { ChildSpec, StartFunction } from './child-spec.ts'
import type { StartedChild } from './management.ts'
import { startSupervisor } from './supervisor.ts'
import { type SupervisorClient, supervisorClient } from './supervisor-client.ts'
import type { SupervisorSpec } from './supervisor-spec.ts'
import { when } from './when.ts'

/** Restarts of actors of one kind within 5 seconds before their supervisor gives up. */
export const defaultKindIntensity = 1000

/** Where the supervisor of a kind's actors is found. */
export function supervisorOf(kind: string): Address {
  return { kind: 'supervisor', key: kind }
}

/** A life that is being started, and how its last start went. Kept as the argument of the child, so that it starts again after a crash. */
class Start {
  readonly life: Life
  result: StartResult | undefined = undefined

  constructor(life: Life) {
    this.life = life
  }
}

/** One spec for all actors of a kind, because one for each would weigh more than most actors. */
const actor: ChildSpec = {
  id: 'actor',
  restart: 'transient',
  start: (starter, given) => {
    const start = given as Start
    return when(start.life.start({ parent: starter.parent }), (result) => {
      start.result = result
      return result
    })
  },
}

/** The start function of the supervisor of all kinds. */
export function startKinds(kinds: readonly string[], intensity = defaultKindIntensity): StartFunction {
  const children = [...new Set(kinds)].map((kind): ChildSpec => {
    const spec: SupervisorSpec = { strategy: 'simple_one_for_one', template: actor, intensity, period: 5000 }
    return { id: kind, type: 'supervisor', start: startSupervisor(spec, { address: supervisorOf(kind) }) }
  })
  return startSupervisor({ strategy: 'one_for_one', intensity: 10, children }, { name: 'actors' })
}

/** Starts lives of actors under their kinds' supervisors (KS1). */
export function startUnderKinds(processes: Processes): LifeStarter {
  const clients = new Map<string, SupervisorClient>()
  const clientOf = (kind: string): SupervisorClient => {
    const known = clients.get(kind)
    if (known) return known
    const made = supervisorClient(processes, supervisorOf(kind))
    clients.set(kind, made)
    return made
  }
  return (life: Life) => {
    const start = new Start(life)
    return clientOf(life.address.kind)
      .startInstance(start)
      .then(startedAs, (error: unknown) => refusedAs(start, error))
  }
}

function startedAs({ ref }: StartedChild): StartResult {
  return ref ? { started: 'ok', ref } : { started: 'ignore' }
}

function refusedAs({ result }: Start, error: unknown): StartResult {
  // What the life itself answered says more than the supervisor's error about it.
  if (result && result.started !== 'ok') return result
  const known = TroupeError.is(error) ? error : kernelErrors.make('internal', { what: 'a supervisor refused a start' }, error)
  return { started: 'error', reason: { type: 'crashed', error: known.toJSON() } }
}
