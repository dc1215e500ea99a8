/**
 * Owns: reading broken JSON as DSPy's parser does: the value that the text most likely meant, or the empty text.
 * Does not own: texts inside it (repair-text).
 * Invariants: JR1 it never fails but for depth: then the value is the empty text. JR2 valid JSON is read as it is.
 */

import { depthLimit, readJson, readJsonPrefix } from './python-json.ts'
import { isSpace } from './python-text.ts'
import { PyDict, type PyValue, pyRepr } from './python-value.ts'
import { RepairCursor } from './repair-cursor.ts'
import { readText } from './repair-text.ts'

export const quotes = '"\'“”'

class TooDeep extends Error {}

/**
 * The value that a text meant.
 *
 * @example repairJson("{'a': [1, 2") // a dict with the list [1n, 2n]
 */
export function repairJson(text: string): PyValue {
  const valid = readJson(text)
  if (valid !== undefined) return valid
  try {
    return new Repair(text).all()
  } catch (error) {
    if (error instanceof TooDeep) return ''
    throw error
  }
}

/** Empty in Python's sense. */
function isFalsy(value: PyValue): boolean {
  return value === null || value === false || value === '' || value === 0n || value === 0 || isEmptyContainer(value)
}

function isEmptyContainer(value: PyValue): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0) || (value instanceof PyDict && value.size === 0)
}

/** The same shape: equal types, equal keys, equal lengths. A later value of the same shape is a correction of the earlier one. */
function sameShape(a: PyValue, b: PyValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameShape(item, b[i]!))
  if (a instanceof PyDict && b instanceof PyDict)
    return a.size === b.size && a.entries().every(([key, member]) => b.has(key) && sameShape(member, b.get(key)!))
  return (
    (a === null) === (b === null) &&
    typeof a === typeof b &&
    Array.isArray(a) === Array.isArray(b) &&
    a instanceof PyDict === b instanceof PyDict
  )
}

class Repair {
  readonly #cursor: RepairCursor
  #depth = 0
  #triedPrefix = false
  /** Characters that may still be looked at to find closing parentheses; each opening one looks ahead. */
  #looks: number

  constructor(text: string) {
    this.#cursor = new RepairCursor(text)
    this.#looks = 1_000_000 + 8 * text.length
  }

  /** All values of the text: one is itself, several are a list. */
  all(): PyValue {
    const cursor = this.#cursor
    const first = this.#value()
    if (cursor.at >= cursor.text.length) return first
    const found: PyValue[] = [first]
    while (cursor.at < cursor.text.length) {
      const listed = this.#afterComma()
      const next = this.#value()
      if (isFalsy(next)) {
        cursor.at++
        continue
      }
      const last = found[found.length - 1]!
      if ((!listed && sameShape(last, next)) || isFalsy(last)) found.pop()
      found.push(next)
    }
    return found.length === 1 ? found[0]! : found
  }

  #afterComma(): boolean {
    return this.#cursor.char(this.#cursor.afterBlanks()) === ',' || this.#before(this.#cursor.at) === ','
  }

  /** The last character before a place that is no blank. */
  #before(place: number): string | undefined {
    let i = place - 1
    while (i >= 0 && isSpace(this.#cursor.text[i]!)) i--
    return this.#cursor.text[i]
  }

  #value(): PyValue {
    if (this.#depth > depthLimit) throw new TooDeep()
    this.#depth++
    try {
      return this.#find()
    } finally {
      this.#depth--
    }
  }

  /** Goes on to where a value starts, and reads it. Outside of all brackets only a bracket starts one. */
  #find(): PyValue {
    const cursor = this.#cursor
    const inside = cursor.around.length > 0
    let atStart = cursor.at === 0 && !inside
    for (;;) {
      const first = cursor.char()
      if (first === undefined) return ''
      if (first === '{' || first === '[') return this.#container(first)
      if (first === '(' && (inside || this.#tupleAlone())) return this.#parenthesized()
      if (inside && (quotes.includes(first) || /\p{L}/u.test(first))) return this.#text()
      if (inside && /[\d.-]/.test(first)) return this.#number()
      if (first === '#' || first === '/') {
        cursor.skipComment()
        if (inside) return ''
        continue
      }
      if (atStart && quotes.includes(first)) {
        atStart = false
        const object = this.#missingBrace()
        if (object) return object
      }
      cursor.at++
    }
  }

  #container(first: string): PyValue {
    const cursor = this.#cursor
    // Prose around a valid value is common: the value is then taken as it is, once.
    if (cursor.around.length === 0 && !this.#triedPrefix && (cursor.at !== 0 || this.#proseFollows())) {
      this.#triedPrefix = true
      const valid = readJsonPrefix(cursor.text, cursor.at)
      if (valid) {
        cursor.at = valid.end
        return valid.value
      }
    }
    cursor.at++
    return first === '{' ? this.#object() : this.#list(']')
  }

  /** Whether the first bracket closes and something else than a comma follows. */
  #proseFollows(): boolean {
    const { text } = this.#cursor
    const open: string[] = []
    for (let i = 0, inText = false; i < text.length; i++) {
      const character = text[i]!
      if (inText && character === '\\') i++
      else if (character === '"') inText = !inText
      else if (inText) continue
      else if (character === '{' || character === '[') open.push(character === '{' ? '}' : ']')
      else if (character === '}' || character === ']') {
        if (open.pop() !== character) return false
        if (open.length > 0) continue
        const rest = text.slice(i + 1).trimStart()
        return rest !== '' && rest[0] !== ','
      }
    }
    return false
  }

  #text(): PyValue {
    const found = readText(this.#cursor)
    if (found !== 'fence') return found.value
    this.#cursor.at += '```json'.length
    return this.#value()
  }

  #number(): PyValue {
    const cursor = this.#cursor
    const start = cursor.at
    const inList = cursor.innermost === 'list'
    let digits = ''
    for (let next = cursor.char(); next !== undefined; next = cursor.char()) {
      if (!/[0-9\-.eE/,_]/.test(next) && !(next === '+' && /e$/i.test(digits))) break
      if (inList && next === ',') break
      if (next !== '_') digits += next
      cursor.at++
    }
    if (/\p{L}/u.test(cursor.char() ?? '')) {
      cursor.at = start
      return this.#text()
    }
    if (/[+\-eE/,]$/.test(digits)) {
      digits = digits.slice(0, -1)
      cursor.at--
    }
    if (digits.includes(',')) return digits
    if (/^-?\d+$/.test(digits)) return BigInt(digits)
    return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : digits
  }

  #list(close: string): PyValue[] {
    const cursor = this.#cursor
    const isValue = cursor.innermost === 'value'
    const items: PyValue[] = []
    cursor.within('list', () => {
      for (;;) {
        cursor.skipBlanksAndComments()
        const first = cursor.char()
        if (first === undefined || first === close || first === '}') break
        if (first === ',') {
          cursor.at++
          continue
        }
        const keyAhead = quotes.includes(first) && cursor.char(cursor.afterBlanks(cursor.ahead(first, 1) + 1)) === ':'
        // After plain items a key can only be the next member of the object around an unclosed list.
        if (keyAhead && isValue && items.length > 0 && items.every((item) => !Array.isArray(item) && !(item instanceof PyDict))) {
          cursor.at--
          break
        }
        const item = keyAhead ? this.#object() : this.#value()
        if (isEmptyContainer(item) && cursor.char() !== close && cursor.char() !== ',') cursor.at++
        else if (!(item === '...' && cursor.char(-1) === '.')) items.push(item)
      }
    })
    cursor.at++
    return items
  }

  #object(): PyValue {
    const cursor = this.#cursor
    const start = cursor.at
    const dict = new PyDict()
    const nested = cursor.innermost === 'value'
    for (;;) {
      cursor.skipBlanksAndComments()
      const first = cursor.char()
      if (first === undefined || first === '}') break
      if (first === ',') {
        cursor.at++
        continue
      }
      if (first === ':') cursor.at++
      const keyStart = cursor.at
      const key = cursor.within('key', () => this.#key(dict))
      if (!nested && cursor.around.includes('list') && dict.has(key) && this.#startsNext(keyStart)) {
        cursor.at = keyStart
        return dict
      }
      cursor.skipBlanksAndComments()
      const next = cursor.char()
      if (next === undefined || next === '}') continue
      cursor.at++
      dict.set(
        key,
        cursor.within('value', () => this.#member()),
      )
      if (cursor.char() !== undefined && ',\'"'.includes(cursor.char()!)) cursor.at++
      if (cursor.char() === ']' && cursor.around.includes('list')) {
        cursor.at--
        break
      }
    }
    cursor.at++
    const encoded = dict.size === 0 ? this.#encoded(start) : undefined
    if (encoded !== undefined) return encoded
    if (dict.size === 0 && cursor.at - start > 2 && this.#isSet(start)) {
      cursor.at = start
      return cursor.within('key', () => this.#list(']'))
    }
    return this.#closed(dict)
  }

  /** A key that repeats starts the next object of a list whose brackets were forgotten, unless it is an ordinary member. */
  #startsNext(keyStart: number): boolean {
    const { text } = this.#cursor
    const ordinary =
      quotes.includes(text[keyStart] ?? ' ') &&
      this.#before(keyStart) === ',' &&
      this.#cursor.char(this.#cursor.afterBlanks()) === ':'
    return !ordinary
  }

  #key(dict: PyDict): string {
    const cursor = this.#cursor
    for (;;) {
      if (cursor.char() === undefined) return ''
      if (cursor.char() === '[' && this.#continuesList(dict)) continue
      const value = this.#text()
      const key = typeof value === 'string' ? value : pyRepr(value)
      if (key === '') cursor.skipBlanksAndComments()
      if (key !== '' || cursor.char() === ':' || cursor.char() === '}') return key
    }
  }

  /** A bracket where a key should be goes on with the list of the member before it. */
  #continuesList(dict: PyDict): boolean {
    const cursor = this.#cursor
    const last = dict.entries().at(-1)?.[1]
    if (!Array.isArray(last)) return false
    cursor.at++
    const more = this.#list(']')
    const inner = more.length === 1 && Array.isArray(more[0]) ? more[0] : more
    if (last.every((item) => Array.isArray(item) && item.length > 0)) last.push(...(more.every(Array.isArray) ? more : [more]))
    else last.push(...inner)
    cursor.skipBlanksAndComments()
    if (cursor.char() === ',') cursor.at++
    cursor.skipBlanksAndComments()
    return true
  }

  #member(): PyValue {
    this.#cursor.skipBlanksAndComments()
    const first = this.#cursor.char()
    return first === ',' || first === '}' ? '' : this.#value()
  }

  /** An object whose quotes are all escaped was encoded twice. */
  #encoded(start: number): PyValue | undefined {
    const text = this.#cursor.text.slice(start - 1, this.#cursor.at + 1)
    if (!/^\{\s*\\["']/.test(text) || !/\\["']:/.test(text)) return undefined
    this.#cursor.at++
    return new Repair(text.replace(/\\(["'])/g, '$1')).#value()
  }

  /** An object without members that is not blank and has no colon was a set: `{1, 2}`. */
  #isSet(start: number): boolean {
    const body = this.#cursor.text.slice(start, this.#cursor.at - 1)
    const outsideTexts = body.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    return outsideTexts.trim() !== '' && !outsideTexts.includes(':') && !/^\s*(#|\/[/*])/.test(body)
  }

  /** What may follow a closed object: a doubled brace in a list, more members at the top. */
  #closed(dict: PyDict): PyDict {
    const cursor = this.#cursor
    if (cursor.around.length > 0) {
      if (cursor.char() === '}' && cursor.innermost === 'list') cursor.at++
      return dict
    }
    cursor.skipBlanks()
    if (cursor.char() !== ',') return dict
    cursor.at++
    cursor.skipBlanks()
    if (!quotes.includes(cursor.char() ?? ' ')) return dict
    const more = this.#object()
    if (more instanceof PyDict) for (const [key, value] of more.entries()) dict.set(key, value)
    return dict
  }

  /** `(…)` alone on its line is a tuple, otherwise prose. */
  #tupleAlone(): boolean {
    const { text, at } = this.#cursor
    let start = at - 1
    while (start >= 0 && !'\n\r'.includes(text[start]!)) if (!isSpace(text[start--]!)) return false
    const inner = text.substring(at + this.#cursor.afterBlanks(1), at + this.#cursor.afterBlanks(1) + 8)
    if (!/^([)\]{["'“”(\d.-]|\[|true|null|none|false)/i.test(inner)) return false
    const found = this.#matching()
    if (!found) return true
    let end = found.close + 1
    while (end < text.length && !'\n\r'.includes(text[end]!)) if (!isSpace(text[end++]!)) return false
    return true
  }

  /** Where the parenthesis here is closed, and whether a comma stands directly in it. */
  #matching(): { readonly close: number; readonly comma: boolean } | undefined {
    const { text, at } = this.#cursor
    let depth = 0
    let comma = false
    for (let i = at, quote = ''; i < text.length && this.#looks-- > 0; i++) {
      const character = text[i]!
      if (character === '\\') i++
      else if (quote !== '') quote = character === quote ? '' : quote
      else if (quotes.includes(character)) quote = character
      else if ('([{'.includes(character)) depth++
      else if (')]}'.includes(character)) {
        if (--depth === 0) return { close: i, comma }
      } else if (character === ',' && depth === 1) comma = true
    }
    return undefined
  }

  #parenthesized(): PyValue {
    const found = this.#matching()
    const empty = this.#cursor.char(this.#cursor.afterBlanks(1)) === ')'
    this.#cursor.at++
    const items = this.#list(')')
    return found?.comma || empty || items.length !== 1 ? items : items[0]!
  }

  /** `"a": 1}`: only the first brace is missing. */
  #missingBrace(): PyValue | undefined {
    const object = readJson(`{${this.#cursor.text}`)
    if (!(object instanceof PyDict)) return undefined
    this.#cursor.at = this.#cursor.text.length
    return object
  }
}
