/**
 * Owns: random statecharts for the comparison, built from a list of numbers so that fast-check can shrink them.
 * Does not own: the comparison.
 */

import { enqueueActions } from 'xstate'
import { type Args, add, cancelled, emitted, machine, note, raised, say, sendUp, set, when } from './scenario-parts.ts'
import type { World } from './world.ts'

/** Numbers that are read one after the other; beyond the end there are only zeros, the simplest choice of everything. */
class Tape {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  below(limit: number): number {
    return (this.#numbers[this.#at++] ?? 0) % limit
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === n - 1
  }
}

type Type = 'atomic' | 'compound' | 'parallel' | 'final' | 'history'

interface Shape {
  readonly id: string
  readonly type: Type
  readonly deep: boolean
  readonly kids: readonly Shape[]
}

export const events = ['A', 'B', 'C', 'D'] as const

/** A machine of at most `depth` levels. Loops that never come to rest are ended by XState's own limit, on both sides alike. */
export function randomChart(numbers: readonly number[], world: World) {
  const tape = new Tape(numbers)
  const root = shape(tape, 's', 3, tape.once(4) ? 'parallel' : 'compound')
  const ids: string[] = []
  const collect = (of: Shape): void => {
    for (const kid of of.kids) {
      ids.push(kid.id)
      collect(kid)
    }
  }
  collect(root)
  const config = {
    ...(state(tape, root, ids, world) as object),
    context: { n: 0, list: [], fuel: 25 },
    options: { maxIterations: 60 },
  }
  return machine(config, { actors: { kid: kid(world) } })
}

/** A child that counts, tells its parent after a while, and may end. */
function kid(world: World) {
  return machine({
    initial: 'p',
    states: {
      p: {
        after: { 20: { target: 'q', actions: sendUp({ type: 'A', from: 'kid' }) } },
        on: { POKE: { actions: [add(), say(world, 'poked')] } },
      },
      q: {
        entry: say(world, 'kid q'),
        on: {
          POKE: [
            { guard: when(({ n }) => n > 2), target: 'z' },
            { target: 'p', actions: add() },
          ],
        },
      },
      z: { type: 'final' },
    },
    output: { done: true },
  })
}

function shape(tape: Tape, id: string, depth: number, type: Type): Shape {
  if (type !== 'compound' && type !== 'parallel') return { id, type, deep: tape.once(2), kids: [] }
  const kids: Shape[] = []
  const count = 2 + tape.below(2)
  for (let at = 0; at < count; at++) {
    const below: Type = depth <= 1 ? 'atomic' : tape.pick(['atomic', 'compound', 'atomic', 'parallel', 'compound'])
    kids.push(shape(tape, `${id}${at}`, depth - 1, below))
  }
  if (tape.once(3)) kids.push({ id: `${id}h`, type: 'history', deep: tape.once(2), kids: [] })
  if (type === 'compound' && tape.once(3)) kids.push({ id: `${id}f`, type: 'final', deep: false, kids: [] })
  return { id, type, deep: false, kids }
}

function state(tape: Tape, of: Shape, ids: readonly string[], world: World): object {
  if (of.type === 'history') return { id: of.id, type: 'history', history: of.deep ? 'deep' : 'shallow' }
  const config: { [member: string]: unknown } = { id: of.id, tags: tape.once(3) ? ['even', of.id] : [] }
  if (of.kids.length > 0) config.states = Object.fromEntries(of.kids.map((kid) => [kid.id, state(tape, kid, ids, world)]))
  if (of.type === 'parallel') config.type = 'parallel'
  if (of.type === 'compound') config.initial = of.kids.find(({ type }) => type !== 'history')!.id
  if (tape.once(2)) config.entry = actions(tape, `enter ${of.id}`, world)
  if (tape.once(3)) config.exit = actions(tape, `exit ${of.id}`, world)
  if (of.type === 'final') return { ...config, type: 'final', output: { of: of.id } }
  const on: { [event: string]: unknown } = {}
  for (const event of events) if (tape.once(2)) on[event] = transitions(tape, of, event, ids, world)
  if (tape.once(8)) on['*'] = transitions(tape, of, 'any', ids, world)
  config.on = on
  if (tape.once(4)) config.after = { [tape.pick([10, 25, 60])]: transitions(tape, of, 'after', ids, world) }
  // It counts, so that most of these come to an end by themselves.
  if (tape.once(5)) {
    const limit = 1 + tape.below(6)
    config.always = {
      guard: when(({ n }) => n < limit),
      target: `#${tape.pick(ids)}`,
      actions: [add(), say(world, `always ${of.id}`)],
    }
  }
  if (of.kids.length > 0 && tape.once(2)) config.onDone = transitions(tape, of, 'done', ids, world)
  if (of.type === 'atomic' && tape.once(6))
    config.invoke = { src: 'kid', id: `kid-${of.id}`, onDone: transitions(tape, of, 'kid done', ids, world) }
  return config
}

function transitions(tape: Tape, of: Shape, event: string, ids: readonly string[], world: World): object {
  const one = (guarded: boolean): object => {
    const guard = guarded ? { guard: modulo(2 + tape.below(3)) } : {}
    const target = tape.once(5) ? {} : { target: `#${tape.pick(ids)}`, reenter: tape.once(3) }
    return { ...guard, ...target, actions: actions(tape, `${of.id} on ${event}`, world) }
  }
  return tape.once(3) ? [one(true), one(false)] : one(false)
}

const modulo = (by: number) => when(({ n }) => n % by === 0)

function actions(tape: Tape, where: string, world: World): readonly unknown[] {
  const made: unknown[] = []
  const count = tape.below(4)
  for (let at = 0; at < count; at++) made.push(tape.pick(makers)(tape, where, world))
  return made
}

const makers: readonly ((tape: Tape, where: string, world: World) => unknown)[] = [
  (_tape, where, world) => say(world, where),
  (tape) => add(1 + tape.below(3)),
  (_tape, where) => emitted({ type: 'seen', where }),
  (tape) => raised({ type: tape.pick(events) }),
  (tape) => raisedLate(tape.pick(events), { delay: tape.pick([5, 15, 40]), id: tape.pick(['one', 'two']) }),
  (tape) => raisedLate(tape.pick(events), { delay: 12 }),
  (tape) => cancelled(tape.pick(['one', 'two'])),
  (_tape, where) => note(() => where),
  () => set(({ n }) => ({ n: n % 7, list: [] })),
  (_tape, where, world) => pokeKids(where, world),
]

/** A delayed event, as long as there is fuel: without that bound each one may arm several more, and their number grows without end. */
const raisedLate = (type: string, options: object): unknown =>
  enqueueActions((({ context, enqueue }: Args & { enqueue: (action: unknown) => void }) => {
    const fuel = context.fuel as number
    if (fuel === 0) return
    enqueue(set(() => ({ fuel: fuel - 1 })))
    enqueue(raised({ type, late: true }, options))
  }) as never)

/** Sends to every child that there is. */
const pokeKids = (where: string, world: World): unknown =>
  enqueueActions((({
    self,
    enqueue,
  }: Args & { enqueue: ((action: unknown) => void) & { sendTo(to: unknown, event: object): void } }) => {
    const { children } = (self as { getSnapshot(): { children: { [id: string]: unknown } } | undefined }).getSnapshot() ?? {
      children: {},
    }
    for (const child of Object.values(children)) enqueue.sendTo(child, { type: 'POKE' })
    enqueue(say(world, `${where} poked`))
  }) as never)
