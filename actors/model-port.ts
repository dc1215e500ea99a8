/**
 * Owns: the port to language models.
 * Does not own: what is said (cognition/language-model), providers (bridge/models).
 * Invariants: MP1 a call settles once, at its deadline at the latest. MP2 it never rejects: whatever goes wrong is a failure as data. MP3 all tries
 * of a call carry its idempotency key.
 */

import type { ModelRequest } from './cognition/language-model.ts'
import type { ModelAnswer } from './cognition/predict.ts'

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
