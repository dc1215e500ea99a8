/**
 * Owns: the composition root: reads the configuration, builds the ports, starts the platform's tree, stops all of it in reverse.
 * Does not own: any rule; it only joins what the folders offer.
 * Invariants: MA1 nothing global: no signal handler, no environment variable is read, no logger is made unless asked for. MA2 after `stop` no handle
 * is open that Troupe opened; what the host gave (pool, logger) stays the host's. MA3 a start that fails leaves nothing running.
 */

import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { createPlatform, type Datasets, type Platform, type Programs } from '#actors'
import { type ModelConfig, type OpenModel, openModel, runLocalCommand, type Target } from '#bridge'
import {
  type ActorHandle,
  type AnyBehaviour,
  address,
  type Behaviour,
  type DeadLetter,
  type Duration,
  defaultPartitions,
  describe,
  type ExitReason,
  formatAddress,
  ActorHandle as Handle,
  kernelErrors,
  LeaseKeeper,
  type Limits,
  milliseconds,
  nearest,
  ProcessTable,
  partitionHashVersion,
  realSources,
  type Schemas,
  type Sources,
  type Store,
  System,
  silentTelemetry,
  type Telemetry,
} from '#runtime'
import {
  eraseStore,
  inspectStore,
  isFolderPlace,
  isUnused,
  keepCompilerSmall,
  migrateStore,
  openStore,
  type StorePlace,
} from '#store'
import {
  type ChildSpec,
  platformTree,
  type RunningSupervisor,
  type SupervisorSpec,
  startKinds,
  startTree,
  startUnderKinds,
  superviseAll,
} from '#supervisors'
import { combineTelemetry, logSink, Metrics } from '#telemetry'
import packageJson from './package.json' with { type: 'json' }

/** What `createTroupe` is given. Every member is optional. */
export interface TroupeConfig {
  /** The behaviours of the actors that may live here. */
  readonly actors?: readonly AnyBehaviour[]
  /** Where state is kept: a folder (embedded PGlite), `postgres://…`, a `pg` pool of the host's, or `memory`. Default: `./.troupe`. */
  readonly store?: StorePlace | Store
  /** Schema in a Postgres database; `troupe` by default. */
  readonly schema?: string
  /** Name of this node, under which it holds leases. Default: made of the process id and a random part; `embedded` on PGlite. */
  readonly node?: string
  /** Partitions, fixed when an installation is created; 256 by default. */
  readonly partitions?: number
  /** How long a lease lasts without renewal; 10 s by default. */
  readonly lease?: Duration
  /** How long to wait for leases of another owner; twice the lease by default. */
  readonly patience?: Duration
  /** A pino logger to which telemetry goes; none by default. */
  readonly logger?: Logger
  /** Another sink for telemetry. */
  readonly telemetry?: Telemetry
  readonly sources?: Sources
  readonly limits?: Partial<Limits>
  /** The language model of programs that name none: `bundled` (default; not a language model, see the README) or an OpenAI-compatible endpoint. */
  readonly model?: ModelConfig
  /** Restarts that each kind's supervisor allows within 5 s before it gives up; 1,000 by default. */
  readonly intensity?: number
  /** Checks the schemas of volatile local messages too. */
  readonly checkAll?: boolean
}

const keys: { readonly [K in keyof Required<TroupeConfig>]: (value: unknown) => string | undefined } = {
  actors: (v) => (Array.isArray(v) ? undefined : 'a list of behaviours'),
  store: (v) =>
    typeof v === 'string' || (v !== null && typeof v === 'object')
      ? undefined
      : 'a folder, a postgres:// URL, a pg pool or "memory"',
  schema: (v) => (typeof v === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(v) ? undefined : 'a lower-case identifier'),
  node: (v) => (typeof v === 'string' && v.length > 0 && v.length <= 200 ? undefined : 'a name of 1 to 200 characters'),
  partitions: (v) =>
    Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 65_536 ? undefined : 'a whole number from 1 to 65536',
  lease: (v) => duration(v),
  patience: (v) => duration(v),
  logger: (v) => (v !== null && typeof v === 'object' && 'info' in v ? undefined : 'a pino logger'),
  telemetry: (v) => (v !== null && typeof v === 'object' && 'emit' in v ? undefined : 'an object with emit'),
  sources: (v) => (v !== null && typeof v === 'object' && 'clock' in v ? undefined : 'sources such as realSources()'),
  limits: (v) => (v !== null && typeof v === 'object' ? undefined : 'an object of byte counts'),
  model: (v) =>
    v === 'bundled' || (v !== null && typeof v === 'object' && 'baseUrl' in v && 'model' in v)
      ? undefined
      : '"bundled" or { baseUrl, model, apiKey? }',
  intensity: (v) => (Number.isInteger(v) && (v as number) >= 0 ? undefined : 'a whole number of 0 or more'),
  checkAll: (v) => (typeof v === 'boolean' ? undefined : 'true or false'),
}

function duration(value: unknown): string | undefined {
  try {
    milliseconds(value as Duration)
    return undefined
  } catch {
    return 'a duration such as 2000 or "2s"'
  }
}

/** @throws `config.invalid` naming the key, what was expected, what came, and the nearest known name */
export function checkConfig(config: unknown): TroupeConfig {
  if (config === null || typeof config !== 'object') {
    throw kernelErrors.make('config.invalid', { key: '(whole)', expected: 'an object', got: describe(config) })
  }
  for (const [key, value] of Object.entries(config)) {
    if (!Object.hasOwn(keys, key)) {
      const near = nearest(key, Object.keys(keys))
      const expected = `one of ${Object.keys(keys).join(', ')}`
      throw kernelErrors.make('config.invalid', {
        key,
        expected,
        got: describe(value),
        ...(near === undefined ? {} : { nearest: near }),
      })
    }
    const expected = value === undefined ? undefined : keys[key as keyof TroupeConfig](value)
    if (expected !== undefined) throw kernelErrors.make('config.invalid', { key, expected, got: describe(value) })
  }
  return config as TroupeConfig
}

/** Where state is kept when nothing else is said. */
const defaultFolder = './.troupe'

const defaultLimits: Limits = { messageBytes: 1_048_576, snapshotWarnBytes: 262_144, snapshotBytes: 16_777_216 }

interface TroupeParts {
  readonly system: System
  readonly store: Store
  readonly metrics: Metrics
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly node: string
  readonly keeper: LeaseKeeper
  readonly tree: RunningSupervisor
  readonly platform: Platform
  readonly model: OpenModel
  readonly config: TroupeConfig
  readonly ownsStore: boolean
}

/** A running Troupe inside this process. */
export class Troupe {
  readonly system: System
  readonly store: Store
  readonly metrics: Metrics
  readonly sources: Sources
  readonly telemetry: Telemetry
  readonly node: string
  /** Publish, promote and run programs. */
  readonly programs: Programs
  /** Seal data sets and read them. */
  readonly datasets: Datasets
  readonly model: OpenModel
  readonly #keeper: LeaseKeeper
  readonly #tree: RunningSupervisor
  readonly #config: TroupeConfig
  readonly #ownsStore: boolean
  #stopping: Promise<void> | undefined

  constructor(parts: TroupeParts) {
    this.system = parts.system
    this.store = parts.store
    this.metrics = parts.metrics
    this.sources = parts.sources
    this.telemetry = parts.telemetry
    this.node = parts.node
    this.programs = parts.platform.programs()
    this.datasets = parts.platform.datasets()
    this.model = parts.model
    this.#keeper = parts.keeper
    this.#tree = parts.tree
    this.#config = parts.config
    this.#ownsStore = parts.ownsStore
  }

  /**
   * The handle of one actor. Nothing is started: a durable actor starts with its first message, a volatile one with `spawn`.
   *
   * @throws `actor.unknown_kind` when the behaviour was not given to `createTroupe`, `address.invalid`
   */
  actor<M extends Schemas, R>(behaviour: Behaviour<M, R>, key: string): ActorHandle<Behaviour<M, R>> {
    const known = this.system.behaviour(behaviour.kind)
    if (known !== (behaviour as unknown)) {
      throw kernelErrors.make('actor.duplicate_kind', {
        kind: behaviour.kind,
        reason: 'the behaviour given here is not the one that was given to createTroupe',
      })
    }
    return new Handle(this.system, behaviour, address(behaviour.kind, key), this.#config.checkAll ?? false)
  }

  /** Starts a supervisor of the host's own as the youngest child of the platform's tree. @throws `childspec.*`, `child.*` */
  async supervise(id: string, spec: SupervisorSpec): Promise<RunningSupervisor> {
    const context = { processes: this.system.processes, sources: this.sources, telemetry: this.telemetry }
    let running: RunningSupervisor | undefined
    await this.#tree.startChild({
      id,
      type: 'supervisor',
      start: async (starter) => {
        running = await superviseAll(context, spec, { parent: starter.parent, name: id })
        return running ? { started: 'ok', ref: running.target } : { started: 'ignore' }
      },
    })
    return running as RunningSupervisor
  }

  /** A child spec that runs one actor under a supervisor of the host's. */
  child(behaviour: AnyBehaviour, key: string, input?: unknown): Pick<ChildSpec, 'id' | 'start'> {
    return {
      id: formatAddress({ kind: behaviour.kind, key }),
      start: (starter) => this.system.startLife(behaviour, key, input, { parent: starter.parent }),
    }
  }

  /** The root of the supervision tree, for looking at it. */
  get tree(): RunningSupervisor {
    return this.#tree
  }

  deadLetters(filter?: { readonly kind?: string; readonly limit?: number }): Promise<readonly DeadLetter[]> {
    return this.system.deadLetters(filter)
  }

  /** Ends everything in good order: turns under way are committed, leases given up, what Troupe opened is closed. May be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    await this.system.stop()
    await this.#tree.stop({ type: 'shutdown' } satisfies ExitReason)
    await this.#keeper.release()
    await this.model.stop()
    if (this.#ownsStore) await this.store.close()
  }
}

/**
 * Starts Troupe inside this process.
 *
 * @throws `config.invalid`, `actor.duplicate_kind`, `partition.held`, and the store's errors (unreachable, locked, newer, …)
 * @example
 * const troupe = await createTroupe({ actors: [counter], store: 'memory' })
 * const cart = troupe.actor(counter, 'cart-7')
 * await cart.tell({ type: 'add', by: 2 })
 * console.log(await cart.ask({ type: 'get' }, { deadline: '2s' }))
 * await troupe.stop()
 */
export async function createTroupe(given: TroupeConfig = {}): Promise<Troupe> {
  const config = checkConfig(given)
  const sources = config.sources ?? realSources()
  const metrics = new Metrics()
  const sinks = [metrics, ...(config.logger ? [logSink(config.logger)] : []), ...(config.telemetry ? [config.telemetry] : [])]
  const telemetry = combineTelemetry(sinks)
  const target = config.store ?? defaultFolder
  const ownsStore = !isStore(target)
  const store = isStore(target)
    ? target
    : await openStore(target, { sources, telemetry, ...(config.schema === undefined ? {} : { schema: config.schema }) })
  try {
    return await compose(config, { sources, metrics, telemetry, store, ownsStore })
  } catch (error) {
    if (ownsStore) await store.close()
    throw error
  }
}

interface Parts {
  readonly sources: Sources
  readonly metrics: Metrics
  readonly telemetry: Telemetry
  readonly store: Store
  readonly ownsStore: boolean
}

async function compose(config: TroupeConfig, { sources, metrics, telemetry, store, ownsStore }: Parts): Promise<Troupe> {
  const { partitions } = await store.installation({
    partitions: config.partitions ?? defaultPartitions,
    hashVersion: partitionHashVersion,
  })
  const node = config.node ?? (store.name === 'postgres' ? `node-${process.pid}-${sources.ids.next().slice(-6)}` : 'embedded')
  const ttl = milliseconds(config.lease ?? '10s')
  const processes = new ProcessTable(sources)
  const keeper = new LeaseKeeper({ store, sources, telemetry, node, ttl })
  const model = openModel(config.model ?? 'bundled', {
    sources,
    telemetry,
    ...(isFolderPlace(config.store ?? defaultFolder)
      ? { folder: resolve((config.store as string | undefined) ?? defaultFolder) }
      : {}),
  })
  let troupe: Troupe | undefined
  const platform = createPlatform({
    port: () => troupe!,
    sources,
    models: model.port,
    choice: model.choice,
    prices: model.prices,
  })
  const behaviours = [...platform.behaviours, ...(config.actors ?? [])]
  const kinds = behaviours.map((behaviour) => behaviour.kind)
  const system = new System({
    behaviours,
    store,
    sources,
    telemetry,
    node,
    partitions,
    ownership: keeper,
    limits: { ...defaultLimits, ...config.limits },
    processes,
    starter: startUnderKinds(processes),
    checkAll: config.checkAll ?? false,
  })
  try {
    await keeper.claim(
      Array.from({ length: partitions }, (_, i) => i),
      milliseconds(config.patience ?? ttl * 2),
    )
    const tree = await startTree({ processes, sources, telemetry }, platformTree, { actors: startKinds(kinds, config.intensity) })
    troupe = new Troupe({ system, store, metrics, sources, telemetry, node, keeper, tree, platform, model, config, ownsStore })
    await system.start()
    return troupe
  } catch (error) {
    await system.stop()
    await keeper.release()
    throw error
  }
}

function isStore(target: unknown): target is Store {
  return target !== null && typeof target === 'object' && 'commit' in target && 'claim' in target
}

/** A lease of a process that is gone ends in 10 s; who waits longer waits for one that lives. */
const commandPatience = '12s'

/**
 * One command line, as `npx troupe` runs it.
 *
 * @param argv arguments after the name of the program
 */
export function runCommand(argv: readonly string[]): Promise<void> {
  // This process is the command's own, and it runs no other WebAssembly.
  keepCompilerSmall()
  const sources = realSources()
  const schemaOf = ({ schema }: Target) => (schema === undefined ? {} : { schema })
  return runLocalCommand(argv, {
    version: packageJson.version,
    sources,
    open: (target, telemetry) =>
      createTroupe({
        store: target.store,
        sources,
        telemetry,
        patience: commandPatience,
        ...schemaOf(target),
        ...modelOf(target),
      }),
    openStore: (target) => openStore(target.store, { sources, ...schemaOf(target) }),
    choice: (target) => openModel(modelOf(target).model ?? 'bundled', { sources, telemetry: silentTelemetry }).choice,
    migrate: (target) => migrateStore(target.store, { sources, ...schemaOf(target) }),
    inspectStore: (target) => inspectStore(target.store, { sources, ...schemaOf(target) }),
    isUnused: (target) => isFolderPlace(target.store) && isUnused(target.store),
    eraseStore: (target, expendable) => eraseStore(target.store, { sources, ...schemaOf(target) }, expendable),
  })
}

function modelOf({ modelUrl, modelKey, model = 'default' }: Target): Pick<TroupeConfig, 'model'> {
  if (modelUrl === undefined) return {}
  return { model: { baseUrl: modelUrl, model, ...(modelKey === undefined ? {} : { apiKey: modelKey }) } }
}

if (import.meta.main) await runCommand(process.argv.slice(2))
