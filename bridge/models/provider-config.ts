/**
 * Owns: the configuration of an endpoint.
 * Does not own: calls (provider-model), which model of it is used (open-model).
 */

/** An OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, llama.cpp's server … */
export interface ProviderConfig {
  /** Up to and with `/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly headers?: { readonly [name: string]: string }
}
