/**
 * Owns: the check of one scripted run of a module: its calls, its result, its trace.
 * Does not own: the other suites (dspy-suites).
 * Invariants: DS1. DS3 a state goes through JSON between any two steps, because a stored one must be as good as a living one.
 */

import type { Values } from '../../actors/cognition/adapter.ts'
import { resumeBestOfN, resumeScore, startBestOfN } from '../../actors/cognition/best-of-n.ts'
import { comparisonInputs, majority, multiChainComparison } from '../../actors/cognition/comparison.ts'
import type { Message, ModelRequest, ModelSettings } from '../../actors/cognition/language-model.ts'
import {
  type AdapterChoice,
  chainOfThought,
  type ModelAnswer,
  type ModelChoice,
  type Prediction,
  predictor,
  resumePredict,
  startPredict,
} from '../../actors/cognition/predict.ts'
import { fromJson } from '../../actors/cognition/python-value.ts'
import {
  react,
  resumeReAct,
  resumeTool,
  startReAct,
  type ToolAnswer,
  type ToolDescription,
} from '../../actors/cognition/react.ts'
import { parseSignature } from '../../actors/cognition/signature.ts'
import type { ErrorData, Json } from '../../runtime/index.ts'
import { compare, compareMessages, type Outcome, skipped, type Vector } from './dspy-outcome.ts'
import { type Case, nativeValue } from './dspy-vectors.ts'

interface ModuleExpectation {
  readonly calls: readonly {
    readonly messages: readonly Message[]
    readonly kwargs: ModelSettings
    readonly response_format: Json
  }[]
  readonly result: Case
}

type Trace = readonly { readonly inputs: Values; readonly outputs: Values }[]

/** A run that is asked step by step, whatever module it is. */
type Run =
  | { readonly status: 'asking'; readonly request: ModelRequest; readonly answer: (answer: ModelAnswer) => Run }
  | { readonly status: 'done'; readonly prediction: Prediction; readonly trace: Trace }
  | { readonly status: 'failed'; readonly error: ErrorData }

interface Setting {
  readonly vector: Vector
  readonly program: Case
  readonly model: ModelChoice
  readonly inputs: Values
  readonly callConfig: ModelSettings
}

const stored = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T

const runs: { readonly [module: string]: (setting: Setting) => Run } = {
  Predict: (setting) => predicting(setting, predictorOf(setting, setting.program)),
  ChainOfThought: (setting) => predicting(setting, predictorOf(setting, setting.program)),
  MultiChainComparison(setting) {
    const { program, inputs } = setting
    const signature = parseSignature(String(program.signature))
    const attempts = program.attempts as unknown as readonly Values[]
    const compared = multiChainComparison(signature, Number(fromJson(program.M)), { adapter: adapterOf(setting) })
    return predicting({ ...setting, inputs: comparisonInputs(signature, attempts, inputs) }, compared)
  },
  Majority(setting) {
    const inner = predicting(setting, predictorOf(setting, setting.program.of as Case))
    const voted = (run: Run): Run => {
      if (run.status === 'asking') return { ...run, answer: (answer) => voted(run.answer(answer)) }
      if (run.status === 'failed') return run
      const outputs = majority(run.prediction.completions)
      return { ...run, prediction: { outputs, completions: [outputs] } }
    }
    return voted(inner)
  },
  BestOfN(setting) {
    const { program, model, inputs } = setting
    const of = predictorOf(setting, program.of as Case)
    const reward = rewards[String(program.reward)]!
    const module = { of, n: Number(fromJson(program.N)), threshold: Number(fromJson(program.threshold)) }
    const follow = (step: ReturnType<typeof startBestOfN>): Run => {
      if (step.status === 'asking') return { ...step, answer: (answer) => follow(resumeBestOfN(stored(step.state), answer)) }
      if (step.status === 'scoring')
        return follow(resumeScore(stored(step.state), step.prediction, reward(String(step.prediction.outputs.answer))))
      return step.status === 'done' ? { ...step, trace: [{ inputs, outputs: step.prediction.outputs }] } : step
    }
    return follow(startBestOfN(module, model, inputs))
  },
  ReAct(setting) {
    const { program, model, inputs } = setting
    const described = (program.tools as readonly string[]).map((name) => tools[name]!)
    const module = react(parseSignature(String(program.signature)), described, {
      adapter: adapterOf(setting),
      ...(program.max_iters === undefined ? {} : { maxIterations: Number(fromJson(program.max_iters)) }),
    })
    const follow = (step: ReturnType<typeof startReAct>): Run => {
      if (step.status === 'asking') return { ...step, answer: (answer) => follow(resumeReAct(stored(step.state), answer)) }
      return step.status === 'calling' ? follow(resumeTool(stored(step.state), step.tool, callTool(step.tool, step.args))) : step
    }
    return follow(startReAct(module, model, inputs))
  },
}

const rewards: { readonly [name: string]: (answer: string) => number } = {
  one_word: (answer) => (answer.split(/\s+/).filter((word) => word !== '').length === 1 ? 1 : 0),
  length: (answer) => [...answer].length,
  is_ok: (answer) => (answer === 'ok' ? 1 : 0),
}

const tools: { readonly [name: string]: ToolDescription } = {
  add: { name: 'add', description: 'Add numbers.', args: { x: { type: 'integer' }, y: { type: 'integer', default: 2 } } },
  boom: { name: 'boom', description: 'Always fails.\n    Second.', args: { q: { type: 'string' } } },
}

/** The tools of the vectors; what they refuse reads as in the recordings. */
function callTool(tool: string, args: { readonly [name: string]: Json }): ToolAnswer {
  const problem = (text: string): ToolAnswer => ({ ok: false, problem: `<TRACEBACK> ${text}` })
  const known = tools[tool]!.args
  for (const [name, value] of Object.entries(args)) {
    if (!Object.hasOwn(known, name)) return problem(`ValueError: Arg ${name} is not in the tool's args.`)
    const wanted = String((known[name] as Case).type)
    if (wanted === 'integer' && !Number.isInteger(value))
      return problem(`ValueError: Arg ${name} is invalid: '${value}' is not of type 'integer'`)
  }
  for (const [name, schema] of Object.entries(known))
    if (!Object.hasOwn(args, name) && !Object.hasOwn(schema as Case, 'default'))
      return problem(`TypeError: ${tool}() missing 1 required positional argument: '${name}'`)
  return tool === 'add' ? { ok: true, value: Number(args.x) + Number(args.y ?? 2) } : problem(`RuntimeError: boom ${args.q}`)
}

const adapterOf = ({ vector }: Setting): AdapterChoice => vector.plain.adapter as unknown as AdapterChoice

function predictorOf(setting: Setting, program: Case) {
  const make = program.module === 'ChainOfThought' ? chainOfThought : predictor
  return make(parseSignature(String(program.signature), { types: setting.vector.types }), {
    adapter: adapterOf(setting),
    demos: nativeValue(program.demos ?? []) as unknown as readonly Values[],
    config: unexact({ ...((program.config ?? {}) as ModelSettings), ...setting.callConfig }),
  })
}

function predicting({ model, inputs }: Setting, used: ReturnType<typeof predictor>): Run {
  const follow = (step: ReturnType<typeof startPredict>): Run => {
    if (step.status === 'asking') return { ...step, answer: (answer) => follow(resumePredict(stored(step.state), answer)) }
    return step.status === 'done' ? { ...step, trace: [{ inputs, outputs: step.prediction.outputs }] } : step
  }
  return follow(startPredict(used, model, inputs))
}

export function modules(vector: Vector): Outcome {
  const { plain, exact } = vector
  const program = exact.program as Case
  const start = runs[String(program.module)]
  if (!start) return skipped(`the module ${program.module}`)
  const lm = plain.lm as Case
  const { config: callConfig = {}, ...inputs } = exact.inputs as Case
  const model: ModelChoice = {
    model: 'scripted',
    settings: { temperature: lm.temperature ?? null, max_tokens: lm.max_tokens ?? null },
    facts: {
      responseFormat: (lm.params as readonly string[]).includes('response_format'),
      responseSchema: lm.responseSchema === true,
    },
  }
  const run = start({ vector, program, model, inputs: inputs as Values, callConfig: callConfig as ModelSettings })
  return check(run, [...(plain.script as readonly string[])], plain.expected as unknown as ModuleExpectation)
}

function unexact(settings: ModelSettings): ModelSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, typeof value === 'object' ? Number(fromJson(value)) : value]),
  )
}

/** The recordings cut from the first traceback of a text to its last one, so what we made is cut the same way before it is compared. */
function cut<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replace(/"(?:[^"\\]|\\.)*"/g, (text) => text.replace(/<TRACEBACK>.*<TRACEBACK>/, '<TRACEBACK>')),
  ) as T
}

/** Answers with the completions of the script, comparing each request. */
function check(first: Run, script: string[], expected: ModuleExpectation): Outcome {
  let run = first
  let call = 0
  while (run.status === 'asking') {
    const want = expected.calls[call]
    if (!want) return { result: 'failed', lines: [`call ${call + 1} was made, only ${expected.calls.length} are expected`] }
    const { response_format = null, ...settings } = run.request.settings as { readonly [setting: string]: Json }
    const same = compareMessages(`call ${call + 1} `, want.messages, cut(run.request.messages))
    if (same.result !== 'passed') return same
    const rest = compare({ kwargs: [want.kwargs, settings], response_format: [want.response_format, formatOf(response_format)] })
    if (rest.result !== 'passed') return rest
    const texts = script.splice(0, typeof settings.n === 'number' ? settings.n : 1)
    call++
    const completions = texts.map((text) => ({ text, finishReason: 'stop' as const }))
    run = run.answer({ ok: true, response: { model: 'scripted', completions, usage: {}, retries: 0, milliseconds: 0 } })
  }
  const { result } = expected
  // What is left of the script follows from the calls; two recordings count a completion more than their script still has.
  const counts = { calls: [expected.calls.length, call] } as const
  if (run.status === 'failed') return compare({ ok: [result.ok, false], message: [result.message, run.error.message], ...counts })
  const { outputs, completions } = run.prediction
  return compare({
    ok: [result.ok, true],
    prediction: [result.prediction, outputs],
    trace: [result.trace, cut(run.trace)],
    ...(result.completions === undefined ? {} : { completions: [result.completions, completions] }),
    ...counts,
  })
}

function formatOf(format: Json): Json {
  if (format === null || typeof format !== 'object' || !('json_schema' in format)) return format
  return { pydantic_schema: (format.json_schema as { readonly schema: Json }).schema }
}
