/**
 * Owns: whether a value, or every value of a type, may go where a type is asked for.
 * Does not own: types (cognition/field-type), tolerant reading of completions (cognition).
 * Invariants: TF1 what flows at publication cannot be of a wrong type at run time.
 */

import { describe, type Json } from '#runtime'
import { type FieldType, isPlain, type LiteralValue, type PlainType, sameType, typeName } from './cognition/field-type.ts'

/** True when every value of `source` is a value of `target`. Whole numbers are floats, a literal is of the type of its values. */
export function flows(source: FieldType, target: FieldType): boolean {
  if (isPlain(target, 'Any') || sameType(source, target)) return true
  if (source.kind === 'union') return source.options.every((option) => flows(option, target))
  if (target.kind === 'union') return target.options.some((option) => flows(source, option))
  if (source.kind === 'literal') return source.values.every((value) => literalFlows(value, target))
  if (isPlain(source, 'int') && isPlain(target, 'float')) return true
  if (source.kind !== 'generic') return false
  if (target.kind === 'plain') return target.name === source.name
  return target.kind === 'generic' && target.name === source.name && argumentsFlow(source.args, target.args)
}

const argumentsFlow = (from: readonly FieldType[], to: readonly FieldType[]): boolean =>
  from.length === to.length && from.every((argument, at) => flows(argument, to[at]!))

function literalFlows(value: LiteralValue, target: FieldType): boolean {
  if (target.kind === 'literal') return target.values.includes(value)
  if (target.kind !== 'plain') return false
  return target.name === 'Any' || (plainChecks[target.name]?.(value) ?? false)
}

/** Types whose values have no JSON form of their own accept the texts that stand for them. */
const plainChecks: { readonly [P in PlainType]?: (value: Json) => boolean } = {
  str: (value) => typeof value === 'string',
  int: (value) => Number.isInteger(value),
  float: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  NoneType: (value) => value === null,
  Any: () => true,
  list: Array.isArray,
  tuple: Array.isArray,
  set: Array.isArray,
  frozenset: Array.isArray,
  dict: (value) => isRecord(value),
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Where a value is not of its type. */
export interface Misfit {
  /** Members joined by dots; empty for the whole value. */
  readonly path: string
  readonly expected: string
  readonly got: string
}

type Checks = {
  readonly [K in FieldType['kind']]: (value: Json, type: Extract<FieldType, { kind: K }>, path: string) => Misfit | undefined
}

const misfit = (value: Json, type: FieldType, path: string): Misfit => ({ path, expected: typeName(type), got: describe(value) })

const checks: Checks = {
  plain: (value, type, path) => ((plainChecks[type.name] ?? isText)(value) ? undefined : misfit(value, type, path)),
  literal: (value, type, path) => (type.values.includes(value as LiteralValue) ? undefined : misfit(value, type, path)),
  union: (value, type, path) =>
    type.options.some((option) => fitOf(value, option, path) === undefined) ? undefined : misfit(value, type, path),
  // What a named type holds is told by its own schema, which the adapter checks.
  named: () => undefined,
  generic(value, type, path) {
    if (type.name === 'dict') {
      if (!isRecord(value)) return misfit(value, type, path)
      return firstMisfit(Object.entries(value), () => type.args[1]!, path)
    }
    if (!Array.isArray(value)) return misfit(value, type, path)
    const fixed = type.name === 'tuple' && !type.args.some((argument) => isPlain(argument, 'Ellipsis'))
    if (fixed && value.length !== type.args.length) return misfit(value, type, path)
    return firstMisfit(Object.entries(value as readonly Json[]), (at) => type.args[fixed ? at : 0]!, path)
  },
}

const isText = (value: Json): boolean => typeof value === 'string'

function firstMisfit(members: readonly [string, Json][], typeAt: (at: number) => FieldType, path: string): Misfit | undefined {
  for (const [at, [key, member]] of members.entries()) {
    const found = fitOf(member, typeAt(at), path === '' ? key : `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

/**
 * The first place where `value` is not of `type`; undefined when all of it is.
 *
 * @example fitOf(['a', 1], { kind: 'generic', name: 'list', args: [str] })?.path // '1'
 */
export function fitOf(value: Json, type: FieldType, path = ''): Misfit | undefined {
  return (checks[type.kind] as (value: Json, type: FieldType, path: string) => Misfit | undefined)(value, type, path)
}
