/**
 * Owns: the composition root: reads the configuration, builds the ports, starts the platform's tree, stops all of it in reverse.
 * Does not own: any rule, and what a configuration may say (troupe-config); it only joins what the folders offer.
 * Invariants: MA1 nothing global: no signal handler, no environment variable is read, no logger is made unless asked for. MA2 after `stop` no handle
 * is open that Troupe opened; what the host gave (pool, logger) stays the host's. MA3 a start that fails leaves nothing running.
 */

import { resolve } from 'node:path'
import { createPlatform, type Datasets, type Platform, type Programs } from '#actors'
import { actorsIn, type OpenModel, openModel, runLocalCommand, type Target } from '#bridge'
import {
  type ActorHandle,
  type AnyBehaviour,
  address,
  type Behaviour,
  type DeadLetter,
  defaultPartitions,
  type ExitReason,
  formatAddress,
  ActorHandle as Handle,
  kernelErrors,
  LeaseKeeper,
  type Limits,
  milliseconds,
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
import { eraseStore, inspectStore, isFolderPlace, isUnused, keepCompilerSmall, migrateStore, openStore } from '#store'
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
import { checkConfig, type TroupeConfig } from './troupe-config.ts'

export { checkConfig, type TroupeConfig } from './troupe-config.ts'

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
  const { schema, durability } = config
  const store = isStore(target)
    ? target
    : await openStore(target, {
        sources,
        telemetry,
        ...(schema === undefined ? {} : { schema }),
        ...(durability === undefined ? {} : { durability }),
      })
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
  let tree: RunningSupervisor | undefined
  try {
    await keeper.claim(
      Array.from({ length: partitions }, (_, i) => i),
      milliseconds(config.patience ?? ttl * 2),
    )
    tree = await startTree({ processes, sources, telemetry }, platformTree, { actors: startKinds(kinds, config.intensity) })
    troupe = new Troupe({ system, store, metrics, sources, telemetry, node, keeper, tree, platform, model, config, ownsStore })
    await system.start()
    return troupe
  } catch (error) {
    await system.stop()
    await tree?.stop({ type: 'shutdown' })
    await keeper.release()
    await model.stop()
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
    open: async (target, telemetry) =>
      createTroupe({
        actors: await actorsIn(target.actors),
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

// Not awaited, because a module of --actors imports this one, which would then wait for itself.
if (import.meta.main) void runCommand(process.argv.slice(2))
