/**
 * Owns: which requests are the same: the canonical text of a request and its hash, equal to those of DSPy's cache.
 * Does not own: the cache.
 * Invariants: RK1 the order of keys does not matter. RK2 connection settings (keys, addresses) are not part of a request, everything else is.
 */

import { createHash } from 'node:crypto'
import type { Json } from '#runtime'
import type { ModelRequest } from './language-model.ts'
import { exactNumber, pyFloat } from './python-value.ts'

const connection: ReadonlySet<string> = new Set(['api_key', 'api_base', 'base_url'])
/** Settings that are floats in Python even when they are whole; a whole number given as an integer there is `{ $int: '0' }`. */
const floats: ReadonlySet<string> = new Set(['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'])

/**
 * The canonical JSON text of DSPy's idea of a request: model, messages and settings in one object, unset defaults as null.
 *
 * @example canonicalParameters({ b: 1, a: { d: null, c: 'x' } }) // '{"a":{"c":"x","d":null},"b":1}'
 */
export function canonicalRequest(request: ModelRequest): string {
  return canonicalParameters({
    temperature: null,
    max_tokens: null,
    ...request.settings,
    model: request.model,
    messages: request.messages as unknown as Json,
    _fn_identifier: 'dspy.clients.lm.litellm_completion',
  })
}

/** The canonical text of parameters that are already together in one object. */
export function canonicalParameters(parameters: { readonly [name: string]: Json | undefined }): string {
  const kept = Object.entries(parameters).filter(([name]) => !connection.has(name))
  return write(Object.fromEntries(kept), undefined)
}

function write(value: Json | undefined, name: string | undefined): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'number') return name !== undefined && floats.has(name) ? shortFloat(value) : numberText(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  const exact = exactNumber(value)
  if (exact !== undefined) return typeof exact === 'bigint' ? String(exact) : shortFloat(exact)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, undefined)).join(',')}]`
  const entries = Object.entries(value as { readonly [key: string]: Json | undefined }).filter(
    ([, member]) => member !== undefined,
  )
  entries.sort(([a], [b]) => byCodePoint(a, b))
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${write(member, key)}`).join(',')}}`
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : shortFloat(value)
}

/** A float as orjson writes it: `1e16`, `1e-7`, `1.0`. */
function shortFloat(value: number): string {
  return Number.isFinite(value) ? pyFloat(value).replace(/e\+?(-?)0*/, 'e$1') : 'null'
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** SHA-256 (hex) of the canonical text: equal requests have equal keys. */
export function requestKey(request: ModelRequest): string {
  return keyOf(canonicalRequest(request))
}

export function keyOf(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex')
}
