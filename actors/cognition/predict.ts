/**
 * Owns: Predict and ChainOfThought as steppers: a step asks for one model call, the next takes its answer.
 * Does not own: the call itself, its retries and its cache; whoever steps performs them.
 * Invariants: PD1 the state is plain JSON: a run stored between two steps goes on where it was. PD2 a step is a pure function of state and answer.
 * PD3 a completion that the chat or XML format cannot read costs at most one more call, in the JSON format.
 */

import { type ErrorData, errorData, TroupeError } from '#runtime'
import { type Adapter, formatMessages, unparsable, type Values, withDefaults } from './adapter.ts'
import { bamlAdapter } from './baml-adapter.ts'
import { chatAdapter } from './chat-adapter.ts'
import { cognitionErrors } from './cognition-errors.ts'
import { jsonAdapter, type ModelFacts, responseFormat } from './json-adapter.ts'
import type { ModelFailure, ModelRequest, ModelResponse, ModelSettings } from './language-model.ts'
import { field, inputFields, prependField, type Signature } from './signature.ts'
import { xmlAdapter } from './xml-adapter.ts'

/** How a predictor talks to its model. The chat and XML formats fall back to JSON unless `fallback` is false. */
export type AdapterChoice = { readonly kind: 'chat' | 'xml'; readonly fallback?: boolean } | { readonly kind: 'json' | 'baml' }

/** A predictor as data: everything that an optimizer may change. */
export interface Predictor {
  readonly signature: Signature
  readonly demos: readonly Values[]
  /** Settings of its calls; they win over the model's own. */
  readonly config: ModelSettings
  readonly adapter: AdapterChoice
}

/** A model as a predictor sees it. */
export interface ModelChoice {
  /** `provider/model`. */
  readonly model: string
  readonly settings: ModelSettings
  readonly facts: ModelFacts
}

/** What a module gives back. */
export interface Prediction {
  /** Outputs of the first completion. */
  readonly outputs: Values
  /** Outputs of all completions; more than one when `n` was asked. */
  readonly completions: readonly Values[]
}

/** A completion that could not be read, kept for the trace. */
export interface ParseFailure {
  readonly adapter: Adapter['name']
  readonly error: ErrorData
}

export interface PredictState {
  readonly module: 'Predict'
  readonly predictor: Predictor
  readonly model: ModelChoice
  readonly inputs: Values
  readonly using: AdapterChoice['kind']
  readonly failures: readonly ParseFailure[]
}

export type ModelAnswer =
  | { readonly ok: true; readonly response: ModelResponse }
  | { readonly ok: false; readonly failure: ModelFailure }

/** What a stepper wants next. `asking`: perform the request, then step on with the answer. */
export type Step<State> =
  | { readonly status: 'asking'; readonly request: ModelRequest; readonly state: State }
  | { readonly status: 'done'; readonly prediction: Prediction; readonly failures: readonly ParseFailure[] }
  | { readonly status: 'failed'; readonly error: ErrorData; readonly failures: readonly ParseFailure[] }

/** The adapters by the kind of the choice. */
export const adapters: { readonly [K in AdapterChoice['kind']]: Adapter } = {
  chat: chatAdapter,
  json: jsonAdapter,
  xml: xmlAdapter,
  baml: bamlAdapter,
}

/**
 * A predictor with DSPy's defaults.
 *
 * @example predictor(parseSignature('question -> answer'), { demos: [{ question: '1+1', answer: '2' }] })
 */
export function predictor(signature: Signature, options: Partial<Omit<Predictor, 'signature'>> = {}): Predictor {
  return { signature, demos: [], config: {}, adapter: { kind: 'chat' }, ...options }
}

/** The predictor that thinks first: an output `reasoning` before all others. */
export function chainOfThought(signature: Signature, options: Partial<Omit<Predictor, 'signature'>> = {}): Predictor {
  return predictor(prependField(signature, field('reasoning', 'output')), options)
}

/**
 * The first step of a prediction. Defaults stand in for inputs that are not given; inputs that are neither given nor have a default are left
 * out of the prompt, as in DSPy. A signature or value that has no native form fails with `cognition.declined`.
 */
export function startPredict(predictor: Predictor, model: ModelChoice, inputs: Values): Step<PredictState> {
  const defaults = Object.fromEntries(
    inputFields(predictor.signature).flatMap((one) => (one.default === undefined ? [] : [[one.name, one.default]])),
  )
  const state: PredictState = {
    module: 'Predict',
    predictor,
    model,
    inputs: { ...defaults, ...inputs },
    using: predictor.adapter.kind,
    failures: [],
  }
  return ask(state)
}

/** The next step of a prediction, given the answer to its request. */
export function resumePredict(state: PredictState, answer: ModelAnswer): Step<PredictState> {
  const { predictor, failures } = state
  if (!answer.ok) {
    const { model, kind, reason } = answer.failure
    return { status: 'failed', error: errorData(cognitionErrors.make('model.failed', { model, kind, reason })), failures }
  }
  const adapter = adapters[state.using]
  try {
    const completions = answer.response.completions.map(({ text }) => readCompletion(adapter, predictor.signature, text))
    const [outputs] = completions
    if (!outputs) return failed(unparsable(adapter.name, predictor.signature, '', { message: emptyMessage }), failures)
    return { status: 'done', prediction: { outputs, completions }, failures }
  } catch (error) {
    if (!TroupeError.is(error, 'completion.unparsable')) return failed(error, failures)
    const now = [...failures, { adapter: adapter.name, error: errorData(error) }]
    const { adapter: choice } = predictor
    const fallback = state.using === choice.kind && (choice.kind === 'chat' || choice.kind === 'xml') && choice.fallback !== false
    return fallback ? ask({ ...state, using: 'json', failures: now }) : failed(error, now)
  }
}

const emptyMessage = 'The LM returned an empty or null response.'

function readCompletion(adapter: Adapter, signature: Signature, text: string): Values {
  if (text === '') throw unparsable(adapter.name, signature, text, { message: emptyMessage })
  return withDefaults(signature, adapter.parse(signature, text))
}

function failed(error: unknown, failures: readonly ParseFailure[]): Step<PredictState> {
  // A foreign error is a defect of ours and must not be stored as an answer.
  if (!TroupeError.is(error)) throw error
  return { status: 'failed', error: errorData(error), failures }
}

function ask(state: PredictState): Step<PredictState> {
  try {
    return { status: 'asking', request: requestOf(state), state }
  } catch (error) {
    return failed(error, state.failures)
  }
}

/** The request of a state: messages of its adapter, settings merged, the response format that the model can be held to. */
export function requestOf({ predictor, model, inputs, using }: PredictState): ModelRequest {
  const { signature, demos } = predictor
  const messages = formatMessages(adapters[using], signature, demos, inputs)
  const format = using === 'json' || using === 'baml' ? responseFormat(signature, model.facts) : undefined
  return {
    model: model.model,
    messages,
    settings: {
      ...mergedSettings(predictor.config, model.settings),
      ...(format === undefined ? {} : { response_format: format }),
    },
  }
}

/** Several completions at (nearly) temperature 0 would be the same one, so DSPy raises it to 0.7 then. */
function mergedSettings(config: ModelSettings, own: ModelSettings): ModelSettings {
  const count = config.n ?? own.n ?? 1
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1)
    throw cognitionErrors.make('module.misused', {
      module: 'Predict',
      problem: `n must be a positive integer, got ${JSON.stringify(count)}`,
    })
  const temperature = config.temperature || own.temperature
  const low = typeof temperature !== 'number' || temperature <= 0.15
  return { ...own, ...config, ...(count > 1 && low ? { temperature: 0.7 } : {}) }
}
