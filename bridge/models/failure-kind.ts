/**
 * Owns: what kind of failure an error of a provider is.
 * Does not own: what is done about it (retry-policy).
 * Invariants: FK1 every thrown value has a kind. FK2 reasons never hold keys or prompts: only the status and what the provider says.
 */

import type { FailureKind, ModelFailure } from '#actors'

export type Classified = Pick<ModelFailure, 'kind' | 'reason' | 'status' | 'retryAfter'>

const byStatus: { readonly [status: number]: FailureKind } = {
  401: 'unauthorized',
  402: 'unauthorized',
  403: 'unauthorized',
  408: 'timeout',
  413: 'context_length',
  425: 'rate_limited',
  429: 'rate_limited',
  504: 'timeout',
  529: 'rate_limited',
}
const tooLong = /context[_ ]length|context window|maximum context|too many tokens|prompt is too long|reduce the length/i
const reasonLimit = 300

/**
 * The kind of a thrown value.
 *
 * @param now wall time in milliseconds since 1970, for `retry-after` given as a date
 */
export function classify(thrown: unknown, now: number): Classified {
  if (!isCallError(thrown)) return { kind: 'invalid_response', reason: shortened(textOf(thrown)) }
  const { statusCode: status } = thrown
  if (status === undefined) return { kind: connectionKind(thrown), reason: shortened(connectionReason(thrown)) }
  if (status < 400) return { kind: 'invalid_response', status, reason: shortened(`the answer cannot be read: ${thrown.message}`) }
  const said = `${thrown.message} ${thrown.responseBody ?? ''}`
  const kind = byStatus[status] ?? (status >= 500 ? 'server_error' : tooLong.test(said) ? 'context_length' : 'refused')
  const retryAfter = readRetryAfter(thrown.responseHeaders ?? {}, now)
  return {
    kind,
    status,
    reason: shortened(`HTTP ${status}${thrown.message ? `: ${thrown.message}` : ''}`),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

/** What the SDK throws when a request fails. Known by its name, because loading the SDK for its class would cost a start that calls no model. */
interface CallError extends Error {
  readonly statusCode?: number
  readonly responseHeaders?: { readonly [name: string]: string }
  readonly responseBody?: string
}

function isCallError(thrown: unknown): thrown is CallError {
  return thrown instanceof Error && thrown.name === 'AI_APICallError'
}

/** Once an answer had begun, its end is missing; before, nobody was there. */
function connectionKind(error: Error): FailureKind {
  return /terminated|premature|incomplete|length mismatch/i.test(connectionReason(error)) ? 'invalid_response' : 'unreachable'
}

function connectionReason(error: Error): string {
  const causes: string[] = [error.message]
  for (let cause: unknown = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const code = (cause as NodeJS.ErrnoException).code
    causes.push(code === undefined ? cause.message : `${code} ${cause.message}`)
  }
  return causes.filter((text) => text !== '').join(': ')
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? connectionReason(thrown) : String(thrown)
}

function shortened(text: string): string {
  return text.length <= reasonLimit ? text : `${text.slice(0, reasonLimit - 1)}…`
}

/** Milliseconds that the headers ask to wait. */
export function readRetryAfter(headers: { readonly [name: string]: string | undefined }, now: number): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  const after = headers['retry-after']
  if (after === undefined) return undefined
  const seconds = Number(after)
  if (after.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(after)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
