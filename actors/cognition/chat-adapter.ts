/**
 * Owns: DSPy's chat format: fields under `[[ ## name ## ]]` markers.
 * Does not own: the order of messages (adapter), values (value-text, parse-value).
 * Invariants: AD1. CA1 the first section of an output wins; text before the first marker is ignored; an unknown marker ends the section before it.
 */

import { type Adapter, unparsable, type Values, withDefaults } from './adapter.ts'
import { type FieldType, isPlain, literalText, typeName } from './field-type.ts'
import { Misfit, parseValue } from './parse-value.ts'
import { dedent, splitLines, strip } from './python-text.ts'
import { type Field, inputFields, outputFields, type Signature } from './signature.ts'
import { schemaText } from './type-schema.ts'
import { valueText } from './value-text.ts'

export const opening = 'All interactions will be structured in the following way, with the appropriate values filled in.'

/** A numbered list of fields with types, descriptions and constraints. */
export function fieldList(fields: readonly Field[]): string {
  const lines = fields.map((field, i) => {
    let desc = field.desc === `\${${field.name}}` ? '' : field.desc
    for (const described of describedTypes(field.type))
      desc += `\n    Type description of ${typeName(described)}: ${described.kind === 'named' ? described.description : ''}`
    const constraints = field.constraints ? `\nConstraints: ${field.constraints}` : ''
    return `${i + 1}. \`${field.name}\` (${typeName(field.type)}): ${desc}${constraints}`
  })
  return strip(lines.join('\n'))
}

function describedTypes(type: FieldType): FieldType[] {
  if (type.kind === 'named') return type.description ? [type] : []
  if (type.kind === 'generic') return type.args.flatMap(describedTypes)
  return type.kind === 'union' ? type.options.flatMap(describedTypes) : []
}

/** What stands for a field's value in the description of the format. */
export function placeholder(field: Field): string {
  const note = field.kind === 'input' ? '' : noteFor(field.type)
  return `{${field.name}}${note && `${' '.repeat(8)}# note: the value you produce ${note}`}`
}

function noteFor(type: FieldType): string {
  if (isPlain(type, 'str') || (type.kind === 'named' && (type.role === 'Reasoning' || type.role === 'Code'))) return ''
  if (isPlain(type, 'bool')) return 'must be True or False'
  if (isPlain(type, 'int') || isPlain(type, 'float')) return `must be a single ${typeName(type)} value`
  if (type.kind === 'named' && type.role === 'enum') return `must be one of: ${enumTexts(type).join('; ')}`
  if (type.kind === 'literal')
    return `must exactly match (no extra characters) one of: ${type.values.map(literalText).join('; ')}`
  return `must adhere to the JSON schema: ${schemaText(type)}`
}

function enumTexts(type: Extract<FieldType, { kind: 'named' }>): string[] {
  const { schema } = type
  const values = schema !== null && typeof schema === 'object' && !Array.isArray(schema) && 'enum' in schema ? schema.enum : []
  return Array.isArray(values) ? values.map((value: string | number | boolean | null) => literalText(value)) : []
}

/** The part of the system message that says what is to be done. */
export function objective(signature: Signature): string {
  const lines = splitLines(dedent(signature.instructions))
  return `In adhering to this structure, your objective is: ${['', ...lines].join(`\n${' '.repeat(8)}`)}`
}

/** What a field's value must be, in the reminder of a request. */
export function typeHint(type: FieldType): string {
  return isPlain(type, 'str') ? '' : ` (must be formatted as a valid Python ${typeName(type)})`
}

/** The system message's first part. */
export function fieldDescriptions(signature: Signature): string {
  return `Your input fields are:\n${fieldList(inputFields(signature))}\nYour output fields are:\n${fieldList(outputFields(signature))}`
}

function section(name: string, text: string): string {
  return `[[ ## ${name} ## ]]\n${text}`
}

/** Sections of fields with a text each. */
export function sections(fields: readonly Field[], text: (field: Field) => string): string {
  return strip(fields.map((field) => section(field.name, text(field))).join('\n\n'))
}

function structure(signature: Signature): string {
  const parts = [
    opening,
    sections(inputFields(signature), placeholder),
    sections(outputFields(signature), placeholder),
    '[[ ## completed ## ]]\n',
  ]
  return strip(parts.join('\n\n'))
}

function reminder(signature: Signature): string {
  const asked = outputFields(signature).map((field) => `\`[[ ## ${field.name} ## ]]\`${typeHint(field.type)}`)
  return `Respond with the corresponding output fields, starting with the field ${asked.join(', then ')}, and then ending with the marker for \`[[ ## completed ## ]]\`.`
}

/** A user's turn: given inputs in their sections, the reminder last. */
export function userContent(signature: Signature, inputs: Values, prefix: string, last: string | undefined): string {
  const given = inputFields(signature).filter((field) => inputs[field.name] !== undefined)
  const parts = [prefix, ...given.map((field) => section(field.name, valueText(field, inputs[field.name])))]
  return strip([...parts, ...(last === undefined ? [] : [last]), ''].join('\n\n'))
}

/** The sections of a completion: name and text, in order. */
function readSections(completion: string): (readonly [name: string | undefined, text: string])[] {
  const found: { readonly name: string | undefined; readonly lines: string[] }[] = [{ name: undefined, lines: [] }]
  for (const line of splitLines(completion)) {
    const marker = /^\[\[ ## ([\p{L}\p{N}_]+) ## \]\]/u.exec(strip(line))
    if (!marker) {
      found[found.length - 1]!.lines.push(line)
      continue
    }
    // The rest is cut from the line as it came, so an indented marker leaves its tail in the value. DSPy does so too.
    const rest = strip([...line].slice([...marker[0]].length).join(''))
    found.push({ name: marker[1], lines: rest === '' ? [] : [rest] })
  }
  return found.map(({ name, lines }) => [name, strip(lines.join('\n'))] as const)
}

/**
 * DSPy's ChatAdapter.
 *
 * @example chatAdapter.parse(parseSignature('question -> answer'), '[[ ## answer ## ]]\nParis\n\n[[ ## completed ## ]]') // { answer: 'Paris' }
 */
export const chatAdapter: Adapter = {
  name: 'ChatAdapter',
  system: (signature) => `${fieldDescriptions(signature)}\n${structure(signature)}\n${objective(signature)}`,
  user: (signature, inputs, { prefix = '', request = false }) =>
    userContent(signature, inputs, prefix, request ? reminder(signature) : undefined),
  assistant(signature, outputs, missing) {
    const text = sections(outputFields(signature), (field) => {
      const value = outputs[field.name]
      return value === undefined && missing !== undefined ? missing : valueText(field, value)
    })
    return `${text}\n\n[[ ## completed ## ]]\n`
  },
  parse(signature, completion) {
    const wanted = new Map(outputFields(signature).map((field) => [field.name, field]))
    const found: { [field: string]: Values[string] } = {}
    for (const [name, text] of readSections(completion)) {
      const field = name === undefined || Object.hasOwn(found, name) ? undefined : wanted.get(name)
      if (field) found[field.name] = parseField(signature, completion, field, text)
    }
    const outputs = withDefaults(signature, found)
    if (Object.keys(outputs).length !== wanted.size) throw unparsable('ChatAdapter', signature, completion, { parsed: outputs })
    return outputs
  },
}

function parseField(signature: Signature, completion: string, field: Field, text: string): Values[string] {
  try {
    return parseValue(text, field.type)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    const message = `Failed to parse field ${field.name} with value ${text} from the LM response. Error message: ${error.message}`
    throw unparsable('ChatAdapter', signature, completion, { message })
  }
}
