/**
 * Owns: texts in columns of a terminal: width, padding, cutting, folding, tables; and making foreign text safe to print.
 * Does not own: colours (style), numbers (numbers).
 * Invariants: CL1 no line is wider than it was asked to be. CL2 foreign text moves no cursor and paints nothing: its control characters
 * are taken out.
 */

import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** Columns that `text` takes in a terminal: wide characters count twice, colours not at all. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** Foreign text as one line: escape sequences and control characters are gone, line ends and tabs are blanks. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim()
}

/** Foreign text as lines: escape sequences and control characters but line feeds are gone. */
export function printable(text: string): string {
  return (
    stripVTControlCharacters(text.replaceAll('\r\n', '\n').replaceAll('\t', '    '))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this line is for
      .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  )
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** `text` (without colours) in at most `width` columns; what is cut off is marked with `ellipsis`. */
export function cut(text: string, width: number, ellipsis = '…'): string {
  if (widthOf(text) <= width) return text
  const room = width - widthOf(ellipsis)
  if (room < 0) return ''
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = widthOf(segment)
    if (used + next > room) break
    kept += segment
    used += next
  }
  return `${kept.trimEnd()}${ellipsis}`
}

export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text
}

/** `left` and `right` at the two ends of a line of `width` columns; at least two blanks are between them. */
export function ends(left: string, right: string, width: number): string {
  return left + ' '.repeat(Math.max(2, width - widthOf(left) - widthOf(right))) + right
}

/** Lines of `text` (without colours), folded between words, or within a word that is longer than a line. */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => foldLine(line, width))
}

function foldLine(line: string, width: number): string[] {
  const lines: string[] = []
  let now = ''
  for (const word of line.split(/(?<= )/)) {
    let rest = word
    if (widthOf((now + rest).trimEnd()) > width && now !== '') {
      lines.push(now.trimEnd())
      now = ''
    }
    while (widthOf(rest.trimEnd()) > width) {
      const piece = cut(rest, width, '')
      // A character that is wider than the whole line is left out, otherwise the loop would never end.
      const length = piece.length || [...rest][0]!.length
      if (piece !== '') lines.push(piece)
      rest = rest.slice(length)
    }
    now += rest
  }
  lines.push(now.trimEnd())
  return lines
}

export interface TableColumn {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut when the line is too long; the last such column is cut first. */
  readonly shrinks?: boolean
}

/**
 * Rows in aligned columns with two blanks between them; the first line holds the titles.
 *
 * @param width columns of a line; shrinking columns give way, down to 8
 */
export function table(columns: readonly TableColumn[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = columns.map((column, at) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[at] ?? ''))))
  let over = widths.reduce((sum, one) => sum + one, 2 * (columns.length - 1)) - width
  for (const [at, column] of [...columns.entries()].reverse()) {
    if (over <= 0 || !column.shrinks) continue
    const taken = Math.min(over, Math.max(0, widths[at]! - 8))
    widths[at]! -= taken
    over -= taken
  }
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => {
        const cell = column.shrinks ? cutPlain(cells[at] ?? '', widths[at]!) : (cells[at] ?? '')
        return column.align === 'right' ? padLeft(cell, widths[at]!) : padRight(cell, widths[at]!)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...rows.map(line)]
}

/** A painted cell that must be cut loses its colours, because cutting between escape sequences would leave the terminal painted. */
function cutPlain(text: string, width: number): string {
  return widthOf(text) <= width ? text : cut(stripVTControlCharacters(text), width)
}
