/**
 * Owns: the model that a Troupe uses by its configuration: the bundled one, started here, or an endpoint of the user's.
 * Does not own: calls (provider-model), the bundled model itself (bundled-server).
 * Invariants: MP2. OM1 what was started here is stopped by `stop`, nothing else is. OM2 nothing is started before the first call, and nothing after
 * `stop`.
 */

import { join } from 'node:path'
import type { CallOptions, LanguageModel, ModelAnswer, ModelChoice, ModelRequest, PriceTable } from '#actors'
import { errorData, type Sources, type Telemetry } from '#runtime'
import { bundledDescription, type RunningBundledModel, startBundledModel } from './bundled-server.ts'
import { modelErrors } from './model-errors.ts'
import type { ProviderConfig } from './provider-config.ts'
import { createProviderModel } from './provider-model.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** An OpenAI-compatible endpoint, or the bundled model. */
export type ModelConfig =
  | 'bundled'
  | (ProviderConfig & {
      /** As the provider names it. */
      readonly model: string
      readonly prices?: PriceTable
      readonly retry?: Partial<RetryPolicy>
      /** Milliseconds that a call may take in all; default 120,000. */
      readonly timeout?: number
      /** What it can do with response formats; default: nothing, which every endpoint can. */
      readonly responseFormat?: boolean
      readonly responseSchema?: boolean
    })

export interface OpenModel {
  readonly port: LanguageModel
  readonly choice: ModelChoice
  readonly prices: PriceTable
  /** The bundled model, when that is the one and it was called. */
  readonly bundled: RunningBundledModel | undefined
  /** Undefined for an endpoint: what was paid there is not ours to count. @throws errors of starting the bundled model */
  served(): Promise<ServedCalls | undefined>
  stop(): Promise<void>
}

export interface OpenModelOptions {
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Where the bundled model keeps its journal; without it, in memory. */
  readonly folder?: string
  /** Milliseconds that the bundled model takes for an answer at least; default 0. */
  readonly latencyMs?: number
}

/** What the bundled model's server counted, over all runs in the folder. */
export interface ServedCalls {
  /** Calls that were computed; answers from its journal are none. */
  readonly calls: number
  /** Those of them that had been computed before under the same key. */
  readonly repeated: number
}

/** Name of the bundled model's journal in a folder. */
export const journalName = 'bundled-model.jsonl'

/**
 * Opens the configured model. The bundled one listens when it is first called.
 *
 * @throws `model.config`
 * @example const model = openModel('bundled', { sources, telemetry: silentTelemetry }); await model.stop()
 */
export function openModel(config: ModelConfig, options: OpenModelOptions): OpenModel {
  return config === 'bundled' ? openBundled(options) : openEndpoint(config, options)
}

function openEndpoint(config: Exclude<ModelConfig, 'bundled'>, { sources, telemetry }: OpenModelOptions): OpenModel {
  const provider = 'openai'
  const port = createProviderModel({
    sources,
    telemetry,
    providers: { [provider]: config },
    description: `${config.model} at ${config.baseUrl}`,
    ...(config.retry === undefined ? {} : { retry: config.retry }),
    ...(config.timeout === undefined ? {} : { timeout: config.timeout }),
  })
  const facts = { responseFormat: config.responseFormat ?? false, responseSchema: config.responseSchema ?? false }
  return {
    port,
    choice: { model: `${provider}/${config.model}`, settings: {}, facts },
    prices: config.prices ?? {},
    bundled: undefined,
    served: () => Promise.resolve(undefined),
    stop: () => Promise.resolve(),
  }
}

function openBundled(options: OpenModelOptions): OpenModel {
  const bundled = new BundledInstallation(options)
  const model = 'troupe/naive-bayes'
  return {
    port: bundled,
    choice: { model, settings: { temperature: 0 }, facts: { responseFormat: false, responseSchema: false } },
    prices: { [model]: { input: 0, output: 0 } },
    get bundled() {
      return bundled.server
    },
    served: () => bundled.served(),
    stop: () => bundled.stop(),
  }
}

interface Started {
  readonly server: RunningBundledModel
  readonly port: LanguageModel
}

/** The bundled model, which listens when it is first called. */
class BundledInstallation implements LanguageModel {
  readonly description = bundledDescription
  readonly #options: OpenModelOptions
  #started: Promise<Started> | undefined
  #stopped = false
  server: RunningBundledModel | undefined

  constructor(options: OpenModelOptions) {
    this.#options = options
  }

  async call(request: ModelRequest, options: CallOptions = {}): Promise<ModelAnswer> {
    let started: Started
    try {
      started = await this.#start()
    } catch (error) {
      const { message } = errorData(error)
      return { ok: false, failure: { kind: 'unreachable', model: request.model, reason: message, tries: 0 } }
    }
    return started.port.call(request, options)
  }

  async served(): Promise<ServedCalls> {
    const { recorded, repeatedKeys } = (await this.#start()).server.stats()
    return { calls: recorded, repeated: repeatedKeys }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    // A start that fails is told to its caller; there is nothing to stop then.
    const started = await this.#started?.catch(() => undefined)
    await started?.server.stop()
  }

  #start(): Promise<Started> {
    if (this.#stopped) return Promise.reject(modelErrors.make('model.stopped', { model: bundledDescription }))
    this.#started ??= this.#open().catch((error: unknown) => {
      // Forgotten, so that the next call tries again: the disk may have space then.
      this.#started = undefined
      throw error
    })
    return this.#started
  }

  async #open(): Promise<Started> {
    const { sources, telemetry, folder, latencyMs } = this.#options
    const server = await startBundledModel({
      sources,
      ...(folder === undefined ? {} : { journal: join(folder, journalName) }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
    })
    this.server = server
    return { server, port: createProviderModel({ sources, telemetry, providers: { troupe: { baseUrl: server.baseUrl } } }) }
  }
}
