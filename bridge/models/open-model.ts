/**
 * Owns: the model of an installation: the bundled one, or an endpoint of the user's, opened when it is first called.
 * Does not own: the bundled model (bundled), providers (openai-compatible).
 * Invariants: OM1 nothing is started before the first call, so that commands that call no model do not pay for one. OM2 after `stop` nothing is open.
 */

import { join } from 'node:path'
import {
  type CallOptions,
  type LanguageModel,
  type ModelAnswer,
  type ModelChoice,
  type ModelProvider,
  type ModelRequest,
  Models,
  type PriceTable,
} from '#actors'
import { type Duration, describe, kernelErrors, type Sources, type Telemetry } from '#runtime'
import { bundledDescription, bundledModelName, bundledProvider } from './bundled/bundled-identity.ts'
import { type BundledServer, startBundledModel } from './bundled/bundled-server.ts'
import { openAiCompatible } from './openai-compatible.ts'
import { checkProvider } from './provider-config.ts'

/** An OpenAI-compatible endpoint and the model to use there. */
export interface EndpointModel {
  /** `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  /** The model as the endpoint names it. */
  readonly model: string
  readonly apiKey?: string
  readonly headers?: { readonly [header: string]: string }
  /** Name of the provider in `provider/model`; `endpoint` by default. */
  readonly provider?: string
  readonly timeout?: Duration
  readonly tryTimeout?: Duration
  readonly tries?: number
  /** US dollars per million tokens; without it, costs are unknown. */
  readonly price?: { readonly input: number; readonly output: number; readonly cachedInput?: number }
  /** Whether it takes `response_format`, and a JSON Schema in it; both true by default. */
  readonly responseFormat?: boolean
  readonly responseSchema?: boolean
}

export type ModelConfig = 'bundled' | EndpointModel

export interface OpenModelParts {
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** Where the bundled model keeps its records of answered calls; none are kept without it. */
  readonly folder?: string
}

/** What the model's own server counted. */
export interface ServedCalls {
  /** Calls that were computed, over all runs in this folder. */
  readonly calls: number
  /** Those of them whose request had been computed before. */
  readonly repeated: number
}

export interface OpenModel {
  readonly port: LanguageModel
  readonly choice: ModelChoice
  readonly prices: PriceTable
  /** Undefined for an endpoint: only the bundled model's server can be asked. */
  served(): Promise<ServedCalls | undefined>
  stop(): Promise<void>
}

/**
 * The model that a configuration names.
 *
 * @throws `config.invalid`
 * @example
 * const model = openModel('bundled', { sources: realSources(), telemetry: silentTelemetry })
 * const answer = await model.port.call({ model: model.choice.model, messages: [{ role: 'user', content: 'Hello' }], settings: {} })
 * await model.stop()
 */
export function openModel(config: ModelConfig, parts: OpenModelParts): OpenModel {
  if (config === 'bundled') return new BundledModel(parts)
  if (config === null || typeof config !== 'object') throw invalid('model', '"bundled" or { baseUrl, model }', describe(config))
  return openEndpoint(config, parts)
}

const invalid = (key: string, expected: string, got: string) => kernelErrors.make('config.invalid', { key, expected, got })

function openEndpoint(config: EndpointModel, parts: OpenModelParts): OpenModel {
  const { model, provider = 'endpoint', price, responseFormat = true, responseSchema = true, ...connection } = config
  if (typeof model !== 'string' || model === '') throw invalid('model.model', 'the name of a model', describe(model ?? 'nothing'))
  if (price !== undefined && !Object.values(price).every((dollars) => Number.isFinite(dollars) && dollars >= 0))
    throw invalid('model.price', 'US dollars per million tokens', describe(price))
  const port = new Models([openAiCompatible({ name: provider, ...connection }, parts)])
  const full = `${provider}/${model}`
  return {
    port,
    choice: { model: full, settings: {}, facts: { responseFormat, responseSchema } },
    prices: price === undefined ? {} : { [full]: price },
    served: async () => undefined,
    stop: async () => undefined,
  }
}

class BundledModel implements OpenModel, ModelProvider {
  readonly name = bundledProvider
  readonly description = bundledDescription
  readonly choice: ModelChoice = {
    model: bundledModelName,
    settings: {},
    facts: { responseFormat: true, responseSchema: false },
  }
  readonly prices: PriceTable = { [bundledModelName]: { input: 0, output: 0 } }
  readonly port: LanguageModel
  readonly #parts: OpenModelParts
  #started: Promise<{ readonly server: BundledServer; readonly client: ModelProvider }> | undefined
  #stopped = false

  constructor(parts: OpenModelParts) {
    this.#parts = parts
    this.port = new Models([this])
    checkProvider({ name: bundledProvider, baseUrl: 'http://127.0.0.1' })
  }

  async call(request: ModelRequest, options?: CallOptions): Promise<ModelAnswer> {
    if (this.#stopped) {
      const failure = { kind: 'unreachable', model: request.model, reason: 'the bundled model was stopped', tries: 0 } as const
      return { ok: false, failure }
    }
    try {
      const { client } = await this.#start()
      return await client.call(request, options)
    } catch (error) {
      const reason = error instanceof Error ? error.message : describe(error)
      return { ok: false, failure: { kind: 'unreachable', model: request.model, reason, tries: 0 } }
    }
  }

  async served(): Promise<ServedCalls> {
    const { recorded, repeatedDigests } = (await this.#start()).server.stats()
    return { calls: recorded, repeated: repeatedDigests }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (!this.#started) return
    const { server } = await this.#started
    await server.stop()
  }

  #start() {
    this.#started ??= this.#open()
    return this.#started
  }

  async #open() {
    const { folder, ...parts } = this.#parts
    const server = await startBundledModel({
      sources: parts.sources,
      ...(folder === undefined ? {} : { journal: join(folder, 'bundled-model.jsonl') }),
    })
    const client = openAiCompatible({ name: bundledProvider, baseUrl: server.baseUrl, description: this.description }, parts)
    return { server, client }
  }
}
