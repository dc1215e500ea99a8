/**
 * Owns: the text of a field's value in a prompt.
 * Does not own: where it stands (the adapters).
 * Invariants: VT1 the text is the one that DSPy prints for the value that the JSON stands for, given the field's type.
 */

import { describe, type Json } from '#runtime'
import { cognitionErrors } from './cognition-errors.ts'
import { type FieldType, isPlain } from './field-type.ts'
import { exactNumber, fromJson, PyDict, type PyValue, pyJson, pyStr } from './python-value.ts'
import type { Field } from './signature.ts'

/** Roles whose values have no native form yet; the texts say why. */
const declinedRoles: { readonly [role: string]: string } = {
  Image: 'images are split into message parts',
  Audio: 'audio is split into message parts',
  File: 'files are split into message parts',
  Tool: 'a tool is printed from a Python function',
  ToolCalls: 'tool calls need native function calling',
  Document: 'documents are split into message parts',
  Citations: 'citations need a provider feature',
}

/** Declines a field that the native side cannot print or read. */
export function requireNative(field: Field): void {
  const role = declinedRole(field.type)
  if (role !== undefined)
    throw cognitionErrors.make('cognition.declined', {
      what: `The field ${field.name} of type ${role}`,
      reason: declinedRoles[role]!,
    })
}

function declinedRole(type: FieldType): string | undefined {
  if (type.kind === 'named') return declinedRoles[type.role] === undefined ? undefined : type.role
  const parts = type.kind === 'generic' ? type.args : type.kind === 'union' ? type.options : []
  for (const part of parts) {
    const role = declinedRole(part)
    if (role !== undefined) return role
  }
  return undefined
}

/**
 * The text of a value.
 *
 * @throws `value.invalid` for a list of something else than texts in a field of type `str`
 */
export function valueText(field: Pick<Field, 'name' | 'type'>, value: Json | undefined): string {
  if (Array.isArray(value) && isPlain(field.type, 'str')) return listText(field.name, value)
  const seen = asTyped(value, field.type)
  return Array.isArray(seen) || seen instanceof PyDict ? pyJson(seen) : pyStr(seen)
}

/** Texts in a field of type `str`: numbered, in guillemets. */
function listText(name: string, values: readonly Json[]): string {
  const blobs = values.map((value) => {
    if (typeof value !== 'string')
      throw cognitionErrors.make('value.invalid', { field: name, expected: 'a list of texts', got: describe(value) })
    return /[\n«»]/.test(value) ? `«««\n    ${value.replaceAll('\n', '\n    ')}\n»»»` : `«${value}»`
  })
  if (blobs.length === 0) return 'N/A'
  return blobs.length === 1 ? blobs[0]! : blobs.map((blob, i) => `[${i + 1}] ${blob}`).join('\n')
}

/** A JSON value as Python sees it under a type: a number is a float where the type says float and does not say int. */
export function asTyped(value: Json | undefined, type: FieldType): PyValue {
  if (typeof value === 'number') return saysFloat(type) ? value : fromJson(value)
  if (value === null || value === undefined || typeof value !== 'object' || exactNumber(value) !== undefined)
    return fromJson(value)
  const options = type.kind === 'union' ? type.options : [type]
  const fitting = options.find((option) => option.kind === 'generic' && (option.name === 'dict') !== Array.isArray(value))
  const args = fitting?.kind === 'generic' ? fitting.args : []
  if (Array.isArray(value)) {
    const itemType = (i: number) => (fitting?.kind === 'generic' && fitting.name === 'tuple' ? tupleItem(args, i) : args[0])
    return value.map((item: Json, i) => typedOr(item, itemType(i)))
  }
  const dict = new PyDict()
  for (const [key, member] of Object.entries(value)) if (member !== undefined) dict.set(key, typedOr(member, args[1]))
  return dict
}

function typedOr(value: Json, type: FieldType | undefined): PyValue {
  return type === undefined ? fromJson(value) : asTyped(value, type)
}

function tupleItem(args: readonly FieldType[], i: number): FieldType | undefined {
  return args.length === 2 && isPlain(args[1]!, 'Ellipsis') ? args[0] : args[i]
}

function saysFloat(type: FieldType): boolean {
  const options = type.kind === 'union' ? type.options : [type]
  return options.some((option) => isPlain(option, 'float')) && !options.some((option) => isPlain(option, 'int'))
}
