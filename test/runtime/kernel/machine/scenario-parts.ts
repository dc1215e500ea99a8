/**
 * Owns: short typed words for the machines of the comparison, which would otherwise repeat XState's type parameters in every line.
 * Does not own: the machines.
 */

import {
  type AnyActorLogic,
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  fromCallback,
  fromObservable,
  fromPromise,
  log,
  raise,
  sendParent,
  sendTo,
} from 'xstate'
import type { Event, Step } from './differential.ts'
import type { World } from './world.ts'

export interface Context {
  readonly n: number
  readonly list: readonly unknown[]
  readonly [member: string]: unknown
}

export interface Args {
  readonly context: Context
  readonly event: Event
  readonly self: never
  readonly spawn: (src: never, options?: object) => unknown
  readonly system: { get(id: string): never }
}

export const machine = (config: object, implementations: object = {}): AnyStateMachine =>
  createMachine({ context: { n: 0, list: [] }, ...config } as never, implementations as never) as unknown as AnyStateMachine

/** An assigner of some members of the context. */
export const set = (update: (context: Context, event: Event, args: Args) => object): never =>
  assign(((args: Args) => update(args.context, args.event, args)) as never) as never

export const add = (by = 1): never => set(({ n }) => ({ n: n + by }))

/** Appends to the context's list. */
export const note = (what: (context: Context, event: Event, args: Args) => unknown): never =>
  set((context, event, args) => ({ list: [...context.list, what(context, event, args)] }))

export const when = (test: (context: Context, event: Event) => boolean): never =>
  ((args: Args) => test(args.context, args.event)) as never

/** Any expression over the arguments of an action. */
export const from = <T>(work: (args: Args) => T): never => work as never

/** A custom action that tells the world what it saw. */
export const say =
  (world: World, what: string) =>
  ({ context, event }: { context: Context; event: Event }): void =>
    world.say(`${what} on ${event.type} with ${context.n}`)

/** Promise logic that a step settles by name. */
export const job = (world: World, name: string): AnyActorLogic => fromPromise(() => world.job(name)) as unknown as AnyActorLogic

/** Callback logic that tells what it receives, and sends back what a step pokes it with. */
export const port = (world: World, name: string): AnyActorLogic =>
  fromCallback(({ sendBack, receive, input }) => {
    world.say(`${name} opened with ${JSON.stringify(input ?? null)}`)
    receive((event) => world.say(`${name} received ${event.type}`))
    world.onPoke(name, (event) => sendBack(event as never))
    return () => world.say(`${name} closed`)
  }) as unknown as AnyActorLogic

interface Observer {
  next(value: unknown): void
  error(error: unknown): void
  complete(): void
}

/** A subject that a step pokes: with an Error it fails, with undefined it completes, with anything else that is its next value. */
export const subject = (world: World, name: string) => ({
  subscribe(observer: Observer) {
    let open = true
    world.say(`${name} subscribed`)
    world.onPoke(name, (given) => {
      if (!open) return
      open = given !== undefined && !(given instanceof Error)
      if (given instanceof Error) observer.error(given)
      else if (given === undefined) observer.complete()
      else observer.next(given)
    })
    const unsubscribe = (): void => {
      open = false
      world.say(`${name} unsubscribed`)
    }
    return { unsubscribe }
  },
})

export const stream = (world: World, name: string): AnyActorLogic =>
  fromObservable((() => subject(world, name)) as never) as unknown as AnyActorLogic

export const sends = (...types: readonly string[]): readonly Step[] => types.map((type) => ({ send: { type } }))
export const waits = (...milliseconds: readonly number[]): readonly Step[] => milliseconds.map((advance) => ({ advance }))
export const poke = (name: string, given?: unknown): Step => ({ poke: name, with: given })

// XState's actions with the types taken off, because these machines declare none.
export const send = (to: unknown, event: unknown, options?: object): never =>
  sendTo(to as never, event as never, options as never) as never
export const sendUp = (event: unknown, options?: object): never => sendParent(event as never, options as never) as never
export const raised = (event: unknown, options?: object): never => raise(event as never, options as never) as never
export const emitted = (event: unknown): never => emit(event as never) as never
export const cancelled = (id: unknown): never => cancel(id as never) as never
export const logged = (value: unknown, label?: string): never => log(value as never, label) as never
