/**
 * Owns: the short form in which DSPy's BAML format shows the type of an output.
 * Does not own: the prompt around it (baml-adapter).
 * Invariants: BT1 a model that would be shown inside itself, or twice in one type, is refused, as DSPy refuses it.
 */

import type { Json } from '#runtime'
import { cognitionErrors } from './cognition-errors.ts'
import { type FieldType, isPlain, type LiteralValue, literalText, typeName } from './field-type.ts'
import type { Schema } from './xml-schema.ts'

type Named = Extract<FieldType, { kind: 'named' }>

/** A model's schema with what BAML prints of it. */
interface Described extends Schema {
  readonly description?: string
  readonly enum?: readonly LiteralValue[]
  readonly const?: LiteralValue
  readonly format?: string
  readonly title?: string
}

/** What is known while one type is shown: the definitions of its models, and the models that were shown. */
interface Scope {
  readonly definitions: { readonly [name: string]: Schema }
  readonly seen: Set<string>
}

const names: { readonly [plain: string]: string } = { str: 'string', int: 'int', float: 'float', bool: 'boolean' }
/** DSPy's own types that hold one text, by the name of the member that holds it. */
const textMembers: { readonly [role: string]: string } = { Code: 'code' }
const pad = (indent: number): string => '  '.repeat(indent)

const shown: { readonly [K in FieldType['kind']]: (type: Extract<FieldType, { kind: K }>, indent: number) => string } = {
  plain: (type) => names[type.name] ?? type.name,
  literal: (type) => type.values.map(literalValue).join(' or '),
  union(type, indent) {
    const present = type.options.filter((option) => !isPlain(option, 'NoneType'))
    const texts = present.map((option) => bamlType(option, indent))
    return [...texts, ...(present.length < type.options.length ? ['null'] : [])].join(' or ')
  },
  generic(type, indent) {
    const [first, second] = type.args
    if (type.name === 'dict') return `dict[${bamlType(first!, indent)}, ${bamlType(second!, indent)}]`
    if (type.name !== 'list') return type.name
    const item = modelOf(first!)
    return item ? bracketed(model(item, indent + 1), indent) : `${bamlType(first!, indent)}[]`
  },
  named(type, indent) {
    if (type.role === 'model') return model(type, indent)
    if (type.role === 'Reasoning')
      throw cognitionErrors.make('cognition.declined', {
        what: 'Reasoning in the BAML format',
        reason: 'it is shown with the documentation of its Python class',
      })
    const member = textMembers[type.role]
    return member === undefined ? typeName(type) : `${pad(indent)}{\n${pad(indent + 1)}${member}: string,\n${pad(indent)}}`
  },
}

/**
 * A type in short form.
 *
 * @throws `cognition.declined` for a model that contains itself or is shown twice
 * @example bamlType({ kind: 'generic', name: 'list', args: [str] }) // 'string[]'
 */
export function bamlType(type: FieldType, indent = 0): string {
  return (shown[type.kind] as (type: FieldType, indent: number) => string)(type, indent)
}

function literalValue(value: LiteralValue): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'number' ? literalText(value) : String(value)
}

function modelOf(type: FieldType): Named | undefined {
  return type.kind === 'named' && type.role === 'model' ? type : undefined
}

const bracketed = (inner: string, indent: number): string => `[\n${inner}\n${pad(indent)}]`

function model(type: Named, indent: number): string {
  const schema = (type.schema ?? {}) as Described
  return object(type.name, schema, indent, { definitions: schema.$defs ?? {}, seen: new Set() })
}

function object(name: string, schema: Described, indent: number, scope: Scope): string {
  if (scope.seen.has(name))
    throw cognitionErrors.make('cognition.declined', {
      what: `The model ${name} in the BAML format`,
      reason: 'a model that stands in a type twice has no short form',
    })
  scope.seen.add(name)
  const inner = pad(indent + 1)
  const lines = indent === 0 ? comment(schema.description, pad(indent)) : []
  lines.push(`${pad(indent)}{`)
  const members = Object.entries(schema.properties ?? {}) as [string, Described][]
  if (members.length === 0) lines.push(`${inner}# No fields defined`)
  for (const [member, given] of members) {
    if (given.description !== undefined) lines.push(`${inner}# ${given.description}`)
    lines.push(...comment(documented(given, scope)?.description, inner))
    lines.push(`${inner}${member}: ${schemaType(given, indent + 1, scope)},`)
  }
  return [...lines, `${pad(indent)}}`].join('\n')
}

function comment(text: string | undefined, lead: string): string[] {
  const lines = (text ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line) => `${lead}# ${line}`)
}

/** The model that a member holds, also where it may be None. */
function documented(member: Described, scope: Scope): Described | undefined {
  const present = (member.anyOf ?? [member]).filter(({ type }) => type !== 'null')
  const meant = present.length === 1 ? referred(present[0]!, scope) : undefined
  return meant?.schema.enum === undefined ? meant?.schema : undefined
}

function referred(schema: Schema, { definitions }: Scope): { readonly name: string; readonly schema: Described } | undefined {
  if (schema.$ref === undefined) return undefined
  const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
  const meant = definitions[name]
  return meant && { name, schema: meant }
}

const formats: { readonly [format: string]: string } = {
  date: 'date',
  'date-time': 'datetime',
  time: 'time',
  duration: 'timedelta',
  uuid: 'UUID',
  binary: 'bytes',
}
const byType: { readonly [type: string]: string } = {
  string: 'string',
  integer: 'int',
  number: 'float',
  boolean: 'boolean',
  array: 'list',
  object: 'dict',
}

function schemaType(schema: Described, indent: number, scope: Scope): string {
  const meant = referred(schema, scope)
  if (meant) return meant.schema.enum === undefined ? object(meant.name, meant.schema, indent, scope) : meant.name
  if (schema.anyOf !== undefined) {
    const present = schema.anyOf.filter(({ type }) => type !== 'null').map((one) => schemaType(one, indent, scope))
    return [...present, ...(present.length < schema.anyOf.length ? ['null'] : [])].join(' or ')
  }
  if (schema.enum !== undefined) return schema.enum.map(literalValue).join(' or ')
  if (schema.const !== undefined) return literalValue(schema.const)
  if (schema.type === 'array') return listType(schema, indent, scope)
  const values: Json | Schema | undefined = schema.additionalProperties
  if (schema.type === 'object' && values !== null && typeof values === 'object')
    return `dict[string, ${schemaType(values as Described, indent, scope)}]`
  return formats[schema.format ?? ''] ?? byType[schema.type ?? ''] ?? 'Any'
}

function listType({ items = {} }: Described, indent: number, scope: Scope): string {
  if (Object.keys(items).length === 0) return 'list'
  const meant = referred(items, scope)
  if (meant && meant.schema.enum === undefined) return bracketed(object(meant.name, meant.schema, indent + 1, scope), indent)
  return `${schemaType(items, indent, scope)}[]`
}
