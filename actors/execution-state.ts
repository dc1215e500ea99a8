/**
 * Owns: the state of one execution and how it changes with each thing that happens to it: pure.
 * Does not own: when that is (execution actor), thinking.
 * Invariants: EX2 a completed step is never run again. EX3 every call of a step stands in the trace.
 */

import type { ErrorData, ReplyToken } from '#runtime'
import type { ModelResponse } from './cognition/language-model.ts'
import type { CallTrace, ExecutionStatus, ExecutionTrace, StepTrace } from './execution-trace.ts'
import type { FetchedCall } from './model-call.actor.ts'
import type { StepOutputs, Thinking, Thought, Values } from './thinking.ts'

/** With what an execution is started. */
export interface ExecutionInput {
  readonly execution: string
  readonly program: string
  readonly version: number
  /** Content hash of the version. */
  readonly hash: string
  readonly inputs: Values
  /** Wall time of its creation, milliseconds since 1970. */
  readonly createdAt: number
}

export interface ExecutionState extends ExecutionInput {
  /** Index of the step at hand. */
  readonly step: number
  readonly outputs: StepOutputs
  /** What the calls of the step at hand answered. */
  readonly responses: readonly ModelResponse[]
  readonly thought: Thought | null
  readonly trace: readonly StepTrace[]
  readonly waiting: readonly ReplyToken[]
  readonly status: ExecutionStatus
  readonly result: Values | null
  readonly error: ErrorData | null
  readonly startedAt: number | null
  readonly endedAt: number | null
}

export function newExecution(input: ExecutionInput): ExecutionState {
  return {
    ...input,
    step: 0,
    outputs: {},
    responses: [],
    thought: null,
    trace: [],
    waiting: [],
    status: 'pending',
    result: null,
    error: null,
    startedAt: null,
    endedAt: null,
  }
}

/** The trace as it stands. */
export function traceOf(state: ExecutionState): ExecutionTrace {
  const { execution, program, version, status, createdAt, startedAt, endedAt, inputs, result, error, trace } = state
  return {
    execution,
    program,
    version,
    status,
    createdAt,
    ...(startedAt === null ? {} : { startedAt }),
    ...(endedAt === null ? {} : { endedAt }),
    inputs,
    ...(result === null ? {} : { outputs: result }),
    steps: trace,
    ...(error === null ? {} : { error }),
  }
}

/** Thinks the step at hand one thought further; the version must be known. */
export function thinkOn(state: ExecutionState, thinking: Thinking, now: number): Partial<ExecutionState> {
  const at = thinking.steps(state.hash)[state.step]
  if (!at) return { thought: { next: 'outputs', outputs: thinking.outputs(state.hash, state.inputs, state.outputs) } }
  const open = state.trace[state.step]
  const inputs = open?.inputs ?? thinking.inputs(state.hash, at.id, state.inputs, state.outputs)
  const begun: StepTrace = open ?? { step: at.id, module: at.module, status: 'running', startedAt: now, inputs, calls: [] }
  const thought = thinking.think(state.hash, at.id, inputs as Values, state.responses)
  const rest = state.trace.slice(0, state.step)
  if (thought.next === 'call') return { thought, trace: [...rest, begun] }
  if (thought.next === 'failed')
    return { thought, trace: [...rest, { ...begun, status: 'failed', endedAt: now, error: thought.error }] }
  return {
    thought: null,
    trace: [...rest, { ...begun, status: 'completed', endedAt: now, outputs: thought.outputs }],
    outputs: { ...state.outputs, [at.id]: thought.outputs },
    responses: [],
    step: state.step + 1,
  }
}

/** A call of the step at hand was answered. */
export function withAnswer(
  state: ExecutionState,
  answer: { readonly value?: FetchedCall | undefined; readonly error?: ErrorData | undefined },
  now: number,
): Partial<ExecutionState> {
  const step = state.trace[state.step]
  if (!step || state.thought?.next !== 'call') return {}
  const model = state.thought.recipe.model
  const call = callTrace(model, answer)
  const called = { ...step, calls: [...step.calls, call] }
  const rest = state.trace.slice(0, state.step)
  if (!answer.value) return { trace: [...rest, { ...called, status: 'failed', endedAt: now }], error: answer.error ?? null }
  return { trace: [...rest, called], responses: [...state.responses, answer.value.response] }
}

function callTrace(
  model: string,
  { value, error }: { readonly value?: FetchedCall | undefined; readonly error?: ErrorData | undefined },
): CallTrace {
  if (!value) return { model, messages: [], retries: retriesOf(error), cache: 'miss', ...(error ? { error } : {}) }
  const { response, cost, cache } = value
  const { inputTokens, outputTokens } = response.usage
  return {
    model: response.model,
    // Prompts are not stored with each run: they are made again from the version and the inputs, of which they are a pure function.
    messages: [],
    completion: response.completions[0]?.text ?? '',
    ...(inputTokens === undefined || outputTokens === undefined ? {} : { tokens: { input: inputTokens, output: outputTokens } }),
    ...(cost === undefined ? {} : { cost }),
    milliseconds: response.milliseconds,
    retries: response.retries,
    cache,
  }
}

/** A failed call tells how often it was tried. */
function retriesOf(error: ErrorData | undefined): number {
  const tries = error?.fields.tries
  return typeof tries === 'number' ? Math.max(0, tries - 1) : 0
}
