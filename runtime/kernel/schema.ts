/**
 * Owns: validation of messages and replies by any Standard Schema, and the nearest known name for a wrong one.
 * Does not own: when values are checked (at the entry of the process and for every durable message).
 * Invariants: SC1 a value that passes is the schema's output, so that defaults and coercions hold. SC2 the first problem is named with its path.
 */

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, errorData } from './errors.ts'

export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>
export type Schemas = { readonly [type: string]: Schema }

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: string; readonly problem: string; readonly got: string }

/** `value` against `schema`. An asynchronous schema is a problem of its own: a turn cannot wait for it. */
export function check(schema: Schema, value: unknown): Checked {
  let result: ReturnType<Schema['~standard']['validate']>
  try {
    result = schema['~standard'].validate(value)
  } catch (thrown) {
    return { ok: false, path: '', problem: `its schema threw: ${errorData(thrown).message}`, got: describe(value) }
  }
  if (result instanceof Promise) {
    // Its outcome is not used; a rejection of it must not end the process.
    result.catch(() => undefined)
    return { ok: false, path: '', problem: 'its schema is asynchronous; use a synchronous one', got: describe(value) }
  }
  if (!result.issues) return { ok: true, value: result.value }
  const issue = result.issues[0]
  const keys = (issue?.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
  let got: unknown = value
  for (const key of keys) got = got === null || got === undefined ? undefined : (got as Record<PropertyKey, unknown>)[key]
  return {
    ok: false,
    path: keys.map(String).join('.'),
    problem: issue?.message ?? 'invalid',
    got: got === undefined ? 'nothing' : describe(got),
  }
}

/** The known name that is nearest to `name`, if one is near enough to be a slip (at most a third of its letters differ). */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best !== undefined && least <= Math.max(1, Math.ceil(Math.max(name.length, best.length) / 3)) ? best : undefined
}

/** How many letters to add, take away, replace or swap with their neighbour: a swap is one slip, because fingers make it as one. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY
  let before: readonly number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const least = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      const swapped = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = swapped ? Math.min(least, before[j - 2]! + 1) : least
    }
    before = row
    row = next
  }
  return row[b.length]!
}
