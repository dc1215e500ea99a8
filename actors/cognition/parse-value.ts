/**
 * Owns: reading one output's value from the text, or the JSON value, that a completion gave for it.
 * Does not own: finding that text (the adapters).
 * Invariants: PV2 the value is the one that DSPy reads; what DSPy refuses is refused with a Misfit.
 */

import type { Json } from '#runtime'
import { coerce, problemText } from './coerce.ts'
import { coreName } from './core-name.ts'
import { type FieldType, isPlain } from './field-type.ts'
import { repairJson } from './json-repair.ts'
import { readLiteral } from './python-literal.ts'
import { strip } from './python-text.ts'
import { type PyValue, pyStr, toJson } from './python-value.ts'

/** The text is no value of the type; the message is the one that Python gives. Adapters make a `completion.unparsable` of it. */
export class Misfit extends Error {}

/**
 * The value of a type that a text means.
 *
 * @throws Misfit
 */
export function parseValue(text: PyValue, type: FieldType): Json {
  return toJson(read(text, type))
}

function read(value: PyValue, type: FieldType): PyValue {
  if (isPlain(type, 'str')) return pyStr(value)
  if (type.kind === 'named' && type.role === 'enum') return member(value, type)
  if (type.kind === 'literal') {
    const found = readOption(value, type)
    if (found !== undefined) return found
  }
  const text = type.kind === 'literal' && typeof value === 'string' ? unwrap(value) : value
  if (typeof text !== 'string' || keepsText(type)) return validated(text, type)
  return validated(candidate(text), type, type.kind === 'named' ? text : undefined)
}

/** What a text says: JSON, repaired JSON, a Python literal, or itself. */
function candidate(text: string): PyValue {
  const repaired = repairJson(text)
  if (repaired !== '' || text === '') return repaired
  const literal = readLiteral(text)
  return literal === undefined ? text : literal
}

/** `str | None` and the like keep the text as it is: "None" stays a text. */
function keepsText(type: FieldType): boolean {
  return (
    type.kind === 'union' &&
    type.options.some((option) => isPlain(option, 'NoneType')) &&
    type.options.some((option) => isPlain(option, 'str'))
  )
}

/** `Literal['a']`, `str['a']` and quotes around an option are taken off. */
function unwrap(value: string): string {
  let text = strip(value)
  if (/^(Literal|str)\[/.test(text) && text.endsWith(']')) text = text.slice(text.indexOf('[') + 1, -1)
  const quoted = text.length > 1 && text[0] === text[text.length - 1] && /["']/.test(text[0]!)
  return quoted ? text.slice(1, -1) : text
}

function readOption(value: PyValue, type: Extract<FieldType, { kind: 'literal' }>): PyValue | undefined {
  if (typeof value === 'string') {
    if (type.values.includes(value)) return value
    const text = unwrap(value)
    return type.values.includes(text) ? text : undefined
  }
  const result = coerce(value, type)
  // Python's `in` hands the given value on, not the equal option: True stays True for Literal[1].
  return result.ok ? value : undefined
}

function member(value: PyValue, type: Extract<FieldType, { kind: 'named' }>): PyValue {
  const result = coerce(value, type)
  if (result.ok) return result.value
  throw new Misfit(`${pyStr(value)} is not a valid name or value for the enum ${type.name}`)
}

function validated(value: PyValue, type: FieldType, original?: string): PyValue {
  const result = coerce(value, type)
  if (result.ok) return result.value
  const again = original === undefined ? result : coerce(original, type)
  if (again.ok) return again.value
  throw new Misfit(problemText(coreName(type), result.problems))
}
