/**
 * Owns: the failure of a model call as an error that can be thrown, stored and shown, and back.
 * Does not own: kinds of failures (cognition/language-model), texts (model-call-errors), what is tried again (providers).
 * Invariants: MF1 the error says by its retry whether the same call may succeed later. MF2 failure and error say the same: each is made from the
 * other without loss.
 */

import { TroupeError } from '#runtime'
import type { ModelFailure } from './cognition/language-model.ts'
import { modelCallErrors } from './model-call-errors.ts'

/** The error `model.<kind>` of a failure; its fields hold all that is known of it. */
export function modelFailed(failure: ModelFailure, cause?: unknown): TroupeError {
  return modelCallErrors.make(`model.${failure.kind}`, { ...failure }, cause)
}

/** The failure that an error tells of; undefined when it is no failed call of a model. */
export function modelFailureOf(error: unknown): ModelFailure | undefined {
  if (!TroupeError.is(error) || error.fields.kind === undefined || error.code !== `model.${error.fields.kind}`) return undefined
  return error.fields as unknown as ModelFailure
}
