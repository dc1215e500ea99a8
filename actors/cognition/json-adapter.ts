/**
 * Owns: DSPy's JSON format: outputs as one JSON object; which response format a model is asked for.
 * Does not own: the order of messages (adapter), the texts that both formats share (chat-adapter).
 * Invariants: AD1. JA1 the response format is chosen before the call from what the model can do; one call, whatever it answers.
 */

import type { Json } from '#runtime'
import { type Adapter, unparsable, type Values, withDefaults } from './adapter.ts'
import { fieldDescriptions, objective, opening, placeholder, sections, typeHint, userContent } from './chat-adapter.ts'
import { repairJson } from './json-repair.ts'
import { Misfit, parseValue } from './parse-value.ts'
import { capitalize, strip } from './python-text.ts'
import { PyDict, pyJson } from './python-value.ts'
import { type Field, inputFields, outputFields, type Signature } from './signature.ts'
import { jsonSchema } from './type-schema.ts'
import { asTyped } from './value-text.ts'

function structure(signature: Signature): string {
  const outputs = new PyDict()
  for (const field of outputFields(signature)) outputs.set(field.name, placeholder(field))
  const parts = [
    opening,
    'Inputs will have the following structure:',
    sections(inputFields(signature), placeholder),
    'Outputs will be a JSON object with the following fields.',
    pyJson(outputs, 2),
  ]
  return strip(parts.join('\n\n'))
}

/** What the answer must look like, at the end of a request. */
export function jsonReminder(signature: Signature): string {
  const asked = outputFields(signature).map((field) => `\`${field.name}\`${typeHint(field.type)}`)
  return `Respond with a JSON object in the following order of fields: ${asked.join(', then ')}.`
}

/** DSPy's JSONAdapter. */
export const jsonAdapter: Adapter = {
  name: 'JSONAdapter',
  system: (signature) => `${fieldDescriptions(signature)}\n${structure(signature)}\n${objective(signature)}`,
  user: (signature, inputs, { prefix = '', request = false }) =>
    userContent(signature, inputs, prefix, request ? jsonReminder(signature) : undefined),
  assistant(signature, outputs, missing) {
    const dict = new PyDict()
    for (const field of outputFields(signature)) {
      const value = outputs[field.name]
      dict.set(field.name, value === undefined ? (missing ?? null) : asTyped(value, field.type))
    }
    return pyJson(dict, 2)
  },
  parse: (signature, completion) => parseJson(signature, completion, 'JSONAdapter'),
}

/**
 * The outputs that a JSON object in a completion gives.
 *
 * @param reader named in the error of a field that does not fit, because DSPy names the adapter's own class only there
 * @throws `completion.unparsable`
 */
export function parseJson(signature: Signature, completion: string, reader: Adapter['name']): Values {
  const { object, text } = findObject(completion)
  if (!object) throw unparsable('JSONAdapter', signature, text, { message: 'LM response cannot be serialized to a JSON object.' })
  const wanted = outputFields(signature)
  const given = object.entries().map(([key]) => key)
  const kept = given.filter((key): key is string => typeof key === 'string' && wanted.some(({ name }) => name === key))
  const found: { [field: string]: Values[string] } = {}
  for (const name of kept) {
    const field = wanted.find((one) => one.name === name)!
    found[name] = parseField({ reader, signature, text, object, kept }, field)
  }
  const outputs = withDefaults(signature, found)
  if (Object.keys(outputs).length !== wanted.length) throw unparsable('JSONAdapter', signature, text, { parsed: outputs })
  return outputs
}

interface Reading {
  readonly reader: Adapter['name']
  readonly signature: Signature
  readonly text: string
  readonly object: PyDict
  readonly kept: readonly string[]
}

function parseField({ reader, signature, text, object, kept }: Reading, field: Field): Values[string] {
  try {
    return parseValue(object.get(field.name)!, field.type)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    const parsed = Object.fromEntries(kept.map((name) => [name, null]))
    throw unparsable(reader, signature, text, {
      message: `Failed to parse field ${field.name}: ${error.message}`,
      parsed,
    })
  }
}

/** The object that a completion is, or the first balanced pair of braces in it; the text is what was read last. */
function findObject(completion: string): { readonly object: PyDict | undefined; readonly text: string } {
  const whole = repairJson(completion)
  if (whole instanceof PyDict) return { object: whole, text: completion }
  const inner = firstBraces(completion)
  if (inner === undefined) return { object: undefined, text: completion }
  const value = repairJson(inner)
  return { object: value instanceof PyDict ? value : undefined, text: inner }
}

/** The leftmost `{…}` whose braces balance, whatever stands between them. */
function firstBraces(text: string): string | undefined {
  const open: number[] = []
  let best: readonly [number, number] | undefined
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open.push(i)
    if (text[i] !== '}' || open.length === 0) continue
    const start = open.pop()!
    if (!best || start < best[0]) best = [start, i]
    if (open.length === 0) break
  }
  return best && text.slice(best[0], best[1] + 1)
}

/** What a model can do with the format of its answer. */
export interface ModelFacts {
  /** It takes the setting `response_format`. */
  readonly responseFormat: boolean
  /** It can be held to a JSON Schema. */
  readonly responseSchema: boolean
}

/** The response format to ask for; undefined for none. */
export function responseFormat(signature: Signature, facts: ModelFacts): Json | undefined {
  if (!facts.responseFormat) return undefined
  const outputs = outputFields(signature)
  // A dict has no fixed members, and a fixed schema needs them.
  const open = outputs.some(({ type }) => type.kind === 'generic' && type.name === 'dict')
  if (open || !facts.responseSchema) return { type: 'json_object' }
  return { type: 'json_schema', json_schema: { name: 'DSPyProgramOutputs', schema: outputSchema(outputs), strict: true } }
}

/** The JSON Schema of all outputs: every member required, nothing else allowed, at every level. */
export function outputSchema(outputs: readonly Field[]): Json {
  const definitions: { [name: string]: Json } = {}
  const properties: { [name: string]: Json } = {}
  for (const field of outputs) {
    const { $defs, ...schema } = jsonSchema(field.type) as { readonly $defs?: { readonly [name: string]: Json } }
    Object.assign(definitions, $defs)
    if (field.type.kind === 'named') {
      definitions[field.type.name] = schema
      properties[field.name] = { $ref: `#/$defs/${field.type.name}` }
    } else
      properties[field.name] = {
        ...schema,
        title: titleOf(field),
        ...(field.default === undefined ? {} : { default: field.default }),
      }
  }
  const schema = { title: 'DSPyProgramOutputs', type: 'object', properties }
  return closed({ ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }), ...schema }) as Json
}

function titleOf(field: Field): string {
  return field.name.split('_').map(titleWord).join(' ').trim()
}

/** Python's `str.title` of one word. */
function titleWord(word: string): string {
  return word.replace(/\p{L}+/gu, (letters) => capitalize(letters))
}

type Part = { readonly [key: string]: Json | undefined }

function closed(part: Part): Part {
  let result = part
  if (part.type === 'object') {
    const properties = (part.properties ?? {}) as { readonly [name: string]: Part }
    result = {
      ...part,
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, closed(inner) as Json])),
      required: Object.keys(properties),
      additionalProperties: false,
    }
  }
  if (part.type === 'array' && isPart(part.items)) result = { ...result, items: closed(part.items) as Json }
  if (isPart(part.$defs))
    result = {
      ...result,
      $defs: Object.fromEntries(Object.entries(part.$defs).map(([name, inner]) => [name, closed(inner as Part) as Json])),
    }
  return result
}

function isPart(value: Json | undefined): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
