/**
 * Owns: one machine through XState's own interpreter and through ours, step by step, and the comparison of all that can be seen.
 * Does not own: the machines (scenarios), the random ones (random-chart).
 */

import assert from 'node:assert/strict'
import { type AnyActorLogic, type AnyActorRef, createActor, SimulatedClock } from 'xstate'
import type { Message } from '../../../../runtime/kernel/envelope.ts'
import type { CellState } from '../../../../runtime/kernel/machine/cell-system.ts'
import { actorLogic } from '../../../../runtime/kernel/machine/index.ts'
import { InMemoryCell } from './in-memory-cell.ts'
import { World } from './world.ts'

export type Event = Message & { readonly [member: string]: unknown }

/** What can happen to a machine between two looks at it. */
export type Step =
  | { readonly send: Event }
  | { readonly advance: number }
  /** The outside world does something: settles a promise, sends from a callback, feeds an observable. */
  | { readonly poke: string; readonly with?: unknown }

export interface Scenario {
  readonly name: string
  readonly make: (world: World) => AnyActorLogic
  /** What random runs choose from. */
  readonly steps: readonly Step[]
  readonly input?: unknown
  /** What is told by children that may outlive the machine. */
  readonly outlived?: RegExp
}

export interface Run {
  readonly scenario: Scenario
  readonly steps: readonly Step[]
  /** True for the steps after which our cell is stored, dropped and restored. */
  readonly restart?: (step: number) => boolean
}

interface Seen {
  readonly status: string
  readonly [member: string]: unknown
}

interface Snapshot {
  readonly status: string
  readonly value?: unknown
  readonly context?: unknown
  readonly tags?: Iterable<string>
  readonly output?: unknown
  readonly error?: unknown
  readonly children?: { readonly [id: string]: { getSnapshot(): unknown } | undefined }
}

/** XState numbers unnamed actors across the whole process; ours are numbered in their cell. */
const unnumbered = (text: string): string => text.replaceAll(/x:\d+/g, 'x:n')

const plain = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(
        unnumbered(JSON.stringify(value, (_key, member) => (member instanceof Error ? { message: member.message } : member))),
      )

function seen(given: unknown): Seen {
  const snapshot = given as Snapshot
  const children: { [id: string]: Seen } = {}
  // What is below a child that failed lives on under XState and is stopped here (docs/XSTATE.md).
  if (snapshot.status !== 'error')
    for (const [id, child] of Object.entries(snapshot.children ?? {}))
      if (child) children[unnumbered(id)] = seen(child.getSnapshot())
  return {
    status: snapshot.status,
    value: snapshot.value,
    context: plain(snapshot.context),
    tags: [...(snapshot.tags ?? [])].sort(),
    output: plain(snapshot.output),
    error: snapshot.error instanceof Error ? snapshot.error.message : plain(snapshot.error),
    children,
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Runs the steps through both interpreters and compares after each. @returns how many steps were compared */
export async function compare({ scenario, steps, restart = () => false }: Run): Promise<number> {
  const theirs = new World()
  const ours = new World()
  const clock = new SimulatedClock()
  const logger = (...told: unknown[]): void => theirs.say(`log ${JSON.stringify(plain(told))}`)
  const inspect = (event: {
    type: string
    actorRef: { on?: (type: string, handler: (event: Event) => void) => unknown }
  }): void => {
    if (event.type === '@xstate.actor')
      event.actorRef.on?.('*', (emitted) => theirs.say(`emit ${JSON.stringify(plain(emitted))}`))
  }
  const actor = createActor(scenario.make(theirs), {
    id: 'machine/m1',
    clock,
    logger,
    inspect: inspect as never,
    input: scenario.input as never,
  }) as AnyActorRef
  actor.subscribe({ error: () => undefined })
  actor.start()
  const cell = new InMemoryCell(actorLogic(scenario.make(ours)), {
    input: scenario.input,
    performed(decision) {
      if (decision.type === 'emit') ours.say(`emit ${JSON.stringify(plain(decision.event))}`)
      if (decision.type === 'log')
        ours.say(
          `log ${JSON.stringify(plain(decision.label === undefined ? [decision.value] : [decision.label, decision.value]))}`,
        )
    },
  })
  const look = async (at: number): Promise<boolean> => {
    if (theirs.waits || ours.waits) await settled()
    const them = seen(actor.getSnapshot())
    const where = `${scenario.name}, after step ${at} of ${JSON.stringify(steps)}`
    if (them.status === 'error' || cell.thrown) {
      const error = cell.thrown && (cell.thrown.error instanceof Error ? cell.thrown.error.message : cell.thrown.error)
      assert.deepEqual({ status: cell.thrown ? 'error' : 'active', error }, { status: them.status, error: them.error }, where)
      return false
    }
    assert.deepEqual(seen((cell.state as CellState).snapshot), them, where)
    // A child that lost its place outlives its parent under XState only (docs/XSTATE.md): what it does after the end is not compared.
    const told = theirs.told.filter(
      (text, at) => at < ours.told.length || them.status === 'active' || !scenario.outlived?.test(text),
    )
    assert.deepEqual(ours.told, told, `${where}: what was done, in order`)
    return them.status === 'active'
  }
  let compared = 1
  if (!(await look(-1))) return compared
  for (const [at, step] of steps.entries()) {
    if ('send' in step) {
      actor.send(step.send as never)
      cell.send(step.send)
    } else if ('advance' in step) {
      clock.increment(step.advance)
      cell.advance(step.advance)
    } else {
      theirs.poke(step.poke, step.with)
      ours.poke(step.poke, step.with)
    }
    compared++
    if (!(await look(at))) return compared
    if (restart(at)) {
      ours.mute(() => cell.restart())
      if (ours.waits) await settled()
      if (!(await look(at))) return compared
    }
  }
  actor.stop()
  return compared
}
