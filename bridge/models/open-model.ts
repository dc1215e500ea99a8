/**
 * Owns: the model that a Troupe uses by its configuration: the bundled one, started here, or an endpoint of the user's.
 * Does not own: calls (provider-model), the bundled model itself (bundled-server).
 * Invariants: OM1 what was started here is stopped by `stop`, nothing else is.
 */

import { join } from 'node:path'
import type { LanguageModel, ModelChoice, PriceTable } from '#actors'
import type { Sources, Telemetry } from '#runtime'
import { bundledDescription, type RunningBundledModel, startBundledModel } from './bundled-server.ts'
import { createProviderModel, type ProviderConfig } from './provider-model.ts'
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
  /** The bundled model, when that is the one. */
  readonly bundled: RunningBundledModel | undefined
  stop(): Promise<void>
}

export interface OpenModelOptions {
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Where the bundled model logs its requests; without it, it does not. */
  readonly folder?: string
  /** Milliseconds that the bundled model takes for an answer at least; default 0. */
  readonly latencyMs?: number
}

/** Name of the request log in a folder. */
export const requestLogName = 'model-requests.jsonl'

/**
 * Opens the configured model. The bundled one listens when it is first called.
 *
 * @throws `model.config`
 * @example const model = openModel('bundled', { sources, telemetry }); await model.port.call(request); await model.stop()
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
    stop: () => Promise.resolve(),
  }
}

function openBundled({ sources, telemetry, folder, latencyMs }: OpenModelOptions): OpenModel {
  const model = 'troupe/naive-bayes'
  let started: Promise<{ readonly server: RunningBundledModel; readonly port: LanguageModel }> | undefined
  let server: RunningBundledModel | undefined
  const start = async () => {
    server = await startBundledModel({
      sources,
      ...(folder === undefined ? {} : { countFile: join(folder, requestLogName) }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
    })
    return { server, port: createProviderModel({ sources, telemetry, providers: { troupe: { baseUrl: server.baseUrl } } }) }
  }
  const port: LanguageModel = {
    description: bundledDescription,
    async call(request, call) {
      started ??= start()
      return (await started).port.call(request, call)
    },
  }
  return {
    port,
    choice: { model, settings: { temperature: 0 }, facts: { responseFormat: false, responseSchema: false } },
    prices: { [model]: { input: 0, output: 0 } },
    get bundled() {
      return server
    },
    async stop() {
      // A start that failed was told to its caller; there is nothing to stop then.
      if (started)
        await started.then(
          ({ server: running }) => running.stop(),
          () => undefined,
        )
    },
  }
}
