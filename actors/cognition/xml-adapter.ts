/**
 * Owns: DSPy's XML format: fields as elements, lists and objects as nested ones.
 * Does not own: the order of messages (adapter), reading XML (xml-document), values (value-text, parse-value).
 * Invariants: AD1. XA1 a completion is read as strict XML; what is not well-formed is refused, so that the fallback can ask again.
 */

import type { Json } from '#runtime'
import { type Adapter, unparsable, type Values, withDefaults } from './adapter.ts'
import { fieldDescriptions, objective, opening, placeholder } from './chat-adapter.ts'
import { coerce } from './coerce.ts'
import { type FieldType, isPlain } from './field-type.ts'
import { Misfit, parseValue } from './parse-value.ts'
import { isParameterName, strip } from './python-text.ts'
import { PyDict, type PyValue, pyStr, toJson } from './python-value.ts'
import { type Field, inputFields, outputFields, type Signature } from './signature.ts'
import { jsonSchema } from './type-schema.ts'
import { asTyped, valueText } from './value-text.ts'
import { NotWellFormed, readXml, type XmlElement } from './xml-document.ts'
import { elementsValue, groupChildren, type Schema, skeleton } from './xml-schema.ts'

/** Whether an output's value is written as nested elements. */
function isNested(type: FieldType): boolean {
  const present = type.kind === 'union' ? type.options.filter((option) => !isPlain(option, 'NoneType')) : [type]
  const [only] = present
  if (only === undefined || present.length > 1) return false
  if (only.kind === 'named') return only.role === 'model'
  if (only.kind !== 'generic' || (only.name !== 'list' && only.name !== 'dict')) return false
  const item = only.name === 'list' ? only.args[0] : undefined
  return item === undefined || item.kind !== 'named' || item.role === 'model' || item.role === 'enum'
}

function fieldSkeleton(field: Field): string {
  const schema = jsonSchema(field.type) as Schema
  return skeleton(field.name, schema)
}

function block(field: Field, text: string): string {
  return `<${field.name}>\n${text}\n</${field.name}>`
}

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function structure(signature: Signature): string {
  const outline = (field: Field) =>
    field.kind === 'output' && isNested(field.type) ? fieldSkeleton(field) : block(field, placeholder(field))
  const group = (fields: readonly Field[]) => fields.map(outline).join('\n\n')
  return [opening, group(inputFields(signature)), group(outputFields(signature))].join('\n\n')
}

function reminder(signature: Signature): string {
  const outputs = outputFields(signature)
  const asked = outputs.map(({ name }) => `\`<${name}>\``).join(', then ')
  const nested = outputs.filter(({ type }) => isNested(type)).map(fieldSkeleton)
  const tail = nested.length === 0 ? '' : ` Use this nested XML structure: ${nested.join(' ')}`
  return `Respond with the corresponding output fields wrapped in XML tags ${asked}.${tail}`
}

function outputText(field: Field, value: Json | undefined): string {
  if (isNested(field.type)) {
    const seen = asTyped(value, field.type)
    if (Array.isArray(seen) || seen instanceof PyDict) return elementOf(seen, field.name)
  }
  const text = valueText(field, value)
  return block(field, isPlain(field.type, 'str') ? escapeText(text) : text)
}

function elementOf(value: PyValue, tag: string, key?: string): string {
  const start = key === undefined ? tag : `${tag} key=${quoted(key)}`
  if (value === null) return `<${start} />`
  if (Array.isArray(value))
    return value.length === 0 ? `<${start} />` : `<${start}>${value.map((item) => elementOf(item, 'item')).join('')}</${tag}>`
  if (!(value instanceof PyDict)) return `<${start}>${escapeText(pyStr(value))}</${tag}>`
  const members = value.entries().map(([given, member]) => {
    const name = pyStr(given)
    const isName = isParameterName(name.slice(0, 1) + name.slice(1).replace(/[-.]/g, '_')) || keywords.has(name)
    return isName ? elementOf(member, name) : elementOf(member, 'entry', name)
  })
  return `<${start}>${members.join('')}</${tag}>`
}

/** Python's reserved words: no parameter's name, but good names of elements. */
const keywords: ReadonlySet<string> = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)

function quoted(text: string): string {
  const safe = text
    .replaceAll('&', '&amp;')
    .replaceAll('>', '&gt;')
    .replaceAll('<', '&lt;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;')
  if (!safe.includes('"')) return `"${safe}"`
  return safe.includes("'") ? `"${safe.replaceAll('"', '&quot;')}"` : `'${safe}'`
}

/**
 * DSPy's XMLAdapter.
 *
 * @example xmlAdapter.parse(parseSignature('question -> tags: list[str]'), '<tags><item>a</item></tags>') // { tags: ['a'] }
 */
export const xmlAdapter: Adapter = {
  name: 'XMLAdapter',
  system: (signature) => `${fieldDescriptions(signature)}\n${structure(signature)}\n${objective(signature)}`,
  user(signature, inputs, { prefix = '', request = false }) {
    const given = inputFields(signature).filter((field) => inputs[field.name] !== undefined)
    const blocks = strip(given.map((field) => block(field, valueText(field, inputs[field.name]))).join('\n\n'))
    return strip([prefix, blocks, ...(request ? [reminder(signature)] : []), ''].join('\n\n'))
  },
  assistant(signature, outputs, missing) {
    const texts = outputFields(signature).map((field) => {
      const value = outputs[field.name]
      return value === undefined && missing !== undefined ? block(field, missing) : outputText(field, value)
    })
    return strip(texts.join('\n\n'))
  },
  parse(signature, completion) {
    const elements = groupChildren(rootOf(signature, completion))
    const found: { [field: string]: Values[string] } = {}
    for (const field of outputFields(signature)) {
      const own = elements.get(field.name)
      if (own) found[field.name] = parseField(signature, completion, field, own)
    }
    const outputs = withDefaults(signature, found)
    if (Object.keys(outputs).length !== outputFields(signature).length)
      throw unparsable('XMLAdapter', signature, completion, { parsed: outputs })
    return outputs
  },
}

function rootOf(signature: Signature, completion: string): XmlElement {
  try {
    return readXml(`<dspy_root>${completion}</dspy_root>`)
  } catch (error) {
    if (!(error instanceof NotWellFormed)) throw error
    throw unparsable('XMLAdapter', signature, completion, { message: `Failed to parse XML: ${error.message}` })
  }
}

/** The first reading that fits: by the whole schema, then by each alternative of a union. */
function parseField(signature: Signature, completion: string, field: Field, elements: readonly XmlElement[]): Json {
  const schema = jsonSchema(field.type) as Schema
  let problem = ''
  for (const candidate of [schema, ...(schema.anyOf ?? [])]) {
    const value = elementsValue(elements, candidate, schema.$defs ?? {})
    try {
      return parseValue(value, field.type)
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      const asIs = coerce(value, field.type)
      if (asIs.ok) return toJson(asIs.value)
      problem = `Failed to parse field ${field.name} with value ${pyStr(value)}: ${error.message}`
    }
  }
  throw unparsable('XMLAdapter', signature, completion, { message: problem })
}
