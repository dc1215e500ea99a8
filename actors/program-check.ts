/**
 * Owns: checking a draft of a program, and filling in what it leaves open; checking what a program is run on.
 * Does not own: what a graph is (program-graph), types (type-flow, cognition).
 * Invariants: PC1 whatever the draft, the answer is a graph that PG3 holds for, or one error that names every problem by its path.
 */

import { describe, type Json, nearest, type TroupeError } from '#runtime'
import { type FieldType, typeName } from './cognition/field-type.ts'
import { type Field, inputFields, outputFields, type Signature } from './cognition/signature.ts'
import { programErrors } from './program-errors.ts'
import {
  type FieldValues,
  orderOf,
  type ProgramDraft,
  type ProgramGraph,
  programSignature,
  type Source,
  type Step,
  stepModules,
  stepOutputs,
  stepSignature,
} from './program-graph.ts'
import { isRecord, Problems } from './program-problems.ts'
import { checkSettings } from './step-settings.ts'
import { fitOf, flows } from './type-flow.ts'

/** What is known of a step while its graph is checked. */
interface Known {
  readonly step: Step
  readonly inputs: readonly Field[]
  readonly outputs: readonly Field[]
}

const stepId = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const members = ['id', 'module', 'signature', 'instructions', 'demos', 'config', 'inputs'] as const
const programMembers = ['format', 'signature', 'instructions', 'steps', 'outputs'] as const

/**
 * The graph that a draft means.
 *
 * @throws `program.invalid` with the path of the first problem and the paths of all
 * @example
 * checkProgram({
 *   signature: "subject, body -> label: Literal['spam', 'ham']",
 *   steps: [{ id: 'label', module: 'Predict', demos: [{ subject: 'Win!', body: 'Now!', label: 'spam' }] }],
 * })
 */
export function checkProgram(draft: ProgramDraft | unknown): ProgramGraph {
  const problems = new Problems()
  const graph = graphOf(draft, problems)
  const error = problems.error()
  if (error) throw error
  return graph as ProgramGraph
}

function graphOf(draft: unknown, problems: Problems): ProgramGraph | undefined {
  if (!isRecord(draft)) return problems.add('', 'an object with signature and steps', draft)
  problems.members('', draft, programMembers)
  if (draft.format !== undefined && draft.format !== 1) problems.add('format', '1', draft.format)
  const instructions = problems.text('instructions', draft.instructions, '')
  const signature = problems.signature('signature', draft.signature, (text) =>
    programSignature({ signature: text, instructions }),
  )
  if (!Array.isArray(draft.steps) || draft.steps.length === 0)
    return problems.add('steps', 'a list of at least one step', draft.steps)
  if (!signature) return undefined
  const alone = draft.steps.length === 1
  const known: Known[] = []
  for (const [at, given] of draft.steps.entries()) {
    const step = stepOf(
      given,
      at,
      alone ? { signature: draft.signature as string, instructions } : undefined,
      known,
      signature,
      problems,
    )
    if (step) known.push(step)
  }
  const outputs = sourcesOf('outputs', draft.outputs, outputFields(signature), known.toReversed(), [], problems)
  for (const one of known) checkSources(`steps.${one.step.id}.inputs`, one.step.inputs, one.inputs, known, signature, problems)
  checkSources('outputs', outputs, outputFields(signature), known, signature, problems)
  const steps = known.map(({ step }) => step)
  const { cycle } = orderOf(steps.filter((step) => knowsAll(step, steps)))
  if (cycle) problems.add('steps', 'no cycle', cycle.join(' → '))
  return { format: 1, signature: draft.signature as string, instructions, steps, outputs }
}

const knowsAll = (step: Step, steps: readonly Step[]): boolean =>
  Object.values(step.inputs).every((source) => source.from !== 'step' || steps.some((one) => one.id === source.step))

function stepOf(
  given: unknown,
  at: number,
  alone: { readonly signature: string; readonly instructions: string } | undefined,
  earlier: readonly Known[],
  program: Signature,
  problems: Problems,
): Known | undefined {
  if (!isRecord(given)) return problems.add(`steps.${at}`, 'an object with id and module', given)
  const id = given.id
  if (typeof id !== 'string' || !stepId.test(id))
    return problems.add(`steps.${at}.id`, 'a letter, then up to 63 of a-z A-Z 0-9 _ -', id)
  const path = `steps.${id}`
  if (earlier.some(({ step }) => step.id === id)) return problems.add(`${path}.id`, 'an id that no other step has', id)
  problems.members(path, given, members)
  const module = problems.choice(`${path}.module`, given.module, stepModules)
  const whole = given.signature === undefined ? alone : undefined
  const instructions = problems.text(`${path}.instructions`, given.instructions, whole?.instructions ?? '')
  const text = given.signature ?? whole?.signature
  const signature = problems.signature(`${path}.signature`, text, (signature) => stepSignature({ signature, instructions }))
  if (!module || !signature) return undefined
  const outputs = stepOutputs({ module, signature: text as string, instructions })
  const inputs = inputFields(signature)
  const step: Step = {
    id,
    module,
    signature: text as string,
    instructions,
    demos: demosOf(`${path}.demos`, given.demos, [...inputs, ...outputs], problems),
    config: checkSettings(`${path}.config`, given.config, problems),
    inputs: sourcesOf(`${path}.inputs`, given.inputs, inputs, earlier.toReversed(), inputFields(program), problems),
  }
  return { step, inputs, outputs }
}

function demosOf(path: string, given: unknown, fields: readonly Field[], problems: Problems): Step['demos'] {
  if (given === undefined) return []
  if (!Array.isArray(given)) return problems.add(path, 'a list of demos', given) ?? []
  const names = fields.map(({ name }) => name)
  for (const [at, demo] of given.entries()) {
    if (!isRecord(demo)) problems.add(`${path}.${at}`, 'an object of fields', demo)
    else
      for (const name of Object.keys(demo))
        if (!names.includes(name)) problems.unknown(`${path}.${at}.${name}`, name, 'a field of the step', names)
  }
  return given
}

/** The written sources, and for the fields without one the nearest output of the same name, or the program's input. */
function sourcesOf(
  path: string,
  given: unknown,
  fields: readonly Field[],
  steps: readonly Known[],
  inputs: readonly Field[],
  problems: Problems,
): { readonly [field: string]: Source } {
  if (given !== undefined && !isRecord(given)) problems.add(path, 'an object of sources by field', given)
  const written = isRecord(given) ? given : {}
  const names = fields.map(({ name }) => name)
  for (const name of Object.keys(written))
    if (!names.includes(name)) problems.unknown(`${path}.${name}`, name, 'a field of the signature', names)
  const sources: [string, Source][] = []
  for (const one of fields) {
    const source = Object.hasOwn(written, one.name)
      ? sourceOf(`${path}.${one.name}`, written[one.name], problems)
      : implied(one, steps, inputs)
    if (source) sources.push([one.name, source])
    else if (!Object.hasOwn(written, one.name) && one.default === undefined)
      problems.add(`${path}.${one.name}`, `a source for ${one.name}`, 'nothing, and no input or earlier output has this name')
  }
  return Object.fromEntries(sources)
}

function implied(wanted: Field, steps: readonly Known[], inputs: readonly Field[]): Source | undefined {
  const from = steps.find(({ outputs }) => outputs.some(({ name }) => name === wanted.name))
  if (from) return { from: 'step', step: from.step.id, field: wanted.name }
  return inputs.some(({ name }) => name === wanted.name) ? { from: 'input', field: wanted.name } : undefined
}

function sourceOf(path: string, given: unknown, problems: Problems): Source | undefined {
  const expected = '{ from: "input", field }, { from: "step", step, field } or { from: "value", value }'
  if (!isRecord(given)) return problems.add(path, expected, given)
  const { from, field, step, value } = given
  if (from === 'input' && typeof field === 'string') return { from, field }
  if (from === 'step' && typeof step === 'string' && typeof field === 'string') return { from, step, field }
  if (from === 'value' && value !== undefined) return { from, value: value as Json }
  return problems.add(path, expected, given)
}

/** Every source exists and has a type that may go where it goes. */
function checkSources(
  path: string,
  sources: { readonly [field: string]: Source },
  fields: readonly Field[],
  known: readonly Known[],
  program: Signature,
  problems: Problems,
): void {
  for (const target of fields) {
    const source = sources[target.name]
    if (!source) continue
    const at = `${path}.${target.name}`
    if (source.from === 'value') {
      const wrong = target.untyped ? undefined : fitOf(source.value, target.type)
      if (wrong)
        problems.add(wrong.path ? `${at}.value.${wrong.path}` : `${at}.value`, `a value of type ${wrong.expected}`, source.value)
      continue
    }
    const found = source.from === 'input' ? inputNamed(at, source, program, problems) : outputNamed(at, source, known, problems)
    if (found && !target.untyped && !found.untyped && !flows(found.type, target.type))
      problems.add(at, `a source of type ${typeName(target.type)}`, `${source.field}: ${typeName(found.type)}`)
  }
}

function inputNamed(at: string, source: { readonly field: string }, program: Signature, problems: Problems): Field | undefined {
  const inputs = inputFields(program)
  const names = inputs.map(({ name }) => name)
  return inputs.find(({ name }) => name === source.field) ?? problems.unknown(at, source.field, 'an input of the program', names)
}

function outputNamed(
  at: string,
  source: { readonly step: string; readonly field: string },
  known: readonly Known[],
  problems: Problems,
): Field | undefined {
  const step = known.find((one) => one.step.id === source.step)
  if (!step)
    return problems.unknown(
      at,
      source.step,
      'a step of the program',
      known.map((one) => one.step.id),
    )
  const names = step.outputs.map(({ name }) => name)
  return (
    step.outputs.find(({ name }) => name === source.field) ??
    problems.unknown(at, source.field, `an output of the step ${source.step}`, names)
  )
}

/**
 * Inputs of a run, checked against the program: every field is there and of its type, and none is unknown.
 *
 * @param program name of the program, for messages
 * @throws `program.input_invalid`
 */
export function checkInputs(program: string, graph: ProgramGraph, given: unknown): FieldValues {
  const refuse = (path: string, expected: string, got: string, near?: string): TroupeError =>
    programErrors.make(
      'program.input_invalid',
      near === undefined ? { program, path, expected, got } : { program, path, expected, got, nearest: near },
    )
  if (!isRecord(given)) throw refuse('', 'an object of fields', describe(given))
  const inputs = inputFields(programSignature(graph))
  const names = inputs.map(({ name }) => name)
  for (const name of Object.keys(given))
    if (!names.includes(name)) throw refuse(name, `one of ${names.join(', ')}`, 'an unknown field', nearest(name, names))
  const values: [string, Json][] = []
  for (const { name, type, untyped, default: fallback } of inputs) {
    const value = (Object.hasOwn(given, name) ? given[name] : fallback) as Json | undefined
    if (value === undefined) throw refuse(name, `a value of type ${nameOf(type)}`, 'nothing')
    const wrong = untyped ? undefined : fitOf(value, type, name)
    if (wrong) throw refuse(wrong.path, `a value of type ${wrong.expected}`, wrong.got)
    values.push([name, value])
  }
  return Object.fromEntries(values)
}

const nameOf = (type: FieldType): string => typeName(type)
