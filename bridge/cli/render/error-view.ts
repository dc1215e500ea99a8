/**
 * Owns: an error as lines for people: what happened, what to do, why.
 * Does not own: catalogues and exit codes.
 * Invariants: EV1 the remedy is always printed. EV2 every cause is printed, the nearest first.
 */

import type { ErrorData } from '#runtime'
import { fold, printable } from './columns.ts'
import type { Style } from './style.ts'

/**
 * @param indent blanks before each line
 * @example errorLines(errorData(new Error('no')), styleOf({}))
 */
export function errorLines(error: ErrorData, style: Style, indent = ''): string[] {
  const narrow = { ...style, columns: style.columns - indent.length }
  return ownLines(error, narrow).map((line) => `${indent}${line}`)
}

function ownLines(error: ErrorData, style: Style): string[] {
  const lines = labelled(`${style.symbols.bad} `, 'bad', error.message, style)
  lines.push(...labelled(`  ${style.symbols.arrow} `, 'accent', error.remedy, style))
  for (let cause = error.cause; cause; cause = cause.cause) lines.push(...labelled('  because: ', 'quiet', cause.message, style))
  lines.push(style.paint('quiet', `  code: ${printable(error.code)}`))
  return lines
}

function labelled(label: string, tone: 'bad' | 'accent' | 'quiet', text: string, style: Style): string[] {
  const indent = ' '.repeat(label.length)
  return fold(printable(text), style.columns - label.length).map((line, at) =>
    at === 0 ? `${style.paint(tone, label)}${line}` : `${indent}${line}`,
  )
}
