/**
 * Owns: calling models behind OpenAI-compatible endpoints, through the AI SDK: tries, time-out, cancellation, retries.
 * Does not own: kinds of failures (failed-try), when it is tried again (retry-decision), reading answers (chat-completion), caching.
 * Invariants: MP1, MP2, MP3. OC1 the messages are sent byte for byte as they were given. OC2 the SDK is loaded by the first call, so that a start costs
 * nothing for it. OC3 the SDK neither retries nor logs.
 */

import { type CallOptions, type ModelAnswer, type ModelProvider, type ModelRequest, modelAtProvider } from '#actors'
import type { Json, Sources, Telemetry } from '#runtime'
import { CallScope, type Ended } from './call-scope.ts'
import { type ChatCompletion, readChatCompletion } from './chat-completion.ts'
import { type FailedTry, failedTry } from './failed-try.ts'
import { type CheckedProvider, checkProvider, type ProviderConfig } from './provider-config.ts'
import { sentSettings } from './request-settings.ts'
import { decideRetry } from './retry-decision.ts'

export interface ProviderParts {
  readonly sources: Sources
  readonly telemetry: Telemetry
}

/**
 * A provider behind an OpenAI-compatible endpoint. Every call is told as `model.called`, every further try as `model.retried`.
 *
 * @throws `config.invalid` for a configuration that cannot be called
 * @example
 * const local = openAiCompatible({ name: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1' }, { sources: realSources(), telemetry: silentTelemetry })
 * const answer = await local.call({ model: 'ollama/llama3.2', messages: [{ role: 'user', content: 'Hello' }], settings: {} })
 * console.log(answer.ok ? answer.response.completions[0]?.text : answer.failure.reason)
 */
export function openAiCompatible(config: ProviderConfig, parts: ProviderParts): ModelProvider {
  return new OpenAiCompatible(checkProvider(config), parts)
}

interface Sdk {
  readonly generateText: typeof import('ai').generateText
  readonly model: (id: string) => Parameters<typeof import('ai').generateText>[0]['model']
}

/** The SDK's own name for every endpoint: settings are handed to it under this name. */
const sdkName = 'troupe'

class OpenAiCompatible implements ModelProvider {
  readonly name: string
  readonly description: string
  readonly #config: CheckedProvider
  readonly #parts: ProviderParts
  #sdk: Promise<Sdk> | undefined

  constructor(config: CheckedProvider, parts: ProviderParts) {
    this.name = config.name
    this.description = config.description
    this.#config = config
    this.#parts = parts
  }

  async call(request: ModelRequest, options: CallOptions = {}): Promise<ModelAnswer> {
    const { sources, telemetry } = this.#parts
    const started = sources.clock.monotonic()
    const limit = Math.min(options.deadline ?? this.#config.timeout, this.#config.timeout)
    const scope = new CallScope(sources.clock, limit, options.signal)
    try {
      const answer = await this.#answer(request, options.idempotencyKey, scope, limit, started)
      const usage = answer.ok ? answer.response.usage : {}
      // A count that is not known is no number, which sinks leave out; 0 would be a lie.
      const { inputTokens = Number.NaN, outputTokens = Number.NaN } = usage
      const outcome = answer.ok ? 'ok' : answer.failure.kind
      const spent = sources.clock.monotonic() - started
      telemetry.emit('model.called', { milliseconds: spent, inputTokens, outputTokens }, { model: request.model, outcome })
      return answer
    } finally {
      scope.close()
    }
  }

  async #answer(
    request: ModelRequest,
    key: string | undefined,
    scope: CallScope,
    limit: number,
    started: number,
  ): Promise<ModelAnswer> {
    const { sources, telemetry } = this.#parts
    const { model } = request
    for (let tries = 1; ; tries++) {
      const tried = await this.#try(request, key, scope, limit)
      if ('completions' in tried) {
        const milliseconds = sources.clock.monotonic() - started
        return { ok: true, response: { model: modelAtProvider(model), ...tried, retries: tries - 1, milliseconds } }
      }
      const decision = scope.ended
        ? ({ again: false } as const)
        : decideRetry(tried, tries, scope.left, this.#config, sources.random.next())
      if (!decision.again) return { ok: false, failure: { ...tried, model, tries } }
      telemetry.emit(
        'model.retried',
        { attempt: tries, delay: decision.delay },
        { model, reason: `${tried.kind}: ${tried.reason}` },
      )
      await scope.pause(decision.delay)
      if (scope.ended) return { ok: false, failure: { ...this.#cutOff(scope.ended, limit), model, tries } }
    }
  }

  async #try(
    request: ModelRequest,
    key: string | undefined,
    scope: CallScope,
    limit: number,
  ): Promise<ChatCompletion | FailedTry> {
    const { tryTimeout } = this.#config
    try {
      const body = await scope.during(tryTimeout, (signal) => this.#send(request, key, signal))
      if (body === 'timeout' || body === 'cancelled') return this.#cutOff(body, scope.ended ? limit : tryTimeout)
      const completion = readChatCompletion(body)
      return typeof completion === 'string' ? { kind: 'invalid_response', status: 200, reason: completion } : completion
    } catch (error) {
      return failedTry(error, this.#parts.sources.clock.now())
    }
  }

  #cutOff(ended: Ended, limit: number): FailedTry {
    return ended === 'timeout'
      ? { kind: 'timeout', reason: `no answer within ${Math.round(limit)} ms` }
      : { kind: 'cancelled', reason: 'the call was cancelled' }
  }

  /** One request; the body of its answer as it came. */
  async #send({ model, messages, settings }: ModelRequest, key: string | undefined, signal: AbortSignal): Promise<unknown> {
    const { generateText, model: modelOf } = await this.#load()
    const result = await generateText({
      model: modelOf(modelAtProvider(model)),
      messages: messages.map(({ role, content }) => ({ role, content })),
      allowSystemInMessages: true,
      providerOptions: { [sdkName]: sentSettings(settings) as { [setting: string]: Exclude<Json, readonly Json[]> } },
      maxRetries: 0,
      abortSignal: signal,
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
      include: { responseBody: true },
    })
    return result.response.body
  }

  #load(): Promise<Sdk> {
    this.#sdk ??= this.#import()
    return this.#sdk
  }

  async #import(): Promise<Sdk> {
    const [{ generateText }, { createOpenAICompatible }] = await Promise.all([import('ai'), import('@ai-sdk/openai-compatible')])
    const { baseUrl, apiKey, headers } = this.#config
    const provider = createOpenAICompatible({
      name: sdkName,
      baseURL: baseUrl,
      headers,
      ...(apiKey === undefined ? {} : { apiKey }),
    })
    return { generateText, model: (id) => provider.chatModel(id) }
  }
}
