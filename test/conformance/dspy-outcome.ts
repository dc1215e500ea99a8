/**
 * Owns: what comes of a vector, and how expected and got are compared and shown.
 * Does not own: the checks (dspy-suites, dspy-modules).
 * Invariants: DS1.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Message } from '../../actors/cognition/language-model.ts'
import type { NamedTypes } from '../../actors/cognition/type-grammar.ts'
import type { Case } from './dspy-vectors.ts'

/** What came of a vector. */
export type Outcome =
  | { readonly result: 'passed' }
  | { readonly result: 'failed'; readonly lines: readonly string[] }
  | { readonly result: 'declined'; readonly reason: string }
  | { readonly result: 'skipped'; readonly need: string }

export interface Vector {
  readonly plain: Case
  /** The same with every number in its exact form. */
  readonly exact: Case
  readonly types: NamedTypes
}

export const passed: Outcome = { result: 'passed' }
export const skipped = (need: string): Outcome => ({ result: 'skipped', need })
export const declined = (reason: string): Outcome => ({ result: 'declined', reason })

/** Passed when nothing differs; otherwise the first difference of each part, with both sides. */
export function compare(parts: { readonly [part: string]: readonly [expected: unknown, got: unknown] }): Outcome {
  const lines = Object.entries(parts).flatMap(([part, [expected, got]]) =>
    isDeepStrictEqual(expected, got) ? [] : [`${part}`, `  expected ${show(expected, got)}`, `  got      ${show(got, expected)}`],
  )
  return lines.length === 0 ? passed : { result: 'failed', lines }
}

/** Two long texts are shown from shortly before where they part. */
function show(value: unknown, other: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  const against = JSON.stringify(other) ?? 'undefined'
  let at = 0
  while (at < text.length && text[at] === against[at]) at++
  const from = Math.max(0, at - 60)
  return `${from > 0 ? '…' : ''}${text.slice(from, from + 400)}`
}

export function compareMessages(prefix: string, expected: readonly Message[], got: readonly Message[]): Outcome {
  const roles = (list: readonly Message[]) => list.map(({ role }) => role)
  const parts: { [part: string]: readonly [unknown, unknown] } = { [`${prefix}roles`]: [roles(expected), roles(got)] }
  expected.forEach((message, i) => {
    parts[`${prefix}message ${i}`] = [message, got[i]]
  })
  return compare(parts)
}
