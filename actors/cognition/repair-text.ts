/**
 * Owns: reading one text inside broken JSON: missing, doubled and misplaced quotes, escapes, bare words.
 * Does not own: the brackets around it (json-repair).
 * Invariants: RT1 a text ends at the quote that closes it in valid JSON; only where none fits is another end looked for.
 */

import { isSpace, stripEnd } from './python-text.ts'
import type { PyValue } from './python-value.ts'
import type { RepairCursor } from './repair-cursor.ts'

const quotes = '"\'“”'
const words: readonly (readonly [string, PyValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['none', null],
]

/** How many quotes a look ahead counts at most, because it is made at each of them. */
const lookLimit = 200

interface Reading {
  /** The quote that closes the text. */
  readonly close: string
  readonly open: string
  /** There was no opening quote. */
  readonly bare: boolean
  readonly doubled: boolean
  /** What was read, by characters: a growing text would be copied again and again. */
  readonly characters: string[]
  /** A quote inside was kept; the next one belongs to it. */
  inner: boolean
  /** Braces opened in the text and not closed in it. */
  braces: number
}

/** Reads a text, or a bare true, false, null; `fence` when a ```` ```json ```` block starts here. */
export function readText(cursor: RepairCursor): { readonly value: PyValue } | 'fence' {
  if (cursor.char() === '#' || cursor.char() === '/') {
    cursor.skipComment()
    return { value: '' }
  }
  while (cursor.char() !== undefined && !quotes.includes(cursor.char()!) && !isWordCharacter(cursor.char()!)) cursor.at++
  const first = cursor.char()
  if (first === undefined) return { value: '' }
  const plain = plainText(cursor)
  if (plain !== undefined) return { value: plain }
  const bare = !quotes.includes(first)
  if (bare && cursor.innermost !== 'key') {
    const word = bareWord(cursor)
    if (word) return word
  }
  if (!bare) cursor.at++
  if (
    cursor.char() === '`' &&
    cursor.text.startsWith('```json', cursor.at) &&
    cursor.text.startsWith('```', cursor.at + cursor.ahead('`', 7))
  )
    return 'fence'
  const open = bare ? '"' : first
  const close = open === '“' ? '”' : open === '”' ? '"' : open
  const reading: Reading = { open, close, bare, doubled: false, characters: [], inner: false, braces: 0 }
  if (cursor.char() !== open) return { value: scan(cursor, reading) }
  return doubledQuote(cursor, reading)
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character)
}

/** The common case: a text without escapes that ends as valid JSON would have it. */
function plainText(cursor: RepairCursor): string | undefined {
  if (cursor.char() !== '"') return undefined
  const end = cursor.text.indexOf('"', cursor.at + 1)
  if (end < 0) return undefined
  const text = cursor.text.slice(cursor.at + 1, end)
  if (/[\\\n\r]/.test(text)) return undefined
  const next = cursor.char(cursor.afterBlanks(end + 1 - cursor.at))
  const ends = { key: ':', value: ',}', list: ',]' }[cursor.innermost ?? 'key']
  const fitting =
    cursor.innermost === 'key' ? next === ':' : next === undefined || (cursor.innermost !== undefined && ends.includes(next))
  if (!fitting) return undefined
  cursor.at = end + 1
  return text
}

function bareWord(cursor: RepairCursor): { readonly value: PyValue } | undefined {
  for (const [word, value] of words) {
    if (cursor.text.slice(cursor.at, cursor.at + word.length).toLowerCase() !== word) continue
    const next = cursor.char(word.length)
    if (next !== undefined && !isSpace(next) && !',)]}'.includes(next)) continue
    cursor.at += word.length
    return { value }
  }
  return undefined
}

/** Two quotes at the start: an empty text, a doubled opening quote, or a quotation at the start of the text. */
function doubledQuote(cursor: RepairCursor, reading: Reading): { readonly value: PyValue } {
  const { open, close } = reading
  const empties = { key: ':', value: ',}', list: ',]' }[cursor.innermost ?? 'key']
  const next = cursor.char(1)
  if (next !== undefined && cursor.innermost !== undefined && empties.includes(next)) {
    cursor.at++
    return { value: '' }
  }
  if (next === open) return { value: '' }
  const end = cursor.ahead(close, 1)
  if (cursor.char(end + 1) === close) {
    cursor.at++
    return { value: scan(cursor, { ...reading, doubled: true }) }
  }
  if (cursor.char(end) === close && cursor.innermost === 'value') {
    const outer = cursor.ahead(close, end + 1)
    const after = cursor.char(cursor.afterBlanks(outer + 1))
    if (!blankUntil(cursor, end) && cursor.char(outer) === close && (after === undefined || ',}'.includes(after))) {
      cursor.at++
      return { value: scan(cursor, { ...reading, characters: [open], inner: true }) }
    }
  }
  const following = cursor.char(cursor.afterBlanks(1))
  if (following !== undefined && `${quotes}{[`.includes(following)) {
    cursor.at++
    return { value: '' }
  }
  if (following === undefined || !',]}'.includes(following)) cursor.at++
  return { value: scan(cursor, reading) }
}

function blankUntil(cursor: RepairCursor, end: number): boolean {
  for (let i = 1; i < end; i++) if (cursor.char(i) !== undefined && !isSpace(cursor.char(i)!)) return false
  return true
}

function keep(cursor: RepairCursor, reading: Reading): void {
  const character = cursor.char()!
  reading.characters.push(character)
  if (character === '{') reading.braces++
  if (character === '}' && reading.braces > 0) reading.braces--
  cursor.at++
}

function scan(cursor: RepairCursor, reading: Reading): string {
  const { close, bare } = reading
  for (let next = cursor.char(); next !== undefined && next !== close; next = cursor.char()) {
    if (bare && cursor.innermost === 'key' && (next === ':' || isSpace(next))) break
    if (bare && cursor.innermost === 'list' && (next === ']' || next === ',')) break
    if (next === '}' && cursor.innermost === 'value' && reading.braces > 0 && reading.characters.at(-1) !== close) {
      keep(cursor, reading)
      continue
    }
    if (endsBefore(cursor, reading, next)) break
    if (next === ',' && cursor.innermost === 'value') {
      keep(cursor, reading)
      continue
    }
    keep(cursor, reading)
    if (reading.characters.at(-1) === '\\' && readEscape(cursor, reading)) continue
    if (cursor.char() === ':' && !bare && cursor.innermost === 'key' && keyEndsHere(cursor, reading)) break
    while (cursor.char() === close && reading.characters.length > 0 && reading.characters.at(-1) !== '\\') {
      const decision = atQuote(cursor, reading)
      if (decision === 'close') break
      if (decision === 'end') return finish(cursor, reading)
    }
  }
  return finish(cursor, reading)
}

/** Whether the text ended before this character although no quote says so. */
function endsBefore(cursor: RepairCursor, reading: Reading, next: string): boolean {
  const { close } = reading
  if (cursor.innermost === 'value' && next === ',') return memberFollows(cursor)
  if (
    cursor.innermost === 'value' &&
    next === '}' &&
    reading.braces === 0 &&
    reading.characters.at(-1) !== close &&
    braceCloses(cursor, reading)
  )
    return true
  if (
    next === ']' &&
    cursor.around.includes('list') &&
    reading.characters.at(-1) !== close &&
    cursor.char(cursor.ahead(close)) === undefined
  )
    return true
  if (cursor.innermost !== 'value' || next !== '}') return false
  const after = cursor.afterBlanks(1)
  return (
    cursor.char(after) === undefined ||
    (cursor.text.startsWith('```', cursor.at + after) && !fenceInText(cursor, reading, after + 3))
  )
}

/** Whether a code fence after a brace is content: some quote behind it closes the text. */
function fenceInText(cursor: RepairCursor, { close }: Reading, from: number): boolean {
  for (
    let i = cursor.ahead(close, from), tries = 0;
    cursor.char(i) !== undefined && tries < lookLimit;
    i = cursor.ahead(close, i + 1), tries++
  ) {
    const after = cursor.char(cursor.afterBlanks(i + 1))
    if (after === undefined || ',}]'.includes(after)) return true
  }
  return false
}

/** After a comma in a value: does the next member of the object follow? */
function memberFollows(cursor: RepairCursor): boolean {
  const start = cursor.afterBlanks(1)
  const first = cursor.char(start)
  if (first === undefined || first === '}') return true
  const colonAfter = (offset: number) => cursor.char(cursor.afterBlanks(offset)) === ':'
  if (quotes.includes(first)) {
    const end = cursor.ahead(first, start + 1)
    return cursor.char(end) !== undefined && colonAfter(end + 1)
  }
  if (/[\p{L}\p{N}_`]/u.test(first)) {
    let end = start + (first === '`' ? 1 : 0)
    while (/[\p{L}\p{N}_-]/u.test(cursor.char(end) ?? '')) end++
    if (colonAfter(end) && bareMemberValue(cursor, cursor.afterBlanks(end) + 1)) return true
    if (first === '`') return false
  }
  if (first === '{' || first === '[') return false
  const special = cursor.ahead(`${quotes}{[`, start)
  const found = cursor.char(special)
  if (found === undefined || found === '{' || found === '[') return false
  const end = cursor.ahead(found, special + 1)
  return cursor.char(end) !== undefined && colonAfter(end + 1)
}

/** Whether what follows a bare key and its colon looks like a value rather than prose. */
function bareMemberValue(cursor: RepairCursor, offset: number): boolean {
  const start = cursor.afterBlanks(offset)
  const rest = cursor.text.slice(cursor.at + start, cursor.at + start + 6)
  if (/^["'“”{[\-\d]/.test(rest) || /^(true|false|null)([\s,}\]]|$)/.test(rest)) return true
  return cursor.char(cursor.ahead(`${quotes}}`, start)) === '}'
}

/** Whether a closing brace inside a value closes the object, because the quote before it is missing. */
function braceCloses(cursor: RepairCursor, reading: Reading): boolean {
  if (cursor.char(1) === '\\') return false
  let i = cursor.ahead(reading.close, 1)
  if (cursor.char(i) === undefined) {
    if (cursor.char(cursor.ahead(':', 1)) !== undefined) return true
    const start = cursor.afterBlanks(1)
    return cursor.ahead('}', start) - start <= 1
  }
  i = cursor.afterBlanks(i + 1)
  if (cursor.char(i) === undefined || ',}'.includes(cursor.char(i)!)) return false
  i = cursor.ahead(reading.open, i)
  if (cursor.char(i) === undefined) return false
  const after = cursor.char(cursor.afterBlanks(i + 1))
  return after === undefined || after === ':'
}

/** A colon in a key whose closing quote is missing. */
function keyEndsHere(cursor: RepairCursor, reading: Reading): boolean {
  let i = cursor.ahead(reading.open, 1)
  if (cursor.char(i) === undefined) return true
  i = cursor.ahead(reading.close, i + 1)
  const after = cursor.char(i) === undefined ? undefined : cursor.char(cursor.afterBlanks(i + 1))
  return after !== undefined && ',}'.includes(after)
}

const escapes: { readonly [letter: string]: string } = { t: '\t', n: '\n', r: '\r', b: '\b' }

/** The text ends in a backslash: what it and the next character mean; false when they mean themselves. */
function readEscape(cursor: RepairCursor, reading: Reading): boolean {
  const next = cursor.char()
  if (next === undefined) return false
  const replace = (content: string, length: number) => {
    reading.characters[reading.characters.length - 1] = content
    cursor.at += length
  }
  const hex = next === 'u' ? 4 : next === 'x' ? 2 : 0
  const code = cursor.text.slice(cursor.at + 1, cursor.at + 1 + hex)
  if (next === reading.close || next === '\\' || next in escapes) replace(escapes[next] ?? next, 1)
  else if (hex > 0 && code.length === hex && /^[0-9a-fA-F]+$/.test(code))
    replace(String.fromCharCode(Number.parseInt(code, 16)), 1 + hex)
  else if (quotes.includes(next)) replace(next, 1)
  else return false
  return true
}

/** At the closing quote inside a text: `close` ends it here, `end` ends it before, `on` kept the quote as content. */
function atQuote(cursor: RepairCursor, reading: Reading): 'close' | 'end' | 'on' {
  const { open, close } = reading
  if (reading.doubled && cursor.char(1) === close) {
    cursor.at++
    return 'close'
  }
  if (reading.bare && cursor.innermost === 'value') return bareQuote(cursor, reading)
  if (reading.inner) {
    reading.inner = false
    keep(cursor, reading)
    return 'on'
  }
  let i = 1
  let comma = true
  const inKey = cursor.around.includes('key')
  const inValue = cursor.around.includes('value')
  const inList = cursor.around.includes('list')
  for (let next = cursor.char(i); next !== undefined && next !== open && next !== close; next = cursor.char(++i)) {
    if (comma && /\p{L}/u.test(next)) comma = false
    if ((inKey && ':}'.includes(next)) || (inValue && next === '}') || (inList && '],'.includes(next))) break
    if (comma && cursor.innermost === 'value' && next === ',') break
  }
  const found = cursor.char(i)
  if (found === ',' && cursor.innermost === 'value') {
    const after = cursor.char(cursor.afterBlanks(cursor.ahead(close, i + 1) + 1))
    if (after === undefined || !'},'.includes(after)) return 'close'
    keep(cursor, reading)
    return 'on'
  }
  if (found !== close || cursor.char(i - 1) === '\\') return 'close'
  return quoteBeforeQuote(cursor, reading, i)
}

function bareQuote(cursor: RepairCursor, reading: Reading): 'close' | 'end' {
  let i = 1
  while (cursor.char(i) !== undefined && cursor.char(i) !== reading.close && cursor.char(i) !== reading.open) i++
  if (cursor.char(i) === undefined || cursor.char(cursor.afterBlanks(i + 1)) !== ':') return 'close'
  // The quote opens the next key: the bare text ended before it.
  cursor.at--
  return 'end'
}

/** Another quote comes before anything that could end the member: is this one content? */
function quoteBeforeQuote(cursor: RepairCursor, reading: Reading, next: number): 'close' | 'on' {
  const { close } = reading
  const kept = (toggle: boolean): 'on' => {
    if (toggle) reading.inner = !reading.inner
    keep(cursor, reading)
    return 'on'
  }
  const member =
    cursor.innermost === 'value' &&
    cursor.char(cursor.afterBlanks(next + 1)) === ',' &&
    memberStartsAfter(cursor, cursor.afterBlanks(next + 1) + 1)
  if (blankUntil(cursor, next) && !member) return 'close'
  if (cursor.innermost === 'value') {
    if (member) return kept(false)
    let i = cursor.ahead(close, next + 1) + 1
    while (
      cursor.char(i) !== undefined &&
      cursor.char(i) !== ':' &&
      !',]}'.includes(cursor.char(i)!) &&
      !(cursor.char(i) === close && cursor.char(i - 1) !== '\\')
    )
      i++
    return cursor.char(i) === ':' ? 'close' : kept(true)
  }
  if (cursor.innermost === 'list') {
    let i = next
    let even = true
    for (let tries = 0; cursor.char(i) === close && even; tries++) {
      if (tries === lookLimit) return 'close'
      i = cursor.ahead(`${close}]`, i + 1)
      if (cursor.char(i) !== close) {
        even = false
        break
      }
      i = cursor.ahead(`${close}]`, i + 1)
    }
    return even ? kept(true) : 'close'
  }
  return cursor.innermost === 'key' ? kept(false) : 'close'
}

function memberStartsAfter(cursor: RepairCursor, offset: number): boolean {
  const start = cursor.afterBlanks(offset)
  const first = cursor.char(start)
  if (first === undefined || first === '}') return false
  if (quotes.includes(first)) {
    const end = cursor.ahead(first === '“' ? '”' : first, start + 1)
    return cursor.char(end) !== undefined && cursor.char(cursor.afterBlanks(end + 1)) === ':'
  }
  if (!/[\p{L}\p{N}_]/u.test(first)) return false
  let end = start
  while (/[\p{L}\p{N}_-]/u.test(cursor.char(end) ?? '')) end++
  return cursor.char(cursor.afterBlanks(end)) === ':'
}

function finish(cursor: RepairCursor, reading: Reading): string {
  const next = cursor.char()
  if (next !== undefined && reading.bare && cursor.innermost === 'key' && isSpace(next)) {
    cursor.skipBlanks()
    if (cursor.char() === undefined || !':,'.includes(cursor.char()!)) return ''
  }
  const text = reading.characters.join('')
  if (next !== reading.close) return stripEnd(text)
  cursor.at++
  return reading.bare || text.endsWith('\n') ? stripEnd(text) : text
}
