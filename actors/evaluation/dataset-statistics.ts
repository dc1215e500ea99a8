/**
 * Owns: the statistics of examples: size, label distribution, text lengths, missing values, duplicates.
 * Does not own: sealing (dataset), printing (bridge/cli).
 * Invariants: none of its own.
 */

import { canonicalJson, type Json } from '#runtime'
import type { Example, Roles } from './example.ts'
import { quantile } from './quantiles.ts'

/** Lengths in characters (UTF-16 units) over the examples in which the field is a text. */
export interface TextLengths {
  readonly min: number
  readonly median: number
  readonly p95: number
  readonly max: number
}

export interface FieldStatistics {
  readonly field: string
  /** Examples in which it is absent, null or an empty text. */
  readonly empty: number
  /** Absent when no example has a text here. */
  readonly lengths?: TextLengths
}

export interface DatasetStatistics {
  readonly size: number
  /** UTF-8 bytes of the examples as JSON. */
  readonly bytes: number
  /** Every label with its number of examples, most frequent first, then by name. Empty without a label field. */
  readonly labels: readonly { readonly label: string; readonly count: number }[]
  /** In order of first appearance. */
  readonly fields: readonly FieldStatistics[]
  readonly duplicates: {
    /** Examples whose inputs equal those of an earlier one. */
    readonly examples: number
    /** Those among them whose label differs from the earlier one's: at most one of the two can be right. */
    readonly conflicting: number
  }
}

/**
 * Statistics of `examples`; with no example all numbers are 0.
 *
 * @example statisticsOf([{ text: 'a', label: 'x' }], { inputs: ['text'], label: 'label' }).labels // [{ label: 'x', count: 1 }]
 */
export function statisticsOf(examples: readonly Example[], roles: Roles): DatasetStatistics {
  const fields = [...new Set(examples.flatMap((example) => Object.keys(example)))]
  let bytes = 0
  for (const example of examples) bytes += Buffer.byteLength(JSON.stringify(example))
  return {
    size: examples.length,
    bytes,
    labels: labelCounts(examples, roles),
    fields: fields.map((field) => fieldStatistics(examples, field)),
    duplicates: duplicates(examples, roles),
  }
}

/** The text by which a label is counted and shown: a text as it is, anything else as JSON. */
export function labelText(value: Json | undefined): string {
  return typeof value === 'string' ? value : canonicalJson(value ?? null)
}

function labelCounts(examples: readonly Example[], roles: Roles): DatasetStatistics['labels'] {
  if (roles.label === undefined) return []
  const counts = new Map<string, number>()
  for (const example of examples) {
    const label = labelText(example[roles.label])
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const rows = [...counts].map(([label, count]) => ({ label, count }))
  return rows.sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
}

function fieldStatistics(examples: readonly Example[], field: string): FieldStatistics {
  const lengths: number[] = []
  let empty = 0
  for (const example of examples) {
    const value = example[field]
    if (value === undefined || value === null || value === '') empty++
    if (typeof value === 'string') lengths.push(value.length)
  }
  if (lengths.length === 0) return { field, empty }
  lengths.sort((a, b) => a - b)
  const at = (q: number): number => quantile(lengths, q)
  return { field, empty, lengths: { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) } }
}

function duplicates(examples: readonly Example[], roles: Roles): DatasetStatistics['duplicates'] {
  const seen = new Map<string, string>()
  let repeated = 0
  let conflicting = 0
  for (const example of examples) {
    const key = canonicalJson(roles.inputs.map((field) => example[field] ?? null))
    const label = roles.label === undefined ? '' : labelText(example[roles.label])
    const earlier = seen.get(key)
    if (earlier === undefined) seen.set(key, label)
    else {
      repeated++
      if (earlier !== label) conflicting++
    }
  }
  return { examples: repeated, conflicting }
}
