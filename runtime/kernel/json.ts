/**
 * Owns: the type of everything that may be stored or sent, and one canonical text form of it.
 * Does not own: schemas or validation.
 * Invariants: J1 the canonical text of equal values is equal, whatever the order of their keys.
 */

import { createHash } from 'node:crypto'

/** A value that JSON can say. Everything that outlives a turn is of this type. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The canonical JSON text of a value: object keys sorted by code unit, no blanks. Undefined members are left out.
 *
 * @example canonicalJson({ b: 1, a: [true] }) // '{"a":[true],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    const sorted: Record<string, unknown> = {}
    for (const key of Object.keys(member).sort()) sorted[key] = (member as Record<string, unknown>)[key]
    return sorted
  })
}

/** SHA-256 (hex, 64 characters) of the canonical JSON text of a value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}
