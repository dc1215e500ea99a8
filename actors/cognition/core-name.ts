/**
 * Owns: the name that pydantic gives its validator of a type, which stands in its errors.
 * Does not own: the errors (coerce).
 * Invariants: none of its own.
 */

import { type FieldType, isPlain, type PlainType } from './field-type.ts'
import { fromJson, pyRepr } from './python-value.ts'

const plainNames: { readonly [N in PlainType]?: string } = {
  NoneType: 'none',
  None: 'none',
  Any: 'any',
  list: 'list[any]',
  dict: 'dict[any,any]',
  tuple: 'tuple[any, ...]',
  set: 'set[any]',
  frozenset: 'frozenset[any]',
  Ellipsis: '...',
}

const names: { readonly [K in FieldType['kind']]: (type: Extract<FieldType, { kind: K }>) => string } = {
  plain: (type) => plainNames[type.name] ?? type.name,
  generic: (type) => `${type.name}[${type.args.map(coreName).join(type.name === 'tuple' ? ', ' : ',')}]`,
  literal: (type) => `literal[${type.values.map((value) => pyRepr(fromJson(value))).join(',')}]`,
  named: (type) => type.name,
  union(type) {
    const present = type.options.filter((option) => !isPlain(option, 'NoneType'))
    const inner = present.length === 1 ? coreName(present[0]!) : `union[${present.map(coreName).join(',')}]`
    return present.length < type.options.length ? `nullable[${inner}]` : inner
  },
}

/** @example coreName(unionOf([plainType('int'), noneType])) // 'nullable[int]' */
export function coreName(type: FieldType): string {
  return (names[type.kind] as (type: FieldType) => string)(type)
}
