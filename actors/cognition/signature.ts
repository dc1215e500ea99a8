/**
 * Owns: a signature as data, how it is read from text, its operations, its saved state, equality and hash.
 * Does not own: the grammar of types (type-grammar), prompts (the adapters).
 * Invariants: SG1 inputs come before outputs, each in their order. SG2 an operation returns a new signature. SG3 a signature is plain JSON.
 */

import { describe, digestOf, type Json } from '#runtime'
import { cognitionErrors } from './cognition-errors.ts'
import { type FieldType, isPlain, str } from './field-type.ts'
import { dspyTypes } from './named-types.ts'
import { inferPrefix } from './prefix.ts'
import { cleanDoc } from './python-text.ts'
import { GrammarError, type NamedTypes, type Parameter, parseParameters } from './type-grammar.ts'

export type FieldKind = 'input' | 'output'

export interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly type: FieldType
  /** What the field is, for the model; `${name}` when nothing was said. */
  readonly desc: string
  /** Heading in old prompt formats; still a part of the saved state. */
  readonly prefix: string
  /** Constraints in words, as they stand in the prompt. */
  readonly constraints?: string
  /** No type was written, so values of any type are fine. */
  readonly untyped?: true
  /** Taken when an input is not given or an output is missing in the completion. */
  readonly default?: Json
}

export interface Signature {
  readonly instructions: string
  readonly fields: readonly Field[]
}

export interface SignatureOptions {
  /** What is to be done; without it, DSPy's sentence about the fields. */
  readonly instructions?: string
  /** Types of your own by their names; see modelType. */
  readonly types?: NamedTypes
}

/** Names that a field cannot have, because DSPy's signature class has them itself. */
const reserved: ReadonlySet<string> = new Set([
  'fields',
  'input_fields',
  'output_fields',
  'instructions',
  'signature',
  'model_config',
])

/**
 * The signature that a text in DSPy's grammar means.
 *
 * @param text two Python parameter lists with `->` between them
 * @throws `signature.invalid` with DSPy's own words where it has some
 * @example parseSignature("subject, body -> label: Literal['spam', 'ham']", { instructions: 'Is this mail spam?' })
 */
export function parseSignature(text: string, options: SignatureOptions = {}): Signature {
  const refuse = (problem: string) => cognitionErrors.make('signature.invalid', { signature: text, problem })
  const sides = text.split('->')
  if (sides.length !== 2) throw refuse(`Invalid signature format: '${text}', must contain exactly one '->'.`)
  const [inputs, outputs] = sides.map((side) => parametersOf(side, { ...dspyTypes, ...options.types }, refuse)) as [
    Parameter[],
    Parameter[],
  ]
  const doubled = [...new Set(inputs.map(({ name }) => name))]
    .filter((name) => outputs.some((output) => output.name === name))
    .sort()
  if (doubled.length > 0)
    throw refuse(`Input and output fields must have distinct names, but found duplicates: '${doubled.join(', ')}'.`)
  for (const { name, type, problem } of [...inputs, ...outputs]) {
    if (problem !== undefined) throw refuse(problem)
    if (type !== undefined && isPlain(type, 'bytearray'))
      throw refuse("Unable to generate pydantic-core schema for <class 'bytearray'>.")
    if (name.startsWith('_')) throw refuse(`Fields must not use names with leading underscores; got '${name}'.`)
    if (reserved.has(name)) throw refuse(`A field cannot be named '${name}', because every signature has a member of that name.`)
  }
  return signatureOf([...fieldsOf(inputs, 'input'), ...fieldsOf(outputs, 'output')], options.instructions)
}

function parametersOf(side: string, types: NamedTypes, refuse: (problem: string) => Error): Parameter[] {
  try {
    return parseParameters(side, types)
  } catch (error) {
    throw error instanceof GrammarError ? refuse(error.message) : error
  }
}

/** The same name twice is one field at the first place with the last type, as in a dict. */
function fieldsOf(parameters: readonly Parameter[], kind: FieldKind): Field[] {
  const byName = new Map<string, Field>()
  for (const { name, type } of parameters)
    byName.set(
      name,
      field(name, kind, { type: type ?? str, ...(type === undefined && kind === 'input' ? { untyped: true } : {}) }),
    )
  return [...byName.values()]
}

/** A field with DSPy's defaults for what is not given. */
export function field(name: string, kind: FieldKind, given: Partial<Omit<Field, 'name' | 'kind'>> = {}): Field {
  return { name, kind, type: str, desc: `\${${name}}`, prefix: `${inferPrefix(name)}:`, ...given }
}

/**
 * A signature from fields.
 *
 * @param instructions without them, or empty: DSPy's sentence about the fields
 */
export function signatureOf(fields: readonly Field[], instructions?: string): Signature {
  const ordered = [...fields.filter(({ kind }) => kind === 'input'), ...fields.filter(({ kind }) => kind === 'output')]
  return { instructions: cleanDoc(instructions ?? '') || defaultInstructions(ordered), fields: ordered }
}

function defaultInstructions(fields: readonly Field[]): string {
  const names = (kind: FieldKind) =>
    fields
      .filter((one) => one.kind === kind)
      .map(({ name }) => `\`${name}\``)
      .join(', ')
  return `Given the fields ${names('input')}, produce the fields ${names('output')}.`
}

export function inputFields(signature: Signature): Field[] {
  return signature.fields.filter(({ kind }) => kind === 'input')
}

export function outputFields(signature: Signature): Field[] {
  return signature.fields.filter(({ kind }) => kind === 'output')
}

/** `question, context -> answer`: the names alone. */
export function signatureText(signature: Signature): string {
  const names = (fields: readonly Field[]) => fields.map(({ name }) => name).join(', ')
  return `${names(inputFields(signature))} -> ${names(outputFields(signature))}`
}

export function withInstructions(signature: Signature, instructions: string): Signature {
  return signatureOf(signature.fields, instructions)
}

/** Adds a paragraph to the instructions. */
export function appendInstructions(signature: Signature, instructions: string): Signature {
  return signatureOf(signature.fields, `${signature.instructions}\n\n${instructions}`)
}

/**
 * Changes what is given of one field.
 *
 * @throws `signature.no_field`
 */
export function withUpdatedField(signature: Signature, name: string, changes: Partial<Omit<Field, 'name' | 'kind'>>): Signature {
  if (!signature.fields.some((one) => one.name === name))
    throw cognitionErrors.make('signature.no_field', { field: name, known: signature.fields.map((one) => one.name).join(', ') })
  return { ...signature, fields: signature.fields.map((one) => (one.name === name ? { ...one, ...changes } : one)) }
}

/**
 * Inserts a field among those of its kind.
 *
 * @param index from 0; -1 appends
 * @throws `signature.index`
 */
export function insertField(signature: Signature, index: number, added: Field): Signature {
  const same = signature.fields.filter(({ kind, name }) => kind === added.kind && name !== added.name)
  const others = signature.fields.filter(({ kind }) => kind !== added.kind)
  const at = index < 0 ? index + same.length + 1 : index
  if (at < 0 || at > same.length) throw cognitionErrors.make('signature.index', { index, kind: added.kind, count: same.length })
  return signatureOf([...same.slice(0, at), added, ...same.slice(at), ...others], signature.instructions)
}

export function prependField(signature: Signature, added: Field): Signature {
  return insertField(signature, 0, added)
}

export function appendField(signature: Signature, added: Field): Signature {
  return insertField(signature, -1, added)
}

/** Without the field; the signature itself when it has no such field. */
export function deleteField(signature: Signature, name: string): Signature {
  return { ...signature, fields: signature.fields.filter((one) => one.name !== name) }
}

/** DSPy's equality: instructions and what is said of each field, but neither types nor order. */
export function sameSignature(a: Signature, b: Signature): boolean {
  const said = ({ instructions, fields }: Signature) =>
    digestOf({
      instructions,
      fields: Object.fromEntries(
        fields.map(({ name, kind, desc, prefix, constraints, untyped }) => [name, { kind, desc, prefix, constraints, untyped }]),
      ),
    })
  return said(a) === said(b)
}

/** SHA-256 (hex) of the whole signature, types and order included. */
export function signatureHash(signature: Signature): string {
  return digestOf(signature)
}

/** What DSPy saves of a signature: no names and no types. */
export interface SignatureState {
  readonly instructions: string
  readonly fields: readonly { readonly prefix: string; readonly description: string }[]
}

export function dumpSignature(signature: Signature): SignatureState {
  return {
    instructions: signature.instructions,
    fields: signature.fields.map(({ prefix, desc }) => ({ prefix, description: desc })),
  }
}

/**
 * The signature with instructions, prefixes and descriptions of a saved state; fields are matched by position, a shorter list leaves the rest as it is.
 *
 * @throws `state.invalid`
 */
export function loadSignature(signature: Signature, state: SignatureState): Signature {
  const text = (value: unknown, path: string): string => {
    if (typeof value === 'string') return value
    throw cognitionErrors.make('state.invalid', {
      path,
      expected: 'a text',
      got: value === undefined ? 'nothing' : describe(value),
    })
  }
  if (!Array.isArray(state?.fields))
    throw cognitionErrors.make('state.invalid', {
      path: 'signature.fields',
      expected: 'a list',
      got: describe(state?.fields ?? null),
    })
  const fields = signature.fields.map((one, i) => {
    const saved = state.fields[i]
    if (saved === undefined) return one
    const path = `signature.fields[${i}]`
    return { ...one, prefix: text(saved.prefix, `${path}.prefix`), desc: text(saved.description, `${path}.description`) }
  })
  return { instructions: cleanDoc(text(state.instructions, 'signature.instructions')), fields }
}
