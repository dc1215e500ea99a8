/**
 * Owns: the messages of the calls in a trace, made again.
 * Does not own: making requests (graph-thinking), traces (execution-trace).
 * Invariants: SP1 prompts are not stored with runs, because each is a pure function of the version, the inputs and the earlier answers.
 */

import type { ModelRequest, ModelResponse } from './cognition/language-model.ts'
import type { CallTrace, ExecutionTrace } from './execution-trace.ts'
import type { CallRecipe } from './thinking.ts'

/** What makes requests: a `GraphThinking` that knows the version. */
export interface RequestMaker {
  request(recipe: Pick<CallRecipe, 'version' | 'step' | 'inputs' | 'responses'>): ModelRequest
}

/**
 * The trace with the messages of each call.
 *
 * @param version content hash of the program version that ran
 * @throws `program.unknown_version`
 */
export function withPrompts(trace: ExecutionTrace, version: string, maker: RequestMaker): ExecutionTrace {
  const steps = trace.steps.map((step) => {
    const responses = step.calls.map((call) => responseOf(call))
    const calls = step.calls.map((call, at): CallTrace => {
      const recipe = { version, step: step.step, inputs: step.inputs, responses: responses.slice(0, at) }
      return { ...call, messages: maker.request(recipe).messages }
    })
    return { ...step, calls }
  })
  return { ...trace, steps }
}

/** As much of a response as the next request of its step depends on. */
function responseOf(call: CallTrace): ModelResponse {
  return {
    model: call.model,
    completions: [{ text: call.completion ?? '', finishReason: 'stop' }],
    usage: {},
    retries: call.retries,
    milliseconds: call.milliseconds ?? 0,
  }
}
