/**
 * Owns: the types of fields as data, how they are put together as Python's `typing` does, and their printed names.
 * Does not own: reading them from text (type-grammar), their JSON Schema (type-schema), fitting values to them (coerce).
 * Invariants: FT1 equal types are equal data. FT2 a type is plain JSON.
 */

import { canonicalJson, type Json } from '#runtime'

/** Types that have no parts. The names are Python's. */
export const plainTypes = [
  'str',
  'int',
  'float',
  'bool',
  'NoneType',
  'None',
  'Any',
  'list',
  'dict',
  'tuple',
  'set',
  'frozenset',
  'bytes',
  'bytearray',
  'complex',
  'date',
  'datetime',
  'time',
  'timedelta',
  'Decimal',
  'UUID',
  'Ellipsis',
  'Optional',
  'Union',
  'Literal',
] as const
export type PlainType = (typeof plainTypes)[number]

/** A value that `Literal[…]` may list. Whole numbers are Python integers. */
export type LiteralValue = string | number | boolean | null

/** What a named type is for the adapters; `model` and `enum` are the user's own, the others are DSPy's. */
export type NamedRole =
  | 'model'
  | 'enum'
  | 'History'
  | 'Image'
  | 'Audio'
  | 'File'
  | 'Tool'
  | 'ToolCalls'
  | 'Code'
  | 'Reasoning'
  | 'Document'
  | 'Citations'

export type FieldType =
  | { readonly kind: 'plain'; readonly name: PlainType }
  | {
      readonly kind: 'generic'
      readonly name: 'list' | 'dict' | 'tuple' | 'set' | 'frozenset'
      readonly args: readonly FieldType[]
    }
  | { readonly kind: 'union'; readonly options: readonly FieldType[] }
  | { readonly kind: 'literal'; readonly values: readonly LiteralValue[] }
  | {
      readonly kind: 'named'
      readonly name: string
      readonly role: NamedRole
      readonly schema?: Json
      readonly description?: string
    }

export function plainType(name: PlainType): FieldType {
  return { kind: 'plain', name }
}

export const str = plainType('str')
export const noneType = plainType('NoneType')

/** Whether two types are the same. */
export function sameType(a: FieldType, b: FieldType): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b)
}

export function isPlain(type: FieldType, name: PlainType): boolean {
  return type.kind === 'plain' && type.name === name
}

/** `typing.Union[…]`: nested unions are flattened, equal members kept once; one member is the type itself. */
export function unionOf(members: readonly FieldType[]): FieldType {
  const options: FieldType[] = []
  for (const member of members.flatMap((one) => (one.kind === 'union' ? one.options : [one])))
    if (!options.some((known) => sameType(known, member))) options.push(member)
  return options.length === 1 ? options[0]! : { kind: 'union', options }
}

/** `typing.Literal[…]`: equal values of equal type are kept once. */
export function literalOf(values: readonly LiteralValue[]): FieldType {
  const kept: LiteralValue[] = []
  for (const value of values) if (!kept.includes(value)) kept.push(value)
  return { kind: 'literal', values: kept }
}

/** Whether a missing value may be None. */
export function allowsNone(type: FieldType): boolean {
  return isPlain(type, 'NoneType') || (type.kind === 'union' && type.options.some(allowsNone))
}

const printers: { readonly [K in FieldType['kind']]: (type: Extract<FieldType, { kind: K }>) => string } = {
  plain: (type) => type.name,
  generic: (type) => `${type.name}[${type.args.map(typeName).join(', ')}]`,
  union: (type) => `Union[${type.options.map(typeName).join(', ')}]`,
  literal: (type) => `Literal[${type.values.map(literalName).join(', ')}]`,
  named: (type) => (type.role === 'Reasoning' ? 'str' : type.name),
}

/**
 * The name of a type as DSPy prints it in prompts.
 *
 * @example typeName(unionOf([plainType('int'), noneType])) // 'Union[int, NoneType]'
 */
export function typeName(type: FieldType): string {
  return (printers[type.kind] as (type: FieldType) => string)(type)
}

/** `str(value)` of a literal's value. */
export function literalText(value: LiteralValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

/** Texts are quoted as DSPy does it, which is not Python's `repr`: nothing but single quotes is escaped. */
function literalName(value: LiteralValue): string {
  if (typeof value !== 'string') return literalText(value)
  if (!value.includes("'")) return `'${value}'`
  return value.includes('"') ? `'${value.replaceAll("'", "\\'")}'` : `"${value}"`
}
