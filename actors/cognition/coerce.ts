/**
 * Owns: fitting a Python value to a field's type as pydantic 2 does in its lax mode.
 * Does not own: reading texts (parse-value).
 * Invariants: CO1 a value that fits a type exactly is not changed. CO2 what does not fit is refused with pydantic's reason.
 */

import type { Json } from '#runtime'
import { coreName } from './core-name.ts'
import {
  type FieldType,
  isPlain,
  type LiteralValue,
  literalOf,
  literalText,
  type PlainType,
  plainType,
  unionOf,
} from './field-type.ts'
import { strip } from './python-text.ts'
import { fromJson, PyDict, PySet, PyTuple, type PyValue, parseFloatText, pyRepr, pyStr } from './python-value.ts'

/** One thing that does not fit: where, what pydantic says, the value. */
export interface Problem {
  readonly path: readonly string[]
  readonly message: string
  readonly type: string
  readonly input: PyValue
}

export type Coerced =
  | { readonly ok: true; readonly value: PyValue }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `exact`: the very type. `strict`: an integer may also be a float. `lax`: texts are read, whole floats are integers … */
type Mode = 'exact' | 'strict' | 'lax'

const fits = (value: PyValue): Coerced => ({ ok: true, value })
const misfit = (input: PyValue, message: string, type: string): Coerced => ({
  ok: false,
  problems: [{ path: [], message, type, input }],
})

/** `value` as the type wants it. */
export function coerce(value: PyValue, type: FieldType): Coerced {
  return fit(value, type, 'lax')
}

function fit(value: PyValue, type: FieldType, mode: Mode): Coerced {
  return (fitters[type.kind] as (value: PyValue, type: FieldType, mode: Mode) => Coerced)(value, type, mode)
}

const fitters: {
  readonly [K in FieldType['kind']]: (value: PyValue, type: Extract<FieldType, { kind: K }>, mode: Mode) => Coerced
} = {
  plain: (value, type, mode) => plainFitters[type.name](value, mode),
  generic: (value, type, mode) => genericFitters[type.name](value, type.args, mode),
  union: fitUnion,
  literal: (value, type) => fitLiteral(value, type.values),
  named: fitNamed,
}

/** pydantic's smart mode: the member that the value already is; otherwise the first that takes it. */
function fitUnion(value: PyValue, type: Extract<FieldType, { kind: 'union' }>, mode: Mode): Coerced {
  const modes: readonly Mode[] = mode === 'lax' ? ['exact', 'strict', 'lax'] : mode === 'strict' ? ['exact', 'strict'] : ['exact']
  const problems: Problem[] = []
  // Next to None, a single option is not named in an error.
  const alone = type.options.filter((option) => !isPlain(option, 'NoneType')).length === 1
  for (const step of modes)
    for (const option of type.options) {
      const result = fit(value, option, step)
      if (result.ok) return result
      if (step === mode && !isPlain(option, 'NoneType'))
        problems.push(
          ...result.problems.map((problem) => ({ ...problem, path: alone ? problem.path : [coreName(option), ...problem.path] })),
        )
    }
  return { ok: false, problems }
}

function fitLiteral(value: PyValue, values: readonly LiteralValue[]): Coerced {
  const found = values.find((one) => equal(fromJson(one), value))
  if (found !== undefined) return fits(fromJson(found))
  const texts = values.map((one) => pyRepr(fromJson(one)))
  const last = texts.pop()
  return misfit(value, `Input should be ${texts.length === 0 ? last : `${texts.join(', ')} or ${last}`}`, 'literal_error')
}

/** Python's `==` of scalars: True is 1, 2.0 is 2. */
function equal(a: PyValue, b: PyValue): boolean {
  const number = (value: PyValue) =>
    typeof value === 'boolean' ? Number(value) : typeof value === 'bigint' ? Number(value) : value
  return number(a) === number(b)
}

const text = (name: string, pattern?: RegExp) => (value: PyValue) =>
  typeof value === 'string' && (pattern?.test(value) ?? true)
    ? fits(value)
    : misfit(value, `Input should be a valid ${name}`, `${name.replace(/ .*/, '')}_type`)

const plainFitters: { readonly [N in PlainType]: (value: PyValue, mode: Mode) => Coerced } = {
  str: text('string'),
  int: fitInt,
  float: fitFloat,
  bool: fitBool,
  NoneType: fitNone,
  None: fitNone,
  Any: fits,
  list: (value, mode) => genericFitters.list(value, [plainType('Any')], mode),
  dict: (value, mode) => genericFitters.dict(value, [plainType('Any'), plainType('Any')], mode),
  tuple: (value, mode) => genericFitters.tuple(value, [plainType('Any'), plainType('Ellipsis')], mode),
  set: (value, mode) => genericFitters.set(value, [plainType('Any')], mode),
  frozenset: (value, mode) => genericFitters.frozenset(value, [plainType('Any')], mode),
  bytes: text('bytes'),
  bytearray: text('bytes'),
  complex: text('python complex', /^[\s\d.+\-ejEJ()]+$/),
  date: text('date', /^\d{4}-\d{2}-\d{2}$/),
  datetime: text('datetime', /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i),
  time: text('time', /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i),
  timedelta: text('timedelta', /^([+-]?P.+|[+-]?(\d+ days?,? )?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)$/i),
  Decimal: (value) =>
    (typeof value === 'string' && parseFloatText(strip(value)) !== undefined) ||
    typeof value === 'bigint' ||
    typeof value === 'number'
      ? fits(typeof value === 'string' ? strip(value) : pyRepr(value))
      : misfit(value, 'Input should be a valid decimal', 'decimal_type'),
  UUID: text('UUID', /^\{?(urn:uuid:)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i),
  Ellipsis: (value) => misfit(value, 'Input should be an ellipsis', 'is_instance_of'),
  Optional: fits,
  Union: fits,
  Literal: fits,
}

function fitNone(value: PyValue): Coerced {
  return value === null ? fits(null) : misfit(value, 'Input should be None', 'none_required')
}

function fitInt(value: PyValue, mode: Mode): Coerced {
  if (typeof value === 'bigint') return fits(value)
  if (mode !== 'lax') return misfit(value, 'Input should be a valid integer', 'int_type')
  if (typeof value === 'boolean') return fits(value ? 1n : 0n)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return misfit(value, 'Input should be a finite number', 'finite_number')
    return Number.isInteger(value)
      ? fits(BigInt(value))
      : misfit(value, 'Input should be a valid integer, got a number with a fractional part', 'int_from_float')
  }
  if (typeof value !== 'string') return misfit(value, 'Input should be a valid integer', 'int_type')
  const match = /^([+-]?)(\d+(?:_\d+)*)(?:\.0*)?$/.exec(strip(value))
  if (!match) return misfit(value, 'Input should be a valid integer, unable to parse string as an integer', 'int_parsing')
  const digits = BigInt(match[2]!.replaceAll('_', ''))
  return fits(match[1] === '-' ? -digits : digits)
}

function fitFloat(value: PyValue, mode: Mode): Coerced {
  if (typeof value === 'number') return fits(value)
  if (mode === 'exact') return misfit(value, 'Input should be a valid number', 'float_type')
  if (typeof value === 'bigint') return fits(Number(value))
  if (mode === 'strict') return misfit(value, 'Input should be a valid number', 'float_type')
  if (typeof value === 'boolean') return fits(value ? 1 : 0)
  if (typeof value !== 'string') return misfit(value, 'Input should be a valid number', 'float_type')
  const number = parseFloatText(strip(value))
  return number === undefined
    ? misfit(value, 'Input should be a valid number, unable to parse string as a number', 'float_parsing')
    : fits(number)
}

const truths: { readonly [text: string]: boolean } = Object.fromEntries([
  ...['1', 'on', 't', 'true', 'y', 'yes'].map((word) => [word, true]),
  ...['0', 'off', 'f', 'false', 'n', 'no'].map((word) => [word, false]),
])

function fitBool(value: PyValue, mode: Mode): Coerced {
  if (typeof value === 'boolean') return fits(value)
  if (mode !== 'lax') return misfit(value, 'Input should be a valid boolean', 'bool_type')
  if (typeof value === 'string' && Object.hasOwn(truths, value.toLowerCase())) return fits(truths[value.toLowerCase()]!)
  if (equal(value, 0n)) return fits(false)
  if (equal(value, 1n)) return fits(true)
  return typeof value === 'string' || typeof value === 'bigint' || Number.isInteger(value)
    ? misfit(value, 'Input should be a valid boolean, unable to interpret input', 'bool_parsing')
    : misfit(value, 'Input should be a valid boolean', 'bool_type')
}

type GenericFitter = (value: PyValue, args: readonly FieldType[], mode: Mode) => Coerced

/** Fits each member; all problems are told, each with its place. */
function each<T>(members: readonly T[], at: (member: T, i: number) => string, one: (member: T, i: number) => Coerced): Coerced {
  const values: PyValue[] = []
  const problems: Problem[] = []
  members.forEach((member, i) => {
    const result = one(member, i)
    if (result.ok) values.push(result.value)
    else problems.push(...result.problems.map((problem) => ({ ...problem, path: [at(member, i), ...problem.path] })))
  })
  return problems.length === 0 ? fits(values) : { ok: false, problems }
}

function itemsOf(value: PyValue): readonly PyValue[] | undefined {
  if (Array.isArray(value)) return value
  return value instanceof PyTuple || value instanceof PySet ? value.items : undefined
}

const sequence =
  (
    name: 'list' | 'set' | 'frozenset',
    own: (value: PyValue) => boolean,
    wrap: (items: readonly PyValue[]) => PyValue,
  ): GenericFitter =>
  (value, [item], mode) => {
    const items = mode === 'lax' || own(value) ? itemsOf(value) : undefined
    if (!items) return misfit(value, `Input should be a valid ${name}`, `${name === 'frozenset' ? 'frozen_set' : name}_type`)
    const fitted = each(
      items,
      (_, i) => String(i),
      (one) => fit(one, item!, mode),
    )
    return fitted.ok ? fits(wrap(fitted.value as PyValue[])) : fitted
  }

function unique(items: readonly PyValue[]): PySet {
  const seen = new PyDict()
  for (const item of items) seen.set(item, null)
  return new PySet(seen.entries().map(([key]) => key))
}

const genericFitters: { readonly [N in Extract<FieldType, { kind: 'generic' }>['name']]: GenericFitter } = {
  list: sequence('list', Array.isArray, (items) => [...items]),
  set: sequence('set', (value) => value instanceof PySet, unique),
  frozenset: sequence('frozenset', () => false, unique),
  tuple(value, args, mode) {
    const items = mode === 'lax' || value instanceof PyTuple ? itemsOf(value) : undefined
    if (!items) return misfit(value, 'Input should be a valid tuple', 'tuple_type')
    const open = args.length === 2 && isPlain(args[1]!, 'Ellipsis')
    if (!open && items.length < args.length) return misfit(value, 'Field required', 'missing')
    if (!open && items.length > args.length)
      return misfit(value, `Tuple should have at most ${args.length} items after validation, not ${items.length}`, 'too_long')
    const fitted = each(
      items,
      (_, i) => String(i),
      (one, i) => fit(one, open ? args[0]! : args[i]!, mode),
    )
    return fitted.ok ? fits(new PyTuple(fitted.value as PyValue[])) : fitted
  },
  dict(value, [key, member], mode) {
    if (!(value instanceof PyDict)) return misfit(value, 'Input should be a valid dictionary', 'dict_type')
    const entries = value.entries()
    const keys = each(
      entries,
      ([name]) => `${pyStr(name)}.[key]`,
      ([name]) => fit(name, key!, mode),
    )
    const values = each(
      entries,
      ([name]) => pyStr(name),
      ([, one]) => fit(one, member!, mode),
    )
    if (!keys.ok || !values.ok)
      return { ok: false, problems: [keys, values].flatMap((result) => (result.ok ? [] : result.problems)) }
    const dict = new PyDict()
    ;(keys.value as PyValue[]).forEach((name, i) => void dict.set(name, (values.value as PyValue[])[i]!))
    return fits(dict)
  },
}

function fitNamed(value: PyValue, type: Extract<FieldType, { kind: 'named' }>, mode: Mode): Coerced {
  if (type.role === 'Code' || type.role === 'Reasoning') return plainFitters.str(value, mode)
  const { schema } = type
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return fits(value)
  const node = schema as SchemaNode
  if (type.role === 'enum') return fitLiteral(value, (node.enum ?? []) as readonly LiteralValue[])
  return fitModel(value, node, mode)
}

interface SchemaNode {
  readonly [key: string]: Json | undefined
}

/** A model's members: unknown ones are dropped, missing ones take their default. */
function fitModel(value: PyValue, schema: SchemaNode, mode: Mode): Coerced {
  if (!(value instanceof PyDict)) return misfit(value, 'Input should be a valid dictionary or object', 'model_type')
  const properties = Object.entries((schema.properties ?? {}) as { readonly [name: string]: SchemaNode })
  const dict = new PyDict()
  const fitted = each(
    properties,
    ([name]) => name,
    ([name, node]) => {
      const given = value.get(name)
      if (given !== undefined) return fit(given, typeOfSchema({ ...node, $defs: schema.$defs }), mode)
      if (node.default !== undefined) return fits(fromJson(node.default))
      return misfit(value, 'Field required', 'missing')
    },
  )
  if (!fitted.ok) return fitted
  properties.forEach(([name], i) => void dict.set(name, (fitted.value as PyValue[])[i]!))
  return fits(dict)
}

const schemaTypes: { readonly [name: string]: PlainType } = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'NoneType',
  array: 'list',
  object: 'dict',
}

/** The type that a node of a JSON Schema stands for. */
function typeOfSchema(node: SchemaNode): FieldType {
  const inner = (part: Json | undefined) => typeOfSchema({ ...(part as SchemaNode), $defs: node.$defs })
  if (typeof node.$ref === 'string') {
    const target = (node.$defs as SchemaNode | undefined)?.[node.$ref.replace('#/$defs/', '')]
    return target === undefined ? plainType('Any') : inner(target)
  }
  if (Array.isArray(node.anyOf)) return unionOf((node.anyOf as readonly Json[]).map(inner))
  if (node.const !== undefined) return literalOf([node.const as LiteralValue])
  if (Array.isArray(node.enum)) return literalOf(node.enum as readonly LiteralValue[])
  if (node.properties !== undefined)
    return { kind: 'named', name: literalText((node.title ?? 'object') as string), role: 'model', schema: node as Json }
  if (node.type === 'array' && node.items !== undefined) return { kind: 'generic', name: 'list', args: [inner(node.items)] }
  if (node.type === 'object' && typeof node.additionalProperties === 'object')
    return { kind: 'generic', name: 'dict', args: [plainType('str'), inner(node.additionalProperties)] }
  return plainType(schemaTypes[String(node.type)] ?? 'Any')
}

/** Problems as pydantic prints them. */
export function problemText(title: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message, type, input }) => {
    const place = path.length === 0 ? '' : `${path.join('.')}\n`
    return `${place}  ${message} [type=${type}, input_value=${shorten(pyRepr(input))}, input_type=${pythonType(input)}]\n    For further information visit https://errors.pydantic.dev/2.14/v/${type}`
  })
  return `${problems.length} validation error${problems.length === 1 ? '' : 's'} for ${title}\n${lines.join('\n')}`
}

function shorten(repr: string): string {
  return repr.length <= 50 ? repr : `${repr.slice(0, 25)}...${repr.slice(-24)}`
}

function pythonType(value: PyValue): string {
  if (value === null) return 'NoneType'
  if (value instanceof PyDict) return 'dict'
  if (value instanceof PyTuple) return 'tuple'
  if (value instanceof PySet) return 'set'
  if (Array.isArray(value)) return 'list'
  return { boolean: 'bool', bigint: 'int', number: 'float', string: 'str' }[
    typeof value as 'boolean' | 'bigint' | 'number' | 'string'
  ]
}
