/**
 * Owns: the port to language models over OpenAI-compatible endpoints, through the AI SDK: one call with its tries, waits, time-out and cancellation.
 * Does not own: when a try is repeated (retry-policy), kinds of failures (failure-kind).
 * Invariants: MP1, MP2. PM1 the SDK's own retries are never used, so that tries are counted once. PM2 `rollout_id` never reaches a provider.
 * PM3 messages are sent byte for byte as they were given.
 */

import type {
  CallOptions,
  Completion,
  FinishReason,
  LanguageModel,
  ModelAnswer,
  ModelFailure,
  ModelRequest,
  ModelResponse,
  Usage,
} from '#actors'
import { describe, type Sources, type Telemetry } from '#runtime'
import { type Classified, classify } from './failure-kind.ts'
import { modelErrors } from './model-errors.ts'
import type { ProviderConfig } from './provider-config.ts'
import { sentSettings } from './request-settings.ts'
import { decideRetry, defaultRetryPolicy, type RetryPolicy } from './retry-policy.ts'
import { SdkEndpoints, sdkName } from './sdk-endpoints.ts'

export interface ProviderModelOptions {
  readonly sources: Sources
  readonly telemetry: Telemetry
  /** By name: the part of a request's model before the first `/`. */
  readonly providers: { readonly [name: string]: ProviderConfig }
  readonly retry?: Partial<RetryPolicy>
  /** Milliseconds that a call may take in all when it has no deadline of its own; default 120,000. */
  readonly timeout?: number
  readonly description?: string
}

const defaultTimeout = 120_000

/**
 * The language models of some providers.
 *
 * @throws `model.config`
 * @example createProviderModel({ sources: realSources(), telemetry: silentTelemetry, providers: { ollama: { baseUrl: 'http://localhost:11434/v1' } } })
 */
export function createProviderModel(options: ProviderModelOptions): LanguageModel {
  for (const [name, { baseUrl }] of Object.entries(options.providers)) checkUrl(name, baseUrl)
  const endpoints = new SdkEndpoints(options.providers)
  const names = Object.keys(options.providers).join(', ')
  return {
    description: options.description ?? `OpenAI-compatible endpoints: ${names}`,
    call: (request, call = {}) => new Call(options, endpoints, request, call).run(),
  }
}

function checkUrl(name: string, baseUrl: string): void {
  if (URL.canParse(baseUrl) && /^https?:$/.test(new URL(baseUrl).protocol)) return
  throw modelErrors.make('model.config', {
    key: `${name}.baseUrl`,
    expected: 'an address such as http://localhost:11434/v1',
    got: describe(baseUrl),
  })
}

/** One call: its tries, until one answers or none may follow. */
class Call {
  readonly #options: ProviderModelOptions
  readonly #endpoints: SdkEndpoints
  readonly #request: ModelRequest
  readonly #call: CallOptions
  readonly #start: number
  readonly #abort = new AbortController()
  #ended: 'timeout' | 'cancelled' | undefined

  constructor(options: ProviderModelOptions, endpoints: SdkEndpoints, request: ModelRequest, call: CallOptions) {
    this.#options = options
    this.#endpoints = endpoints
    this.#request = request
    this.#call = call
    this.#start = options.sources.clock.monotonic()
  }

  async run(): Promise<ModelAnswer> {
    const { clock } = this.#options.sources
    const limit = this.#limit
    const end = (why: 'timeout' | 'cancelled') => {
      this.#ended ??= why
      this.#abort.abort()
    }
    const cancel = () => end('cancelled')
    const { signal } = this.#call
    if (signal?.aborted) cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    const timer = clock.schedule(limit, () => end('timeout'))
    try {
      const answer = await this.#tries()
      this.#report(answer)
      return answer
    } finally {
      timer.cancel()
      signal?.removeEventListener('abort', cancel)
    }
  }

  get #limit(): number {
    return this.#call.deadline ?? this.#options.timeout ?? defaultTimeout
  }

  get #elapsed(): number {
    return this.#options.sources.clock.monotonic() - this.#start
  }

  async #tries(): Promise<ModelAnswer> {
    const [provider, name] = splitModel(this.#request.model)
    const { providers } = this.#options
    if (!Object.hasOwn(providers, provider) || name === '') {
      const known = Object.keys(providers).join(', ')
      return this.#failure(
        { kind: 'refused', reason: `there is no provider for ${describe(this.#request.model)}; known are: ${known || 'none'}` },
        0,
      )
    }
    for (let tries = 1; ; tries++) {
      const outcome = await this.#try(provider, name)
      if ('completions' in outcome) return { ok: true, response: { ...outcome, retries: tries - 1, milliseconds: this.#elapsed } }
      const decision = this.#decide(outcome, tries)
      if (!decision.retry) return this.#failure(outcome, tries)
      const { model: modelName } = this.#request
      this.#options.telemetry.emit(
        'model.retried',
        { attempt: tries, delay: decision.delay },
        { model: modelName, reason: `${outcome.kind}: ${outcome.reason}` },
      )
      await this.#pause(decision.delay)
      if (this.#ended) return this.#failure(this.#endedFailure(), tries)
    }
  }

  #decide(failure: Classified, tries: number) {
    const policy = { ...defaultRetryPolicy, ...this.#options.retry }
    return decideRetry(policy, failure, tries, this.#ended ? 0 : this.#limit - this.#elapsed, this.#options.sources.random.next())
  }

  async #try(provider: string, name: string): Promise<Pick<ModelResponse, 'model' | 'completions' | 'usage'> | Classified> {
    try {
      if (this.#ended) return this.#endedFailure()
      const count = typeof this.#request.settings.n === 'number' ? this.#request.settings.n : 1
      const completions: Completion[] = []
      let usage: Usage | undefined
      let named = this.#request.model
      // The SDK asks for one completion a call, so several are several calls.
      for (let at = 0; at < count; at++) {
        const result = await this.#generate(provider, name, at)
        if (result.completion.finishReason === 'content_filter' && result.completion.text === '')
          return { kind: 'refused', reason: 'the provider filtered the answer' }
        completions.push(result.completion)
        usage = usage ? added(usage, result.usage) : result.usage
        named = result.model ?? named
      }
      return { model: named, completions, usage: usage ?? {} }
    } catch (thrown) {
      return this.#ended ? this.#endedFailure() : classify(thrown, this.#options.sources.clock.now())
    }
  }

  async #generate(provider: string, name: string, at: number) {
    const { messages, settings } = this.#request
    const key = this.#call.idempotencyKey
    const { generateText, model } = await this.#endpoints.open(provider, name)
    const result = await generateText({
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      allowSystemInMessages: true,
      providerOptions: { [sdkName]: sentSettings(settings) },
      maxRetries: 0,
      abortSignal: this.#abort.signal,
      ...(key === undefined ? {} : { headers: { 'Idempotency-Key': at === 0 ? key : `${key}-${at}` } }),
    })
    return {
      completion: { text: result.text, finishReason: finishReasons[result.finishReason] ?? 'other' },
      usage: readUsage(result.usage.raw),
      model: result.response.modelId,
    }
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.sources.clock.schedule(delay, resolve)
      this.#abort.signal.addEventListener(
        'abort',
        () => {
          timer.cancel()
          resolve()
        },
        { once: true },
      )
    })
  }

  #endedFailure(): Classified {
    return this.#ended === 'cancelled'
      ? { kind: 'cancelled', reason: 'the caller cancelled it' }
      : { kind: 'timeout', reason: `it took more than ${this.#limit} ms` }
  }

  #failure(failure: Classified, tries: number): ModelAnswer {
    return { ok: false, failure: { ...failure, model: this.#request.model, tries } satisfies ModelFailure }
  }

  #report(answer: ModelAnswer): void {
    // Telemetry sums tokens; a count that is not known adds nothing.
    const usage = answer.ok ? answer.response.usage : {}
    this.#options.telemetry.emit(
      'model.called',
      { milliseconds: this.#elapsed, inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 },
      { model: this.#request.model, outcome: answer.ok ? 'answered' : answer.failure.kind },
    )
  }
}

function splitModel(model: string): readonly [provider: string, name: string] {
  const at = model.indexOf('/')
  return at < 0 ? [model, ''] : [model.slice(0, at), model.slice(at + 1)]
}

const finishReasons: { readonly [reason: string]: FinishReason } = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
}

/** The counts that the provider itself gave; the SDK's own put 0 for what is not known. */
function readUsage(raw: unknown): Usage {
  const given = (raw ?? {}) as { readonly [name: string]: unknown }
  const part = (name: string) => (given[name] ?? {}) as { readonly [name: string]: unknown }
  const counts: { readonly [K in keyof Usage]-?: unknown } = {
    inputTokens: given.prompt_tokens,
    outputTokens: given.completion_tokens,
    cachedInputTokens: part('prompt_tokens_details').cached_tokens,
    reasoningTokens: part('completion_tokens_details').reasoning_tokens,
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count)))
}

function added(a: Usage, b: Usage): Usage {
  const names = Object.keys(a) as (keyof Usage)[]
  return Object.fromEntries(names.filter((name) => b[name] !== undefined).map((name) => [name, a[name]! + b[name]!]))
}
