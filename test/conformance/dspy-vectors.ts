/**
 * Owns: reading vector files: exact numbers, signatures, values.
 * Does not own: the checks (dspy-suites).
 * Invariants: DV1 numbers keep what the file's text says: integers and floats are told apart, whatever their size.
 */

import { readFile } from 'node:fs/promises'
import { plainType } from '../../actors/cognition/field-type.ts'
import { modelType, printedTypes } from '../../actors/cognition/named-types.ts'
import { readJson } from '../../actors/cognition/python-json.ts'
import { PyDict, type PyValue, toJson } from '../../actors/cognition/python-value.ts'
import { type Field, field, type Signature, signatureOf } from '../../actors/cognition/signature.ts'
import { type NamedTypes, parseType } from '../../actors/cognition/type-grammar.ts'
import type { Json } from '../../runtime/index.ts'

export type Case = { readonly [key: string]: Json | undefined }

export interface VectorFile {
  readonly suite: string
  readonly types: NamedTypes
  readonly cases: readonly { readonly plain: Case; readonly exact: Case }[]
}

/** Every number in its exact form, for values that go into prompts. */
function exactJson(value: PyValue): Json {
  if (typeof value === 'bigint') return { $int: String(value) }
  if (typeof value === 'number') return { $float: toText(value) }
  if (Array.isArray(value)) return value.map(exactJson)
  if (!(value instanceof PyDict)) return toJson(value)
  const object: { [key: string]: Json } = {}
  for (const [key, member] of value.entries()) object[String(key)] = exactJson(member)
  return object
}

const toText = (value: number): string =>
  Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf'

export async function readVectors(file: string): Promise<VectorFile> {
  const root = readJson(await readFile(file, 'utf8'))
  const cases = root instanceof PyDict ? root.get('cases') : undefined
  if (!(root instanceof PyDict) || !Array.isArray(cases)) throw new Error(`${file} is not a file of vectors`)
  return {
    suite: String(root.get('suite')),
    types: namedTypes(toJson(root.get('types') ?? new PyDict()) as { readonly [name: string]: Json }),
    cases: cases.map((one) => ({ plain: toJson(one) as Case, exact: exactJson(one) as Case })),
  }
}

function namedTypes(schemas: { readonly [name: string]: Json }): NamedTypes {
  const standard = ['date', 'datetime', 'time', 'timedelta', 'Decimal', 'UUID', 'Ellipsis'] as const
  return {
    ...printedTypes,
    ...Object.fromEntries(standard.map((name) => [name, plainType(name)])),
    ...Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, modelType(name, schema as { readonly [key: string]: Json })]),
    ),
  }
}

interface VectorField {
  readonly name: string
  readonly kind: Field['kind']
  readonly type: string
  readonly desc: string
  readonly constraints: string | null
}

export function signatureFrom(described: Json | undefined, types: NamedTypes): Signature {
  const { instructions, fields } = described as unknown as {
    readonly instructions: string
    readonly fields: readonly VectorField[]
  }
  return signatureOf(
    fields.map(({ name, kind, type, desc, constraints }) =>
      field(name, kind, { type: parseType(type, types), desc, ...(constraints === null ? {} : { constraints }) }),
    ),
    instructions,
  )
}

/** Values of a case: objects of Python classes become what they are natively. */
export function nativeValue(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(nativeValue)
  const object = value as { readonly [key: string]: Json }
  if (typeof object.__py__ === 'string') return nativeValue(object.v!)
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, nativeValue(member)]))
}
