/**
 * Owns: the catalogue of what can go wrong in a call of a language model: one code for each kind of failure.
 * Does not own: which status or exception is which kind (bridge/models), failures as data (cognition/language-model).
 * Invariants: E2. MF1.
 */

import { catalogue, type ErrorEntry, type ErrorFields, type Retry } from '#runtime'
import { type FailureKind, failureKinds } from './cognition/language-model.ts'

/** Fields of every `model.*` error that tells of a failed call. */
export type ModelFailureFields = ErrorFields & {
  readonly kind: FailureKind
  readonly model: string
  readonly reason: string
  readonly tries: number
  readonly status?: number
  readonly retryAfter?: number
}

function failure(
  kind: FailureKind,
  said: string,
  remedy: string,
  sample: { readonly reason: string; readonly status?: number; readonly retryAfter?: number; readonly tries?: number },
): ErrorEntry<ModelFailureFields> {
  return {
    message: (f) => `${f.model} ${said} (${circumstances(f)}): ${f.reason.replace(/[.\s]+$/, '')}.`,
    remedy: () => remedy,
    retry: failureKinds[kind] satisfies Retry,
    audience: kind === 'cancelled' || kind === 'context_length' ? 'caller' : 'operator',
    sample: { kind, model: 'local/small', tries: 1, ...sample },
  }
}

function circumstances({ kind, status, retryAfter, tries }: ModelFailureFields): string {
  return [
    kind,
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(retryAfter === undefined ? [] : [`asked to wait ${retryAfter} ms`]),
    tries === 1 ? '1 try' : `${tries} tries`,
  ].join(', ')
}

const failures = {
  'model.unreachable': failure(
    'unreachable',
    'cannot be reached',
    'Check the base URL of its provider, and that the provider runs and can be reached from this machine.',
    { reason: 'connect ECONNREFUSED 127.0.0.1:11434', tries: 4 },
  ),
  'model.unauthorized': failure('unauthorized', 'refused the key', 'Give its provider a key that is valid for this model.', {
    reason: 'Incorrect API key provided',
    status: 401,
  }),
  'model.rate_limited': failure(
    'rate_limited',
    'is called too often',
    'Wait and try again; lower the number of calls at a time, or ask the provider for a higher limit.',
    { reason: 'Rate limit reached', status: 429, retryAfter: 20_000, tries: 4 },
  ),
  'model.server_error': failure('server_error', 'failed on its side', 'Try again later; read the status page of the provider.', {
    reason: 'Internal Server Error',
    status: 500,
    tries: 4,
  }),
  'model.timeout': failure(
    'timeout',
    'did not answer in time',
    'Give the call more time, ask for fewer tokens, or look whether the provider is overloaded.',
    { reason: 'no answer within 120000 ms' },
  ),
  'model.cancelled': failure('cancelled', 'was called in vain', 'None is needed: the caller took the call back.', {
    reason: 'the call was cancelled',
  }),
  'model.invalid_response': failure(
    'invalid_response',
    'answered something that is no chat completion',
    'Check that the base URL is that of an OpenAI-compatible endpoint; if it is, its provider has a fault.',
    { reason: 'expected choices, got {}', status: 200, tries: 4 },
  ),
  'model.context_length': failure(
    'context_length',
    'cannot hold the prompt',
    'Use fewer or shorter demos and inputs, or a model with a longer context.',
    { reason: 'This model’s maximum context length is 8192 tokens', status: 400 },
  ),
  'model.refused': failure(
    'refused',
    'refused the request',
    'Read the reason: correct the model’s name or the settings of the call, or the account’s limits at the provider.',
    { reason: 'The model `small` does not exist', status: 404 },
  ),
} as const satisfies { readonly [K in `model.${FailureKind}`]: ErrorEntry<ModelFailureFields> }

export const modelCallErrors = catalogue(failures)
