/**
 * Owns: the check of the model endpoint: does it answer, does it take the key, has it the model.
 * Does not own: calling models (bridge/models).
 * Invariants: MK1 no model is called, so that the check costs nothing. MK2 the key is never printed.
 */

import { type Clock, nearest } from '#runtime'
import { cliErrors } from '../cli-errors.ts'
import type { Target } from '../host.ts'
import type { Check } from './finding.ts'

const patience = 5000

/** @param target without a `modelUrl` the bundled model is used, and there is nothing to check */
export function modelCheck(target: Pick<Target, 'modelUrl' | 'modelKey' | 'model'>, clock: Clock): Check {
  return {
    name: 'Model',
    severity: 'problem',
    async look() {
      const { modelUrl: url, modelKey, model } = target
      if (url === undefined) return 'the bundled model (no endpoint is set; it is no language model)'
      const known = await models(url, modelKey, clock)
      if (model !== undefined && known.length > 0 && !known.includes(model)) {
        const near = nearest(model, known)
        const fields = { model, url, known: known.slice(0, 20).join(', ') }
        throw cliErrors.make('doctor.model_unknown', near === undefined ? fields : { ...fields, nearest: near })
      }
      return `${url} answers${model === undefined ? '' : ` and has ${model}`}`
    },
  }
}

/** Ids of the endpoint's models; empty when it answers in another shape, which is its right. */
async function models(url: string, key: string | undefined, clock: Clock): Promise<readonly string[]> {
  const abort = new AbortController()
  const timer = clock.schedule(patience, () => abort.abort())
  try {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const response = await fetch(`${url.replace(/\/+$/, '')}/models`, { headers, signal: abort.signal })
    if (!response.ok) throw cliErrors.make('doctor.model_refused', { url, status: response.status })
    return idsIn(await response.text())
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('doctor.')) throw cause
    const problem = abort.signal.aborted ? `no answer within ${patience / 1000} s` : reasonOf(cause)
    throw cliErrors.make('doctor.model_unreachable', { url, problem }, cause)
  } finally {
    timer.cancel()
  }
}

function idsIn(text: string): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Some servers answer this path with a page; that they answer is what was asked.
    return []
  }
  const data = body !== null && typeof body === 'object' && 'data' in body && Array.isArray(body.data) ? body.data : []
  return data.map((one: { id?: unknown }) => one?.id).filter((id: unknown): id is string => typeof id === 'string')
}

/** `fetch` hides the reason in its cause. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
