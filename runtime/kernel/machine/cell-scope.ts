/**
 * Owns: the scope that XState's functions are given: where a logic finds itself and leaves what it wants done.
 * Does not own: what becomes of it (cell-actor).
 * Invariants: L1.
 */

import type { InActor, InSystem } from './in-cell.ts'
import type { Executable, InEvent } from './xstate-shapes.ts'

/** What the scope needs of its actor. */
export interface ScopedActor extends InActor {
  defer(run: () => void): void
  execute(action: Executable): void
  stopChild(child: InActor): void
  emit(event: InEvent): void
}

/** What XState's functions are given as the scope of an actor. Its functions are made when asked for, because most turns ask for none. */
export class CellScope {
  readonly self: ScopedActor
  readonly id: string
  readonly sessionId: string
  readonly system: InSystem
  /** XState replaces it for the time of a step, so it must be a member of its own. */
  actionExecutor: (action: Executable) => void

  constructor(actor: ScopedActor) {
    this.self = actor
    this.id = actor.id
    this.sessionId = actor.sessionId
    this.system = actor.system
    this.actionExecutor = (action) => actor.execute(action)
  }

  get logger(): InSystem['_logger'] {
    return this.system._logger
  }

  get defer(): (run: () => void) => void {
    return (run) => this.self.defer(run)
  }

  get stopChild(): (child: InActor) => void {
    return (child) => this.self.stopChild(child)
  }

  get emit(): (event: InEvent) => void {
    return (event) => this.self.emit(event)
  }
}
