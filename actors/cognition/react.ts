/**
 * Owns: ReAct as a stepper: it asks for model calls and for tool calls, one at a time, and extracts the outputs at the end.
 * Does not own: the tools and the model; whoever steps performs both.
 * Invariants: PD1, PD2. RA1 a tool's failure is an observation, never the run's failure. RA2 a trajectory that is too long loses its oldest tool calls.
 */

import type { Json } from '#runtime'
import type { Values } from './adapter.ts'
import { literalOf, plainType } from './field-type.ts'
import {
  adapters,
  chainOfThought,
  type ModelAnswer,
  type ModelChoice,
  type ParseFailure,
  type Prediction,
  type Predictor,
  type PredictState,
  predictor,
  resumePredict,
  type Step,
  startPredict,
} from './predict.ts'
import { fromJson, pyRepr } from './python-value.ts'
import { field, inputFields, outputFields, type Signature, signatureOf } from './signature.ts'

/** A tool as a model is told of it. */
export interface ToolDescription {
  readonly name: string
  readonly description?: string
  /** JSON Schema of each argument, in order. */
  readonly args: { readonly [name: string]: Json }
}

/** A ReAct module as data. */
export interface ReAct {
  readonly react: Predictor
  readonly extract: Predictor
  readonly maxIterations: number
}

export interface ReActState {
  readonly module: 'ReAct'
  readonly program: ReAct
  readonly model: ModelChoice
  readonly inputs: Values
  readonly phase: 'acting' | 'extracting'
  readonly iteration: number
  /** Name and value of each entry, four a tool call. */
  readonly trajectory: readonly (readonly [name: string, value: Json])[]
  /** How often the trajectory was shortened for the call under way. */
  readonly shortened: number
  /** Inputs and outputs of each predictor call that was read. */
  readonly trace: readonly { readonly inputs: Values; readonly outputs: Values }[]
  readonly failures: readonly ParseFailure[]
  readonly at?: PredictState
}

/** What a tool gave. A failure's problem is what the model is shown. */
export type ToolAnswer = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string }

/** What ReAct wants next: a model call, or the call of a tool. */
export type ReActStep =
  | Exclude<Step<ReActState>, { readonly status: 'done' }>
  | {
      readonly status: 'calling'
      readonly tool: string
      readonly args: { readonly [name: string]: Json }
      readonly state: ReActState
    }
  | {
      readonly status: 'done'
      readonly prediction: Prediction
      readonly trace: ReActState['trace']
      readonly failures: readonly ParseFailure[]
    }

function toolText({ name, description, args }: ToolDescription): string {
  const told = description ? `, whose description is <desc>${description}</desc>.`.replaceAll('\n', '  ') : '.'
  return `${name}${told} It takes arguments ${pyRepr(fromJson(args))}.`
}

function instructionsOf(signature: Signature, tools: readonly ToolDescription[], outputs: string): string {
  const inputs = inputFields(signature).map(({ name }) => `\`${name}\``)
  return [
    ...(signature.instructions === '' ? [] : [`${signature.instructions}\n`]),
    `You are an Agent. In each episode, you will be given the fields ${inputs.join(', ')} as input. And you can see your past trajectory so far.`,
    `Your goal is to use one or more of the supplied tools to collect any necessary information for producing ${outputs}.\n`,
    'To do this, you will interleave next_thought, next_tool_name, and next_tool_args in each turn, and also when finishing the task.',
    'After each tool call, you receive a resulting observation, which gets appended to your trajectory.\n',
    'When writing next_thought, you may reason about the current situation and plan for future steps.',
    'When selecting the next_tool_name and its next_tool_args, the tool must be one of:\n',
    ...tools.map((tool, i) => `(${i + 1}) ${toolText(tool)}`),
    'When providing `next_tool_args`, the value inside the field must be in JSON format',
  ].join('\n')
}

/**
 * A ReAct module with DSPy's prompts.
 *
 * @param maxIterations tool calls at most; 20 unless told
 * @example react(parseSignature('question -> answer'), [{ name: 'search', args: { query: { type: 'string' } } }])
 */
export function react(
  signature: Signature,
  tools: readonly ToolDescription[],
  options: { readonly maxIterations?: number } & Pick<Partial<Predictor>, 'adapter' | 'config'> = {},
): ReAct {
  const { maxIterations = 20, ...given } = options
  const outputs = outputFields(signature)
    .map(({ name }) => `\`${name}\``)
    .join(', ')
  const description = `Marks the task as complete. That is, signals that all information for producing the outputs, i.e. ${outputs}, are now available to be extracted.`
  const known = [...tools.filter(({ name }) => name !== 'finish'), { name: 'finish', description, args: {} }]
  const inputs = [...inputFields(signature), field('trajectory', 'input')]
  const acting = [
    field('next_thought', 'output'),
    field('next_tool_name', 'output', { type: literalOf(known.map(({ name }) => name)) }),
    field('next_tool_args', 'output', { type: { kind: 'generic', name: 'dict', args: [plainType('str'), plainType('Any')] } }),
  ]
  return {
    react: predictor(signatureOf([...inputs, ...acting], instructionsOf(signature, known, outputs)), given),
    extract: chainOfThought(signatureOf([...inputs, ...outputFields(signature)], signature.instructions), given),
    maxIterations,
  }
}

/** The first step of a run. */
export function startReAct(program: ReAct, model: ModelChoice, inputs: Values): ReActStep {
  return think({
    module: 'ReAct',
    program,
    model,
    inputs,
    phase: program.maxIterations > 0 ? 'acting' : 'extracting',
    iteration: 0,
    trajectory: [],
    shortened: 0,
    trace: [],
    failures: [],
  })
}

/** The next step, given the model's answer. */
export function resumeReAct(state: ReActState, answer: ModelAnswer): ReActStep {
  const tooLong = !answer.ok && answer.failure.kind === 'context_length'
  if (tooLong && state.shortened < 2 && state.trajectory.length > 4)
    return think({ ...state, trajectory: state.trajectory.slice(4), shortened: state.shortened + 1 })
  if (tooLong && state.phase === 'acting') return think({ ...state, phase: 'extracting', shortened: 0 })
  return settle(state, resumePredict(state.at!, answer))
}

/** The next step, given what a tool gave. */
export function resumeTool(state: ReActState, tool: string, answer: ToolAnswer): ReActStep {
  return observe(state, answer.ok ? answer.value : `Execution error in ${tool}: ${answer.problem}`)
}

function think(state: ReActState): ReActStep {
  const { program, phase, trajectory } = state
  const used = phase === 'acting' ? program.react : program.extract
  const entries = signatureOf(trajectory.map(([name]) => field(name, 'input')))
  const text = adapters[used.adapter.kind].user(entries, Object.fromEntries(trajectory), {})
  return settle(state, startPredict(used, state.model, { ...state.inputs, trajectory: text }))
}

function settle(state: ReActState, step: Step<PredictState>): ReActStep {
  if (step.status === 'asking') return { ...step, state: { ...state, at: step.state } }
  const failures = [...state.failures, ...step.failures]
  if (step.status === 'failed') return { ...step, failures }
  const { outputs } = step.prediction
  const { trajectory } = state
  const text = adapters[state.program.react.adapter.kind].user(
    signatureOf(trajectory.map(([name]) => field(name, 'input'))),
    Object.fromEntries(trajectory),
    {},
  )
  const trace = [...state.trace, { inputs: { ...state.inputs, trajectory: text }, outputs }]
  if (state.phase === 'extracting') {
    const all = { trajectory: Object.fromEntries(trajectory), ...outputs }
    return { status: 'done', prediction: { outputs: all, completions: [all] }, trace, failures }
  }
  return act({ ...state, trace, failures, shortened: 0 }, outputs)
}

function act(state: ReActState, outputs: Values): ReActStep {
  const { next_thought: thought = null, next_tool_name: name, next_tool_args: given } = outputs
  const i = state.iteration
  const args = (given ?? {}) as { readonly [name: string]: Json }
  const tool = String(name)
  const trajectory = [
    ...state.trajectory,
    [`thought_${i}`, thought] as const,
    [`tool_name_${i}`, tool] as const,
    [`tool_args_${i}`, args] as const,
  ]
  const now = { ...state, trajectory }
  return tool === 'finish' ? finish(now, args) : { status: 'calling', tool, args, state: now }
}

function finish(state: ReActState, args: { readonly [name: string]: Json }): ReActStep {
  const [unknown] = Object.keys(args)
  const value = unknown === undefined ? 'Completed.' : `Execution error in finish: Arg ${unknown} is not in the tool's args.`
  return observe({ ...state, iteration: state.program.maxIterations }, value, state.iteration)
}

function observe(state: ReActState, value: Json, at = state.iteration): ReActStep {
  const iteration = state.iteration + 1
  const trajectory = [...state.trajectory, [`observation_${at}`, value] as const]
  return think({ ...state, trajectory, iteration, phase: iteration < state.program.maxIterations ? 'acting' : 'extracting' })
}
