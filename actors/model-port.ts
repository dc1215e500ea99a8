/**
 * Owns: the port to language models, and which provider a request goes to.
 * Does not own: what is said (cognition/language-model), providers (bridge/models), errors of failures (model-errors).
 * Invariants: MP1 a call settles once, at its deadline at the latest. MP2 it never rejects: whatever goes wrong is a failure as data. MP3 the
 * same idempotency key tells a provider that it is asked the same again.
 */

import { nearest } from '#runtime'
import type { ModelRequest } from './cognition/language-model.ts'
import type { ModelAnswer } from './cognition/predict.ts'
import { modelErrors } from './model-errors.ts'

export interface CallOptions {
  /** Cancels the call: it settles with the kind `cancelled`. */
  readonly signal?: AbortSignal
  /** Milliseconds that the call may take in all, retries and waits included. Without it, the model's own limit holds. */
  readonly deadline?: number
  /** Tells the provider which request it is, so that one that was answered before a crash is not computed again, where the provider can do that. */
  readonly idempotencyKey?: string
}

export interface LanguageModel {
  /** What it is, in one line: shown in every list. */
  readonly description: string
  call(request: ModelRequest, options?: CallOptions): Promise<ModelAnswer>
}

/** A model, or several, under one name: the part of `provider/model` before the first slash. */
export interface ModelProvider extends LanguageModel {
  readonly name: string
}

/** The model's name at its provider: what follows the first slash of `provider/model`. */
export function modelAtProvider(model: string): string {
  return model.slice(model.indexOf('/') + 1)
}

/**
 * All providers of an installation, as one model.
 *
 * @example
 * const models = new Models([local, remote])
 * const answer = await models.call({ model: 'local/small', messages: [{ role: 'user', content: 'Hello' }], settings: {} })
 */
export class Models implements LanguageModel {
  readonly #providers: ReadonlyMap<string, ModelProvider>

  /** Of two providers with one name the later one counts. */
  constructor(providers: readonly ModelProvider[]) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]))
  }

  get description(): string {
    return [...this.#providers.values()].map(({ name, description }) => `${name}: ${description}`).join('; ')
  }

  /** All providers, in the order given. */
  get providers(): readonly ModelProvider[] {
    return [...this.#providers.values()]
  }

  /** Sends a request to the provider that the model's name begins with; without such a provider it fails as `refused`, after no try. */
  async call(request: ModelRequest, options: CallOptions = {}): Promise<ModelAnswer> {
    const { model } = request
    const provider = this.#find(model)
    if (provider) return provider.call(request, options)
    const { message, remedy } = this.#unknown(model)
    return { ok: false, failure: { kind: 'refused', model, reason: `${message} ${remedy}`, tries: 0 } }
  }

  /** @throws `model.unknown` */
  provider(model: string): ModelProvider {
    const found = this.#find(model)
    if (!found) throw this.#unknown(model)
    return found
  }

  #find(model: string): ModelProvider | undefined {
    const slash = model.indexOf('/')
    return slash < 1 || slash === model.length - 1 ? undefined : this.#providers.get(model.slice(0, slash))
  }

  #unknown(model: string) {
    const [first = '', ...rest] = model.split('/')
    const names = [...this.#providers.keys()]
    const near = nearest(first, names)
    return modelErrors.make('model.unknown', {
      model,
      known: names.join(', '),
      ...(near === undefined || near === first ? {} : { nearest: [near, ...rest].join('/') }),
    })
  }
}
