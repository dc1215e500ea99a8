/**
 * Owns: how measured comparisons are shown: a table for people, one JSON object for programs.
 * Does not own: the figures.
 * Invariants: RP1 the JSON form is `{ name, rounds, cases: [{ case, value, unit, peer?, peerValue?, ratio? }] }`.
 */

import type { Comparison, Group } from './bench-case.ts'
import type { Measured } from './rounds.ts'

export function jsonReport(name: string, rounds: number, cases: readonly Measured[]): string {
  return JSON.stringify({ name, rounds, cases }, null, 2)
}

const columns = ['case', 'value', 'unit', 'peer', "peer's value", 'ratio', 'aim'] as const

export function tableReport(groups: readonly Group[], cases: readonly Measured[]): string {
  const comparisons = new Map(groups.flatMap((group) => group.comparisons).map((one) => [one.name, one]))
  const rows = cases.map((one) => [
    one.case,
    shown(one.value),
    one.unit,
    one.peer ?? '',
    one.peerValue === undefined ? '' : shown(one.peerValue),
    one.ratio === undefined ? '' : one.ratio.toFixed(2),
    aimed(comparisons.get(one.case), one.ratio),
  ])
  const widths = columns.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)))
  const right = new Set([1, 4, 5])
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (right.has(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(columns), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

function aimed(comparison: Comparison | undefined, ratio: number | undefined): string {
  if (!comparison?.aim || ratio === undefined) return ''
  const { aim } = comparison
  const met = 'least' in aim ? ratio >= aim.least : ratio <= aim.most
  return `${'least' in aim ? `≥ ${aim.least}` : `≤ ${aim.most}`} ${met ? 'met' : 'missed'}`
}

function shown(value: number): string {
  if (value >= 10_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}
