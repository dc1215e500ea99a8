/**
 * Owns: of which kind a failed try of a model call is, told from status, body, headers and what was thrown.
 * Does not own: whether it is tried again (retry-decision).
 * Invariants: FT1 everything that is thrown has a kind. FT2 a reason is short and holds neither the prompt nor a key that we sent.
 */

import type { FailureKind } from '#actors'
import { describe } from '#runtime'
import { retryAfter } from './retry-after.ts'

/** One try that failed. */
export interface FailedTry {
  readonly kind: FailureKind
  readonly reason: string
  readonly status?: number
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfter?: number
}

/** What is read of an error that the SDK throws; every member may be missing. */
interface Thrown {
  readonly name?: unknown
  readonly message?: unknown
  readonly statusCode?: unknown
  readonly responseBody?: unknown
  readonly responseHeaders?: unknown
  readonly cause?: unknown
}

const statuses: { readonly [status: number]: FailureKind } = {
  401: 'unauthorized',
  403: 'unauthorized',
  408: 'timeout',
  409: 'server_error',
  425: 'server_error',
  429: 'rate_limited',
}
const tooLong =
  /context[ _-]?(length|window|size)|maximum (context|prompt)|too many (input )?tokens|(prompt|input) is too long|exceeds? the (available )?context/i
/** A used-up account does not fill up by waiting, although providers say 429 for it. */
const usedUp = /insufficient[_ ]quota|billing|credit balance/i

/**
 * @param now wall time in milliseconds since 1970, for waits that are given as a date
 * @example failedTry({ statusCode: 429, responseHeaders: { 'retry-after': '2' } }, 0) // { kind: 'rate_limited', retryAfter: 2000, … }
 */
export function failedTry(thrown: unknown, now: number): FailedTry {
  const { statusCode, responseBody, responseHeaders } = seen(thrown)
  const status = typeof statusCode === 'number' ? statusCode : undefined
  const body = typeof responseBody === 'string' ? responseBody : ''
  if (status === undefined) return { kind: kindByName(String(seen(thrown).name)), reason: deepReason(thrown) }
  if (status < 400) {
    const detail = body === '' ? deepReason(thrown) : `expected a chat completion, got ${describe(body)}`
    return { kind: 'invalid_response', status, reason: detail }
  }
  const reason = saidReason(body) ?? shortened(String(seen(thrown).message || `HTTP ${status}`))
  const wait = retryAfter(responseHeaders, now)
  return {
    kind: kindOf(status, `${reason} ${codeOf(body)}`),
    status,
    reason,
    ...(wait === undefined ? {} : { retryAfter: wait }),
  }
}

function kindOf(status: number, said: string): FailureKind {
  if (status === 429 && usedUp.test(said)) return 'refused'
  const known = statuses[status]
  if (known) return known
  if (status >= 500) return 'server_error'
  return status === 413 || tooLong.test(said) ? 'context_length' : 'refused'
}

function seen(thrown: unknown): Thrown {
  return thrown !== null && typeof thrown === 'object' ? thrown : { message: String(thrown) }
}

/** Errors of the SDK that carry no status: what was asked cannot be sent, what came makes no sense, or nothing came. */
function kindByName(name: string): FailureKind {
  if (/InvalidPrompt|InvalidArgument|InvalidMessageRole|UnsupportedFunctionality/.test(name)) return 'refused'
  return /InvalidResponseData|NoOutput|NoContent|JSONParse|TypeValidation|EmptyResponseBody/.test(name)
    ? 'invalid_response'
    : 'unreachable'
}

/** The innermost message: `connect ECONNREFUSED …` says more than `fetch failed`. */
function deepReason(thrown: unknown): string {
  const found = seen(thrown)
  if (found.cause !== undefined && found.cause !== null) return deepReason(found.cause)
  const inner = 'errors' in found && Array.isArray(found.errors) ? found.errors[0] : undefined
  if (inner !== undefined) return deepReason(inner)
  return shortened(String(found.message || found.name || 'no reason was given'))
}

interface ErrorBody {
  readonly error?: { readonly message?: unknown; readonly code?: unknown; readonly type?: unknown } | string
  readonly message?: unknown
  readonly detail?: unknown
}

function errorBody(body: string): ErrorBody | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return value !== null && typeof value === 'object' ? value : undefined
  } catch {
    // An error page that is no JSON is told by its status alone.
    return undefined
  }
}

function saidReason(body: string): string | undefined {
  const { error, message, detail } = errorBody(body) ?? {}
  const said = typeof error === 'object' && error !== null ? error.message : (error ?? message ?? detail)
  return typeof said === 'string' && said !== '' ? shortened(said) : undefined
}

function codeOf(body: string): string {
  const { error } = errorBody(body) ?? {}
  return typeof error === 'object' && error !== null ? `${error.code ?? ''} ${error.type ?? ''}` : ''
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
