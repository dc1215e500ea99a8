/**
 * Owns: the configuration of a provider, checked.
 * Does not own: where it comes from (composition root, command line).
 * Invariants: PC1 a configuration that passed the check can be called. PC2 no error names a key.
 */

import { type Duration, describe, kernelErrors, milliseconds, nearest } from '#runtime'

/** An OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, the llama.cpp server, and many more. */
export interface ProviderConfig {
  /** Its name in `provider/model`: lower-case letters, digits, `-` and `_`. */
  readonly name: string
  /** Where `/chat/completions` is appended: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  /** Sent as `Authorization: Bearer …`. */
  readonly apiKey?: string
  /** Sent with every call, such as an organization. */
  readonly headers?: { readonly [header: string]: string }
  /** What it is, in one line, for lists. Default: its base URL. */
  readonly description?: string
  /** How long a call may take in all, tries and waits included; `2m` by default. */
  readonly timeout?: Duration
  /** How long one try may take; as long as the call by default. */
  readonly tryTimeout?: Duration
  /** Tries of one call at most, the first included; 4 by default. */
  readonly tries?: number
  /** Wait before the second try; doubled before each further one, with jitter. `500ms` by default. */
  readonly backoff?: Duration
  /** The longest wait; a provider that asks for a longer one is not waited for. `30s` by default. */
  readonly backoffLimit?: Duration
}

type Check = (value: unknown) => string | undefined

const duration: Check = (value) => {
  try {
    return milliseconds(value as Duration) > 0 ? undefined : 'a duration above 0'
  } catch {
    // What it threw says less than the key's name, which the caller adds.
    return 'a duration such as 2000 or "2s"'
  }
}
// A key with a line end or a letter outside of ASCII cannot be sent in a header.
const headerText = /^[\x20-\x7e]+$/

const checks: { readonly [K in keyof Required<ProviderConfig>]: Check } = {
  name: (v) => (typeof v === 'string' && /^[a-z0-9][a-z0-9_-]*$/.test(v) ? undefined : 'lower-case letters, digits, - and _'),
  baseUrl: (v) => (typeof v === 'string' && isHttp(v) ? undefined : 'an http:// or https:// URL without query'),
  apiKey: (v) => (typeof v === 'string' && headerText.test(v.trim()) ? undefined : 'a key of printable ASCII characters'),
  headers: (v) =>
    v !== null &&
    typeof v === 'object' &&
    Object.entries(v).every(([name, text]) => /^[\w-]+$/.test(name) && typeof text === 'string' && headerText.test(text))
      ? undefined
      : 'an object of texts by header',
  description: (v) => (typeof v === 'string' ? undefined : 'a text'),
  timeout: duration,
  tryTimeout: duration,
  tries: (v) => (Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 100 ? undefined : 'a whole number from 1 to 100'),
  backoff: duration,
  backoffLimit: duration,
}
const required: ReadonlySet<string> = new Set(['name', 'baseUrl'])
const secret: ReadonlySet<string> = new Set(['apiKey', 'headers'])

function isHttp(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && search === '' && hash === ''
}

/** A configuration with all defaults, durations in milliseconds. */
export interface CheckedProvider {
  readonly name: string
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly headers: { readonly [header: string]: string }
  readonly description: string
  readonly timeout: number
  readonly tryTimeout: number
  readonly tries: number
  readonly backoff: number
  readonly backoffLimit: number
}

/** @throws `config.invalid` naming the key, what was expected and what came */
export function checkProvider(config: ProviderConfig): CheckedProvider {
  const entries = { ...Object.fromEntries([...required].map((key) => [key, undefined])), ...config }
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined && !required.has(key)) continue
    const known = Object.hasOwn(checks, key)
    const expected = known ? checks[key as keyof ProviderConfig](value) : `one of ${Object.keys(checks).join(', ')}`
    if (expected === undefined) continue
    const near = known ? undefined : nearest(key, Object.keys(checks))
    const got = value === undefined ? 'nothing' : secret.has(key) || !known ? `a ${typeof value}` : describe(value)
    throw kernelErrors.make('config.invalid', {
      key: `model.${key}`,
      expected,
      got,
      ...(near === undefined ? {} : { nearest: near }),
    })
  }
  const timeout = milliseconds(config.timeout ?? '2m')
  return {
    name: config.name,
    baseUrl: config.baseUrl.replace(/\/+$/, ''),
    apiKey: config.apiKey?.trim(),
    headers: config.headers ?? {},
    description: config.description ?? config.baseUrl,
    timeout,
    tryTimeout: config.tryTimeout === undefined ? timeout : milliseconds(config.tryTimeout),
    tries: config.tries ?? 4,
    backoff: milliseconds(config.backoff ?? 500),
    backoffLimit: milliseconds(config.backoffLimit ?? '30s'),
  }
}
