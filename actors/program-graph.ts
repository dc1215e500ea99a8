/**
 * Owns: program versions as data: a graph of steps with its hash, its order, and how values go through it.
 * Does not own: checking a draft (program-check), versions and promotion (program actor), running (execution actor).
 * Invariants: PG1 a graph is plain JSON and has no member left open, so that equal programs have equal hashes. PG2 a step runs after all
 * steps that it takes values from; among those that could run, the one that was written first. PG3 a published graph has no cycle, no missing
 * field and no wrong type.
 */

import { digestOf, type Json } from '#runtime'
import { str } from './cognition/field-type.ts'
import type { ModelSettings } from './cognition/language-model.ts'
import { type Field, field, inputFields, outputFields, parseSignature, type Signature } from './cognition/signature.ts'
import type { Example } from './evaluation/example.ts'

export const stepModules = ['Predict', 'ChainOfThought'] as const
export type StepModule = (typeof stepModules)[number]

/** Where a value comes from: an input of the program, an output of a step, or the graph itself. */
export type Source =
  | { readonly from: 'input'; readonly field: string }
  | { readonly from: 'step'; readonly step: string; readonly field: string }
  | { readonly from: 'value'; readonly value: Json }

export interface Step {
  /** Unique in the program. */
  readonly id: string
  readonly module: StepModule
  /** In DSPy's grammar. */
  readonly signature: string
  /** Empty: DSPy's sentence about the fields. */
  readonly instructions: string
  readonly demos: readonly Example[]
  /** Settings of its model calls under OpenAI's names; `model` chooses the model. */
  readonly config: ModelSettings
  /** A source for each input of the signature. */
  readonly inputs: { readonly [field: string]: Source }
}

/** One immutable version of a program. */
export interface ProgramGraph {
  readonly format: 1
  /** Inputs and outputs of the whole, in DSPy's grammar. */
  readonly signature: string
  readonly instructions: string
  readonly steps: readonly Step[]
  /** A source for each output of the signature. */
  readonly outputs: { readonly [field: string]: Source }
}

/** A step as it is written: whatever is left out has a default. */
export type StepDraft = Pick<Step, 'id' | 'module'> & Partial<Step>

/**
 * A program as it is written. An input of a step without a source comes from the nearest earlier step that has an output of this name,
 * otherwise from the program's input of this name. An output of the program comes from the last step that has one of this name. A single
 * step without a signature has the program's.
 */
export type ProgramDraft = Pick<ProgramGraph, 'signature'> &
  Partial<Pick<ProgramGraph, 'instructions' | 'outputs'>> & { readonly steps: readonly StepDraft[] }

/** SHA-256 (hex) of the canonical JSON of a graph: the name of the version. */
export function programHash(graph: ProgramGraph): string {
  return digestOf(graph)
}

/** The signature of the whole. @throws `signature.invalid` */
export function programSignature(graph: Pick<ProgramGraph, 'signature' | 'instructions'>): Signature {
  return signatureFrom(graph.signature, graph.instructions)
}

/** What each module makes of a step's signature. */
const moduleSignatures: { readonly [M in StepModule]: (signature: Signature) => Signature } = {
  Predict: (signature) => signature,
  ChainOfThought(signature) {
    const reasoning = field('reasoning', 'output', { type: str })
    return { ...signature, fields: [...inputFields(signature), reasoning, ...outputFields(signature)] }
  },
}

/** The signature of a step as it is written. @throws `signature.invalid` */
export function stepSignature(step: Pick<Step, 'signature' | 'instructions'>): Signature {
  return signatureFrom(step.signature, step.instructions)
}

/** The signature that a step's module asks the model with. @throws `signature.invalid` */
export function moduleSignature(step: Pick<Step, 'signature' | 'instructions' | 'module'>): Signature {
  return moduleSignatures[step.module](stepSignature(step))
}

/** The outputs that a step has, with those that its module adds. @throws `signature.invalid` */
export function stepOutputs(step: Pick<Step, 'signature' | 'instructions' | 'module'>): readonly Field[] {
  return outputFields(moduleSignature(step))
}

function signatureFrom(text: string, instructions: string): Signature {
  return parseSignature(text, instructions === '' ? {} : { instructions })
}

/** Steps that a step takes values from. */
export function dependencies(step: Pick<Step, 'inputs'>): readonly string[] {
  return [...new Set(Object.values(step.inputs).flatMap((source) => (source.from === 'step' ? [source.step] : [])))]
}

/** The steps in the order in which they run (PG2); `cycle` when there is none, as ids from a step round to itself. */
export function orderOf(steps: readonly Step[]): { readonly order: readonly Step[]; readonly cycle?: readonly string[] } {
  const order: Step[] = []
  const done = new Set<string>()
  let rest = [...steps]
  while (rest.length > 0) {
    const next = rest.find((step) => dependencies(step).every((id) => done.has(id)))
    if (!next) return { order, cycle: cycleOf(rest) }
    order.push(next)
    done.add(next.id)
    rest = rest.filter((step) => step !== next)
  }
  return { order }
}

/** Follows dependencies among steps of which each waits for another until one comes again. */
function cycleOf(waiting: readonly Step[]): string[] {
  const byId = new Map(waiting.map((step) => [step.id, step]))
  const path: string[] = []
  let at = waiting[0]!
  while (!path.includes(at.id)) {
    path.push(at.id)
    const id = dependencies(at).find((one) => byId.has(one))
    // A step that waits for none of the others waits for one that does not exist; that is told as a missing step.
    if (id === undefined) return [...path, '(a step that does not exist)']
    at = byId.get(id)!
  }
  return [...path.slice(path.indexOf(at.id)), at.id]
}

/** FieldValues by field name. */
export type FieldValues = { readonly [field: string]: Json }

/** The inputs of one step, from the program's inputs and the outputs of the steps before it. A value that is not there is left out. */
export function stepInputs(
  step: Pick<Step, 'inputs'>,
  program: FieldValues,
  outputs: { readonly [step: string]: FieldValues },
): FieldValues {
  return valuesOf(step.inputs, program, outputs)
}

/** The outputs of the program, when its steps are done. */
export function programOutputs(
  graph: Pick<ProgramGraph, 'outputs'>,
  program: FieldValues,
  outputs: { readonly [step: string]: FieldValues },
): FieldValues {
  return valuesOf(graph.outputs, program, outputs)
}

function valuesOf(
  sources: { readonly [field: string]: Source },
  program: FieldValues,
  outputs: { readonly [step: string]: FieldValues },
): FieldValues {
  const values = Object.entries(sources).map(([name, source]) => [name, valueFrom(source, program, outputs)] as const)
  return Object.fromEntries(values.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined))
}

function valueFrom(source: Source, program: FieldValues, outputs: { readonly [step: string]: FieldValues }): Json | undefined {
  if (source.from === 'value') return source.value
  const values = source.from === 'input' ? program : outputs[source.step]
  return values && Object.hasOwn(values, source.field) ? values[source.field] : undefined
}
