/**
 * Owns: XState logic (machines, transition, promise, callback and observable logic) as a logic of the runtime.
 * Does not own: how its actors live (cell-actor, cell-system), what is stored of them (persisted-cell).
 * Invariants: L1–L3, T2: what the root actor fails with is thrown, so that the turn is given up.
 */

import type { AnyActorLogic, AnyStateMachine } from 'xstate'
import { formatAddress } from '../address.ts'
import type { Message } from '../envelope.ts'
import { canonicalJson, type Json } from '../json.ts'
import type { Logic, LogicStatus, Turn } from '../logic.ts'
import { CellActor } from './cell-actor.ts'
import { type CellState, CellSystem } from './cell-system.ts'
import { life } from './in-cell.ts'
import { kindOf } from './logic-kind.ts'
import { type PersistedCell, persistCell, restoreCell } from './persisted-cell.ts'
import type { AnySnapshot, InEvent, InLogic } from './xstate-shapes.ts'

/**
 * Any XState logic as a logic of the runtime.
 *
 * @throws `logic.unsupported` for a logic with a `start` function of its own
 * @example actorLogic(fromTransition((count: number, event: { type: 'add' }) => count + 1, 0))
 */
export function actorLogic(logic: AnyActorLogic): Logic {
  const kind = kindOf(logic as unknown as InLogic)
  return new XStateLogic(logic, kind.name === 'machine' ? viewMachine : kind.name === 'transition' ? viewContext : viewOther)
}

/**
 * An XState machine as a logic of the runtime.
 *
 * @example machineLogic(setup({}).createMachine({ initial: 'idle', states: { idle: {} } }))
 */
export function machineLogic(machine: AnyStateMachine): Logic {
  return actorLogic(machine)
}

class XStateLogic implements Logic {
  readonly #logic: AnyActorLogic
  readonly #view: (snapshot: AnySnapshot) => unknown

  constructor(logic: AnyActorLogic, view: (snapshot: AnySnapshot) => unknown) {
    this.#logic = logic
    this.#view = view
  }

  start(input: unknown, turn: Turn): unknown {
    const system = new CellSystem(turn.self)
    system.enter(undefined, turn)
    try {
      const root = new CellActor({
        system,
        id: formatAddress(turn.self),
        sessionId: system._bookId(),
        logic: this.#logic,
        src: this.#logic,
        input,
      })
      system.root = root
      root._initState()
      root.start()
      return system.leave(undefined)
    } finally {
      system.abandon()
    }
  }

  decide(state: unknown, message: Message, turn: Turn): unknown {
    const cell = state as CellState
    const { system } = cell
    system.enter(cell, turn)
    try {
      system.root._send(message as InEvent)
      return system.leave(cell)
    } finally {
      system.abandon()
    }
  }

  timer(state: unknown, id: string, payload: Json, turn: Turn): unknown {
    return within(state, turn, (system) => system.fire(id, payload))
  }

  settled(state: unknown, id: string, result: Parameters<Logic['settled']>[2], turn: Turn): unknown {
    return within(state, turn, (system) => {
      const actor = system.lookup(id)
      if (actor?._processingStatus === life.running) actor.settled(result)
    })
  }

  child(state: unknown, id: string, event: Message, turn: Turn): unknown {
    return within(state, turn, (system) => system.heard(id, event as InEvent))
  }

  status(state: unknown): LogicStatus {
    const { status, output, error } = (state as CellState).snapshot
    if (status === 'active') return active
    return status === 'error' ? { status, error } : { status: 'done', output }
  }

  persist(state: unknown): Json {
    return persistCell(state as CellState)
  }

  restore(data: Json, turn: Turn): unknown {
    const system = new CellSystem(turn.self)
    system.enter(undefined, turn)
    try {
      restoreCell(data, this.#logic, system)
      return system.leave(undefined)
    } finally {
      system.abandon()
    }
  }

  /** Gives `step` the root actor's `{ status, value, context, … }`; its children and timers stay as they are. */
  upcast(data: Json, step: (state: Json) => Json): Json {
    const cell = data as unknown as PersistedCell
    const { entered, partial, ...known } = cell.snapshot
    const raised = step(known as unknown as Json) as unknown as PersistedCell['snapshot']
    const order =
      canonicalJson(raised.value) === canonicalJson(known.value) && entered ? { entered, ...(partial && { partial }) } : {}
    return { ...cell, snapshot: { ...raised, ...order } } as unknown as Json
  }

  view(state: unknown): unknown {
    return this.#view((state as CellState).snapshot)
  }
}

const active: LogicStatus = { status: 'active' }

function within(state: unknown, turn: Turn, run: (system: CellSystem) => void): CellState {
  const cell = state as CellState
  const { system } = cell
  system.enter(cell, turn)
  try {
    run(system)
    return system.leave(cell)
  } finally {
    system.abandon()
  }
}

function viewMachine({ value, context, tags, status, output }: AnySnapshot): unknown {
  return { value, context, tags: [...(tags ?? [])], status, output }
}

function viewContext({ context }: AnySnapshot): unknown {
  return context
}

function viewOther({ status, output, error, context }: AnySnapshot): unknown {
  return { status, output, error, context }
}
