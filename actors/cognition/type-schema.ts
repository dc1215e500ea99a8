/**
 * Owns: the JSON Schema of a field's type as pydantic 2 writes it.
 * Does not own: schemas of named types; they come with the type.
 * Invariants: TS1 the text in a prompt has its keys sorted at every level, `type` first.
 */

import type { Json } from '#runtime'
import { cognitionErrors } from './cognition-errors.ts'
import { type FieldType, isPlain, type LiteralValue, type PlainType } from './field-type.ts'
import { fromJson, PyDict, type PyValue, pyJson } from './python-value.ts'

type Schema = { readonly [key: string]: Json }

const plainSchemas: { readonly [N in PlainType]: Schema | undefined } = {
  str: { type: 'string' },
  int: { type: 'integer' },
  float: { type: 'number' },
  bool: { type: 'boolean' },
  NoneType: { type: 'null' },
  None: { type: 'null' },
  Any: {},
  list: { items: {}, type: 'array' },
  dict: { additionalProperties: true, type: 'object' },
  tuple: { items: {}, type: 'array' },
  set: { items: {}, type: 'array', uniqueItems: true },
  frozenset: { items: {}, type: 'array', uniqueItems: true },
  bytes: { format: 'binary', type: 'string' },
  bytearray: undefined,
  complex: { type: 'string' },
  date: { format: 'date', type: 'string' },
  datetime: { format: 'date-time', type: 'string' },
  time: { format: 'time', type: 'string' },
  timedelta: { format: 'duration', type: 'string' },
  Decimal: { anyOf: [{ type: 'number' }, { type: 'string' }] },
  UUID: { format: 'uuid', type: 'string' },
  Ellipsis: undefined,
  Optional: undefined,
  Union: undefined,
  Literal: undefined,
}

type Definitions = { [name: string]: Json }

/** The JSON Schema of a type, definitions of named types in `$defs`. */
export function jsonSchema(type: FieldType): Schema {
  const definitions: Definitions = {}
  if (type.kind === 'named') return namedSchema(type)
  const schema = schemaOf(type, definitions)
  return Object.keys(definitions).length === 0 ? schema : { $defs: definitions, ...schema }
}

/** The schema as it stands in the note of an output field (TS1). */
export function schemaText(type: FieldType): string {
  return pyJson(typeFirst(fromJson(jsonSchema(type))))
}

function typeFirst(value: PyValue): PyValue {
  if (Array.isArray(value)) return value.map(typeFirst)
  if (!(value instanceof PyDict)) return value
  const rank = (key: string) => (key === 'type' ? 0 : 1)
  const entries = value.entries() as [string, PyValue][]
  entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const sorted = new PyDict()
  for (const [key, member] of entries) sorted.set(key, typeFirst(member))
  return sorted
}

function namedSchema(type: Extract<FieldType, { kind: 'named' }>): Schema {
  if (type.schema === undefined || type.schema === null || typeof type.schema !== 'object' || Array.isArray(type.schema))
    throw cognitionErrors.make('cognition.declined', {
      what: `The JSON schema of ${type.name}`,
      reason: 'the type has none that can be written',
    })
  return type.schema as Schema
}

function schemaOf(type: FieldType, definitions: Definitions): Schema {
  return (builders[type.kind] as (type: FieldType, definitions: Definitions) => Schema)(type, definitions)
}

const builders: {
  readonly [K in FieldType['kind']]: (type: Extract<FieldType, { kind: K }>, definitions: Definitions) => Schema
} = {
  plain(type) {
    const schema = plainSchemas[type.name]
    if (schema === undefined)
      throw cognitionErrors.make('cognition.declined', { what: `The type ${type.name} alone`, reason: 'it has no JSON schema' })
    return schema
  },
  generic: (type, definitions) => generics[type.name](type.args, definitions),
  union(type, definitions) {
    const present = type.options.filter((option) => !isPlain(option, 'NoneType'))
    const anyOf: Json[] = []
    for (const option of present) {
      const schema = schemaOf(option, definitions)
      if (!anyOf.some((known) => JSON.stringify(known) === JSON.stringify(schema))) anyOf.push(schema)
    }
    if (present.length < type.options.length) anyOf.push({ type: 'null' })
    return anyOf.length === 1 ? (anyOf[0] as Schema) : { anyOf }
  },
  literal(type) {
    const name = commonType(type.values)
    const typed = name === undefined ? {} : { type: name }
    return type.values.length === 1 ? { const: type.values[0]!, ...typed } : { enum: type.values, ...typed }
  },
  named(type, definitions) {
    const { $defs, ...own } = namedSchema(type)
    Object.assign(definitions, $defs, { [type.name]: own })
    return { $ref: `#/$defs/${type.name}` }
  },
}

const generics: {
  readonly [N in Extract<FieldType, { kind: 'generic' }>['name']]: (
    args: readonly FieldType[],
    definitions: Definitions,
  ) => Schema
} = {
  list: ([item], definitions) => ({ items: schemaOf(item!, definitions), type: 'array' }),
  set: ([item], definitions) => ({ items: schemaOf(item!, definitions), type: 'array', uniqueItems: true }),
  frozenset: ([item], definitions) => ({ items: schemaOf(item!, definitions), type: 'array', uniqueItems: true }),
  tuple(args, definitions) {
    if (args.length === 2 && isPlain(args[1]!, 'Ellipsis')) return { items: schemaOf(args[0]!, definitions), type: 'array' }
    const size = { maxItems: args.length, minItems: args.length }
    return args.length === 0
      ? { ...size, type: 'array' }
      : { ...size, prefixItems: args.map((arg) => schemaOf(arg, definitions)), type: 'array' }
  },
  dict([key, value], definitions) {
    const keys = schemaOf(key!, definitions)
    const values = schemaOf(value!, definitions)
    const additionalProperties = Object.keys(values).length === 0 ? true : values
    // Every key of an object is a text, so pydantic says only what else holds for it.
    const { type, ...more } = keys
    const named = '$ref' in keys || (type === 'string' && Object.keys(more).length > 0)
    return { additionalProperties, ...(named ? { propertyNames: more } : {}), type: 'object' }
  },
}

function commonType(values: readonly LiteralValue[]): string | undefined {
  const names = new Set(values.map((value) => (value === null ? 'null' : typeof value)))
  if (names.size !== 1) return undefined
  const [only] = names
  return only === 'number' ? 'integer' : only
}
