/**
 * Owns: reading JSONL and CSV texts as examples, column by column checked.
 * Does not own: files and encodings (bridge), sealing (dataset).
 * Invariants: DI1 all rows are good or nothing is imported. DI2 an error names source, row (the first example is 1), line and column.
 */

import { type CsvError, parse } from 'csv-parse/sync'
import { describe, type Json, nearest } from '#runtime'
import { evaluationErrors } from './evaluation-errors.ts'
import type { Example } from './example.ts'

export type ColumnType = 'text' | 'number' | 'boolean' | 'json' | 'any'

/** What a column must hold. */
export interface Column {
  /** Default `any`: in JSONL whatever stands there, in CSV a text. */
  readonly type?: ColumnType
  /** The only texts that are allowed. */
  readonly oneOf?: readonly string[]
  /** May be absent or empty; then the example has no such field. Default false. */
  readonly optional?: boolean
}

export interface ImportOptions {
  /** Name of the source, for messages: a file name. */
  readonly source: string
  /** Columns that must be right; others are imported as they are. Without it all columns of the first row are. */
  readonly columns?: { readonly [column: string]: Column }
  /** Import only the named columns. Default false. */
  readonly only?: boolean
}

/** One row as it was read, before its columns are checked. */
interface Row {
  readonly row: number
  readonly line: number
  readonly cells: { readonly [column: string]: unknown }
}

interface Problem {
  readonly row: number
  readonly line: number
  readonly column: string
  readonly expected: string
  readonly got: string
}

/**
 * Examples of a text with one JSON object in each line; empty lines are skipped.
 *
 * @throws `dataset.row_invalid`, `dataset.column_missing`, `dataset.empty`
 * @example importJsonl('{"text":"Win!","label":"spam"}', { source: 'mails.jsonl', columns: { label: { oneOf: ['spam', 'ham'] } } })
 */
export function importJsonl(text: string, options: ImportOptions): readonly Example[] {
  const rows: Row[] = []
  const problems: Problem[] = []
  for (const [index, line] of withoutMark(text).split('\n').entries()) {
    if (line.trim() === '') continue
    const row = rows.length + problems.length + 1
    const value = jsonOf(line)
    if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value))
      problems.push({
        row,
        line: index + 1,
        column: '',
        expected: 'a JSON object',
        got: describe(value === undefined ? line : value),
      })
    else rows.push({ row, line: index + 1, cells: value as Row['cells'] })
  }
  return finished(rows, problems, options, readers.jsonl)
}

/**
 * Examples of a CSV text (RFC 4180) with a header row. Quoted cells may hold line ends; a leading byte order mark is skipped.
 *
 * @param options.delimiter one character; default `,`
 * @throws `dataset.row_invalid`, `dataset.column_missing`, `dataset.empty`
 * @example importCsv('text,label\n"Win, now!",spam\n', { source: 'mails.csv' })
 */
export function importCsv(text: string, options: ImportOptions & { readonly delimiter?: string }): readonly Example[] {
  const records = csvRecords(text, options)
  const header = records[0]?.record ?? []
  const double = header.find((column, index) => header.indexOf(column) !== index)
  if (double !== undefined)
    throw bad(options, [{ row: 0, line: 1, column: double, expected: 'column names that differ', got: describe(header) }])
  const rows: Row[] = []
  const problems: Problem[] = []
  for (const [index, { record, line }] of records.slice(1).entries()) {
    if (record.length === header.length)
      rows.push({ row: index + 1, line, cells: Object.fromEntries(header.map((column, at) => [column, record[at]])) })
    else problems.push({ row: index + 1, line, column: '', expected: `${header.length} cells`, got: `${record.length} cells` })
  }
  return finished(rows, problems, options, readers.csv)
}

interface CsvRecord {
  readonly record: readonly string[]
  /** Line at which the record begins. */
  readonly line: number
}

function csvRecords(text: string, options: ImportOptions & { readonly delimiter?: string }): readonly CsvRecord[] {
  const input = Buffer.from(withoutMark(text))
  try {
    const found = parse(input, {
      info: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      delimiter: options.delimiter ?? ',',
      recordDelimiter: ['\r\n', '\n', '\r'],
    }) as unknown as readonly { readonly record: readonly string[]; readonly info: { readonly bytes: number } }[]
    return placed(input, found)
  } catch (cause) {
    const where = cause as Partial<CsvError> & { readonly lines?: number; readonly records?: number }
    const problem = { row: where.records ?? 0, line: where.lines ?? 1, column: '', expected: 'well-formed CSV' }
    throw bad(options, [{ ...problem, got: describe(where.message ?? String(cause)) }], cause)
  }
}

/** Finds each record's first line from the bytes between the records, because the parser counts a CRLF within a cell as two lines. */
function placed(
  input: Buffer,
  found: readonly { readonly record: readonly string[]; readonly info: { readonly bytes: number } }[],
): CsvRecord[] {
  let line = 1
  let from = 0
  return found.map(({ record, info }) => {
    const stretch = input.toString('latin1', from, info.bytes)
    const blank = /^[\r\n]*/.exec(stretch)![0]
    const start = line + lineEnds(blank)
    line += lineEnds(stretch)
    from = info.bytes
    return { record, line: start }
  })
}

const lineEnds = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0

type Reading = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly expected: string }
type Readers = { readonly [T in ColumnType]: (cell: unknown) => Reading }

const right = (value: unknown): Reading => ({ ok: true, value: value as Json })
const wrong = (expected: string): Reading => ({ ok: false, expected })
const numeral = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const truths: { readonly [text: string]: boolean } = { true: true, false: false, yes: true, no: false, '1': true, '0': false }

/** How a cell of each source is read as each type. */
const readers: { readonly [source in 'jsonl' | 'csv']: Readers } = {
  jsonl: {
    any: right,
    json: right,
    text: (cell) => (typeof cell === 'string' ? right(cell) : wrong('a text')),
    number: (cell) => (typeof cell === 'number' ? right(cell) : wrong('a number')),
    boolean: (cell) => (typeof cell === 'boolean' ? right(cell) : wrong('true or false')),
  },
  csv: {
    any: right,
    text: right,
    json(cell) {
      const value = jsonOf(cell as string)
      return value === undefined ? wrong('JSON') : right(value)
    },
    number: (cell) => (numeral.test((cell as string).trim()) ? right(Number(cell)) : wrong('a number')),
    boolean(cell) {
      const value = truths[(cell as string).trim().toLowerCase()]
      return value === undefined ? wrong('true or false') : right(value)
    },
  },
}

function finished(
  rows: readonly Row[],
  earlier: readonly Problem[],
  options: ImportOptions,
  reader: Readers,
): readonly Example[] {
  if (rows.length + earlier.length === 0) throw evaluationErrors.make('dataset.empty', { source: options.source })
  const known = [...new Set(rows.flatMap((row) => Object.keys(row.cells)))]
  const columns = options.columns ?? {}
  if (rows.length > 0)
    for (const [column, wanted] of Object.entries(columns))
      if (!known.includes(column) && wanted.optional !== true) throw missing(options.source, column, known)
  const problems = [...earlier]
  const examples = rows.map((row) => exampleOf(row, options, columns, reader, problems))
  if (problems.length > 0) throw bad(options, problems)
  return examples
}

function exampleOf(
  row: Row,
  options: ImportOptions,
  columns: { readonly [column: string]: Column },
  reader: Readers,
  problems: Problem[],
): Example {
  const fields: [string, Json][] = []
  for (const column of new Set([...Object.keys(row.cells), ...Object.keys(columns)])) {
    const wanted = Object.hasOwn(columns, column) ? columns[column] : undefined
    if (!wanted && options.only) continue
    const cell = row.cells[column]
    const blank = cell === undefined || cell === null || (wanted !== undefined && wanted.type !== 'text' && cell === '')
    if (blank && wanted) {
      if (wanted.optional !== true)
        problems.push({ ...row, column, expected: 'a value', got: cell === '' ? 'an empty cell' : 'nothing' })
      continue
    }
    const reading = reader[wanted?.type ?? 'any'](cell)
    if (!reading.ok) problems.push({ ...row, column, expected: reading.expected, got: describe(cell) })
    else if (wanted?.oneOf && !wanted.oneOf.includes(reading.value as string))
      problems.push({ ...row, column, expected: wanted.oneOf.join(' or '), got: describe(cell) })
    else fields.push([column, reading.value])
  }
  return Object.fromEntries(fields)
}

function missing(source: string, column: string, known: readonly string[]) {
  const near = nearest(column, known)
  const fields = { source, column, known: known.join(', ') }
  return evaluationErrors.make('dataset.column_missing', near === undefined ? fields : { ...fields, nearest: near })
}

function bad(options: ImportOptions, problems: readonly Problem[], cause?: unknown) {
  const ordered = [...problems].sort((a, b) => a.row - b.row)
  const { row, line, column, expected, got } = ordered[0]!
  const rows = new Set(ordered.map((problem) => problem.row)).size
  return evaluationErrors.make(
    'dataset.row_invalid',
    { source: options.source, row, line, column, expected, got, bad: rows },
    cause,
  )
}

/** The value of a JSON text; undefined (which JSON cannot say) when it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is wrong with the text is told with its row by the caller.
    return undefined
  }
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text)
