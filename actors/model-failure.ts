/**
 * Owns: the failure of a model call as an error that can be thrown, stored and shown.
 * Does not own: kinds of failures (cognition/language-model), what is tried again (providers).
 * Invariants: E2. MF1 the error says by its retry whether the same call may succeed later.
 */

import { type Json, TroupeError } from '#runtime'
import { cognitionErrors } from './cognition/cognition-errors.ts'
import { failureKinds, type ModelFailure } from './cognition/language-model.ts'

/** The error `model.failed` of a failure; its fields hold all that is known of it. */
export function modelFailed(failure: ModelFailure): TroupeError {
  const { model, kind, reason } = failure
  const error = cognitionErrors.make('model.failed', { model, kind, reason })
  return new TroupeError({
    ...error.toJSON(),
    retry: failureKinds[kind],
    fields: failure as unknown as { readonly [field: string]: Json },
  })
}
