/**
 * Owns: the AI SDK and its provider of each endpoint, loaded when the first call is made.
 * Does not own: calls (provider-model).
 * Invariants: SE1 who makes no call does not load the SDK: it takes a tenth of a second and 30 MB.
 */

import type { OpenAICompatibleProvider } from '@ai-sdk/openai-compatible'
import type { ProviderConfig } from './provider-config.ts'

/**
 * The name under which every endpoint is known to the SDK, whatever the user calls it: the SDK hands the settings under it on as they are, and
 * warns on the console of names that it would spell otherwise.
 */
export const sdkName = 'troupe'

export class SdkEndpoints {
  readonly #configs: { readonly [name: string]: ProviderConfig }
  readonly #providers = new Map<string, OpenAICompatibleProvider>()

  constructor(configs: { readonly [name: string]: ProviderConfig }) {
    this.#configs = configs
  }

  /**
   * What a call needs: the SDK's function and its model.
   *
   * @param name of a provider that was configured
   * @param model as the provider names it
   */
  async open(name: string, model: string) {
    const [{ generateText }, { createOpenAICompatible }] = await Promise.all([import('ai'), import('@ai-sdk/openai-compatible')])
    let provider = this.#providers.get(name)
    if (!provider) {
      const { baseUrl, apiKey, headers } = this.#configs[name]!
      provider = createOpenAICompatible({
        name: sdkName,
        baseURL: baseUrl.replace(/\/+$/, ''),
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(headers === undefined ? {} : { headers: { ...headers } }),
      })
      this.#providers.set(name, provider)
    }
    return { generateText, model: provider.chatModel(model) }
  }
}
