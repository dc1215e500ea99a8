/**
 * Owns: what doctor found as lines.
 * Does not own: the checks.
 * Invariants: none of its own.
 */

import type { Finding, FindingStatus } from '../doctor/finding.ts'
import { fold } from './columns.ts'
import { plural } from './numbers.ts'
import type { Style, Tone } from './style.ts'

const tones: { readonly [S in FindingStatus]: Tone } = { ok: 'good', warning: 'warn', problem: 'bad' }
const marks: { readonly [S in FindingStatus]: 'ok' | 'warn' | 'bad' } = { ok: 'ok', warning: 'warn', problem: 'bad' }

export function doctorLines(findings: readonly Finding[], style: Style): string[] {
  const stub = Math.max(0, ...findings.map(({ check }) => check.length))
  const room = style.columns - stub - 4
  const lines = findings.flatMap(({ check, status, found, remedy }) => {
    const [first = '', ...more] = fold(found, room)
    const remedies = remedy === undefined ? [] : fold(remedy, room - 2)
    const indent = ' '.repeat(stub + 4)
    return [
      `${style.paint(tones[status], style.symbols[marks[status]])} ${style.paint('strong', check.padEnd(stub))}  ${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...remedies.map((line, at) => `${indent}${at === 0 ? style.paint('accent', style.symbols.arrow) : ' '} ${line}`),
    ]
  })
  return [...lines, '', verdict(findings, style)]
}

function verdict(findings: readonly Finding[], style: Style): string {
  const times = (status: FindingStatus): number => findings.filter((finding) => finding.status === status).length
  const [problems, warnings] = [times('problem'), times('warning')]
  if (problems > 0) return style.paint('bad', `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}`)
  return style.paint('good', warnings > 0 ? `Ready, with ${plural(warnings, 'warning')}.` : 'Ready.')
}
