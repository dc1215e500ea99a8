/**
 * Owns: what the tests of the turn stand on: nodes over a store, a node that dies at once, a store whose calls can be held or failed, and one
 * behaviour that can do everything.
 * Does not own: expectations (tests), the stores (store/).
 * Invariants: a node that was killed writes nothing more, runs no timer and starts nothing, as after SIGKILL.
 */

import { z } from 'zod'
import {
  type AnyBehaviour,
  address,
  type Clock,
  defineActor,
  type ErrorData,
  type Json,
  LeaseKeeper,
  type Limits,
  partitionHashVersion,
  type ReplyToken,
  realSources,
  type Scheduled,
  type Sources,
  type Store,
  System,
  type Telemetry,
  type TelemetryName,
  type TroupeError,
} from '#runtime'
import { MemoryStore } from '#store'
import { waitFor } from '../../support/wait.ts'

export interface Emitted {
  readonly name: TelemetryName
  readonly measurements: { readonly [name: string]: number }
  readonly metadata: { readonly [name: string]: string }
}

export interface LabNode {
  readonly system: System
  readonly keeper: LeaseKeeper
  readonly store: Store
  readonly emitted: Emitted[]
  count(name: TelemetryName): number
  /** Ends it as a process ends at SIGKILL. */
  kill(): void
  stop(): Promise<void>
}

export interface LabOptions {
  readonly node?: string
  readonly partitions?: number
  readonly ttl?: number
  readonly patience?: number
  readonly sources?: Sources
  readonly limits?: Partial<Limits>
  readonly stopPatience?: number
  readonly checkAll?: boolean
}

/** Sources that can be silenced: a killed process fires no timer and takes no turn of the event loop. */
export function mortalSources(real: Sources = realSources()): { readonly sources: Sources; kill(): void } {
  const scheduled = new Set<Scheduled>()
  let dead = false
  const clock: Clock = {
    ...real.clock,
    schedule(delay, run) {
      if (dead) return { cancel: () => undefined }
      const timer = real.clock.schedule(delay, () => {
        scheduled.delete(timer)
        run()
      })
      scheduled.add(timer)
      return {
        cancel() {
          scheduled.delete(timer)
          timer.cancel()
        },
      }
    },
    immediate(run) {
      real.clock.immediate(() => {
        if (!dead) run()
      })
    },
  }
  return {
    sources: { clock, random: real.random, ids: real.ids },
    kill() {
      dead = true
      for (const timer of scheduled) timer.cancel()
    },
  }
}

/** What a test does at a call of the store: nothing, wait, or throw; before the call or after it. */
export interface Tap {
  before?(name: keyof Store, args: readonly unknown[]): void | Promise<void>
  after?(name: keyof Store, result: unknown, args: readonly unknown[]): void | Promise<void>
}

const never = new Promise<never>(() => undefined)

/** `store` with a tap at every call. `sever` cuts it off: calls after that, and answers that are under way, never come. */
export function tapped(store: Store, tap: Tap = {}): { readonly store: Store; sever(): void } {
  let cut = false
  const proxy = new Proxy(store, {
    get(target, name: keyof Store) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        if (cut) return never
        await tap.before?.(name, args)
        if (cut) return never
        const result: unknown = await member.apply(target, args)
        await tap.after?.(name, result, args)
        return cut ? never : result
      }
    },
  })
  return {
    store: proxy,
    sever: () => {
      cut = true
    },
  }
}

/** A node of one process on `given`. */
export async function startNode(
  given: Store,
  behaviours: readonly AnyBehaviour[],
  options: LabOptions = {},
  tap?: Tap,
): Promise<LabNode> {
  const { store, sever } = tapped(given, tap)
  const { sources, kill } = mortalSources(options.sources)
  let killed = false
  const emitted: Emitted[] = []
  const telemetry: Telemetry = { emit: (name, measurements, metadata) => void emitted.push({ name, measurements, metadata }) }
  const wanted = { partitions: options.partitions ?? 8, hashVersion: partitionHashVersion }
  const { partitions } = await given.installation(wanted)
  const node = options.node ?? 'lab'
  const keeper = new LeaseKeeper({ store, sources, telemetry, node, ttl: options.ttl ?? 60_000 })
  const limits = { messageBytes: 100_000, snapshotWarnBytes: 10_000, snapshotBytes: 200_000, ...options.limits }
  const { stopPatience = 5000, checkAll = false } = options
  const system = new System({
    behaviours,
    store,
    sources,
    telemetry,
    node,
    partitions,
    ownership: keeper,
    limits,
    stopPatience,
    checkAll,
  })
  const all = Array.from({ length: partitions }, (_, i) => i)
  try {
    await keeper.claim(all, options.patience ?? 0)
    await system.start()
  } catch (error) {
    await system.stop()
    throw error
  }
  return {
    system,
    keeper,
    store,
    emitted,
    count: (name) => emitted.filter((event) => event.name === name).length,
    kill() {
      killed = true
      sever()
      kill()
    },
    async stop() {
      if (killed) return
      await system.stop()
      await keeper.release()
      kill()
    },
  }
}

export interface LabState {
  readonly n: number
  readonly log: readonly string[]
  readonly kept: ReplyToken | null
}

/** What the effects of a test do; by default they answer with their input. */
export interface Works {
  work(input: Json, signal: AbortSignal): Promise<unknown>
}

const to = z.object({ kind: z.string(), key: z.string() })
const outcome = z.object({ value: z.unknown().optional(), error: z.unknown().optional() })

/** An actor that does on request whatever an actor can do. */
export function labActor(works: Works = { work: async (input) => input }, overrides: Partial<AnyBehaviour> = {}) {
  const behaviour = defineActor({
    kind: 'lab',
    version: 1,
    messages: {
      add: z.object({ by: z.number() }),
      get: z.object({}),
      log: z.object({}),
      boom: z.object({ message: z.string().optional() }),
      note: z.object({ text: z.string() }),
      send: z.object({ to, text: z.string(), times: z.number().max(60).default(1) }),
      forward: z.object({ to, by: z.number() }),
      after: z.object({ id: z.string(), delay: z.number() }),
      cancel: z.object({ id: z.string() }),
      work: z.object({ input: z.unknown() }),
      keep: z.object({}),
      release: z.object({ value: z.number() }),
      answer: z.object({ value: z.unknown() }),
      become: z.object({ value: z.unknown() }),
      grow: z.object({ bytes: z.number().max(100_000) }),
      silent: z.object({}),
      end: z.object({}),
      fact: z.object({ data: z.unknown() }),
    },
    replies: {
      add: z.number(),
      get: z.number(),
      log: z.array(z.string()),
      keep: z.number(),
      answer: z.number(),
      forward: z.number(),
    },
    internal: { tick: z.object({ id: z.string() }), worked: outcome, forwarded: outcome },
    tries: 3,
    effects: { work: (input: Json, { signal }) => works.work(input, signal) },
    logic: {
      initial: (input: { n?: number } | undefined): LabState => ({ n: input?.n ?? 0, log: [], kept: null }),
      transition(state, message, turn): LabState {
        const note = (text: string): LabState => ({ ...state, log: [...state.log, text] })
        if (message.type === 'add') {
          turn.reply(state.n + message.by)
          return { ...state, n: state.n + message.by }
        }
        if (message.type === 'get') turn.reply(state.n)
        else if (message.type === 'log') turn.reply([...state.log])
        else if (message.type === 'note') return note(message.text)
        else if (message.type === 'boom') throw new Error(message.message ?? 'boom')
        else if (message.type === 'send') {
          for (let i = 0; i < message.times; i++)
            turn.tell(message.to, { type: 'note', text: message.times === 1 ? message.text : `${message.text} ${i}` } as never)
        } else if (message.type === 'forward') {
          turn.tell(message.to, { type: 'add', by: message.by } as never, { replyAs: 'forwarded' })
          return { ...state, kept: turn.replyToken() ?? null }
        } else if (message.type === 'forwarded') {
          if (state.kept) {
            if (message.error === undefined) turn.reply(message.value as Json, state.kept)
            else turn.reply(-1, state.kept)
          }
          return { ...note(`forwarded ${(message.error as ErrorData | undefined)?.code ?? message.value}`), kept: null }
        } else if (message.type === 'after') turn.after(message.id, message.delay, { type: 'tick', id: message.id } as never)
        else if (message.type === 'cancel') turn.cancel(message.id)
        else if (message.type === 'tick') return note(`tick ${message.id}`)
        else if (message.type === 'work') turn.effect('work', message.input as Json, 'worked')
        else if (message.type === 'worked')
          return note(message.error === undefined ? `worked ${message.value}` : `failed ${(message.error as ErrorData).message}`)
        else if (message.type === 'keep') return { ...state, kept: turn.replyToken() ?? null }
        else if (message.type === 'release') {
          if (state.kept) turn.reply(message.value, state.kept)
          return { ...state, kept: null }
        } else if (message.type === 'answer') turn.reply(message.value as Json)
        else if (message.type === 'become') return { ...state, kept: message.value as never }
        else if (message.type === 'grow') return note('x'.repeat(message.bytes))
        else if (message.type === 'end') turn.stop()
        else if (message.type === 'fact') turn.fact('lab', message.data as Json)
        return state
      },
    },
  })
  return { ...behaviour, ...overrides } as typeof behaviour
}

/** An empty store in memory, with parallel commits and JSON round trips like a database. */
export const memoryStore = (clock: Clock = realSources().clock): Store => new MemoryStore(clock)

export const lab = (key: string) => address('lab', key)

/** The error that `promise` rejects with. */
export async function failure(promise: Promise<unknown>): Promise<TroupeError> {
  try {
    await promise
  } catch (error) {
    return error as TroupeError
  }
  throw new Error('it did not fail')
}

/** Resolves when the sweeps for idle actors have let two others go, so that a test may say who was allowed to stay. */
export async function idleActorsWent(at: LabNode): Promise<void> {
  for (const name of ['idle-1', 'idle-2']) {
    await at.system.tell(lab(name), { type: 'add', by: 1 } as never)
    await waitFor(`${name} to leave`, async () => !(await at.system.lookup(lab(name)))?.living)
  }
}
