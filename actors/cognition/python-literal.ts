/**
 * Owns: reading Python literals as `ast.literal_eval` does, as far as JSON and DSPy's values go: no bytes, no complex numbers.
 * Does not own: JSON (python-json).
 * Invariants: PL1 a text that Python refuses is refused.
 */

import { depthLimit } from './python-json.ts'
import { unescapeText } from './python-text.ts'
import { PyDict, PySet, PyTuple, type PyValue, parseFloatText } from './python-value.ts'

const token =
  /[ \t\f]*(?:#[^\n]*(?=\n|$))?(?:(?<string>[rRuU]?(?:'''(?:[^\\]|\\[\s\S])*?'''|"""(?:[^\\]|\\[\s\S])*?"""|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"))|(?<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)|(?<name>[\p{XID_Start}_][\p{XID_Continue}]*)|(?<op>[[\](){},:+-])|(?<line>\n|\r\n?))/uy

/** An escape by number whose digits are missing. */
const cutEscape = /(?<!\\)(?:\\\\)*\\(?:x(?![0-9a-fA-F]{2})|u(?![0-9a-fA-F]{4})|U(?![0-9a-fA-F]{8}))/

/** The value of a literal; undefined when the text is none. */
export function readLiteral(text: string): PyValue | undefined {
  // Blank lines may come first, but then the first line with something on it must not be indented.
  const trimmed = text.replace(/^[ \t]+/, '').replace(/^(?:[ \t\f]*(?:#[^\n]*)?\r?\n)+/, '')
  const reader = new LiteralReader(trimmed)
  const value = reader.top()
  return reader.failed ? undefined : value
}

type Token = { readonly kind: 'string' | 'number' | 'name' | 'op' | 'end' | 'bad'; readonly text: string }

class LiteralReader {
  failed = false
  readonly #text: string
  #at = 0
  #open = 0
  #token: Token = { kind: 'end', text: '' }

  constructor(text: string) {
    this.#text = text
    this.#next()
  }

  top(): PyValue {
    const first = this.#value(0)
    const items = [first]
    let tuple = false
    while (!this.failed && this.#take(',')) {
      tuple = true
      if (this.#token.kind === 'end') break
      items.push(this.#value(0))
    }
    if (this.#token.kind !== 'end') this.failed = true
    return tuple ? new PyTuple(items) : first
  }

  #next(): void {
    for (;;) {
      token.lastIndex = this.#at
      const match = token.exec(this.#text)
      if (!match) {
        const rest = this.#text.slice(this.#at).replace(/[ \t\f]|#[^\n]*/g, '')
        this.#token = rest === '' ? { kind: 'end', text: '' } : { kind: 'bad', text: rest }
        return
      }
      this.#at = token.lastIndex
      const { string, number, name, op, line } = match.groups!
      if (line !== undefined) {
        // A line end inside brackets is a blank; outside, only blank lines may follow.
        if (this.#open > 0 || this.#text.slice(this.#at).trim() === '') continue
        this.#token = { kind: 'bad', text: 'line' }
        return
      }
      if (string !== undefined) this.#token = { kind: 'string', text: string }
      else if (number !== undefined) this.#token = { kind: 'number', text: number }
      else if (name !== undefined) this.#token = { kind: 'name', text: name }
      else this.#operator(op!)
      return
    }
  }

  #operator(text: string): void {
    if (/[[({]/.test(text)) this.#open++
    else if (/[\])}]/.test(text)) this.#open--
    this.#token = { kind: 'op', text }
  }

  #take(text: string): boolean {
    const found = this.#token.kind === 'op' && this.#token.text === text
    if (found) this.#next()
    return found
  }

  #fail(): null {
    this.failed = true
    return null
  }

  #value(depth: number): PyValue {
    if (this.failed || depth > depthLimit) return this.#fail()
    const { kind, text } = this.#token
    if (kind === 'string') return this.#string()
    if (kind === 'number') {
      this.#next()
      return numberOf(text) ?? this.#fail()
    }
    if (kind === 'name') {
      this.#next()
      if (text === 'None') return null
      return text === 'True' ? true : text === 'False' ? false : this.#fail()
    }
    if (this.#take('-')) return this.#negative()
    if (this.#take('+')) return this.#token.kind === 'number' ? this.#value(depth) : this.#fail()
    if (this.#take('[')) return this.#items(']', depth).items
    if (this.#take('(')) {
      const { items, comma } = this.#items(')', depth)
      return items.length === 1 && !comma ? items[0]! : new PyTuple(items)
    }
    return this.#take('{') ? this.#braces(depth) : this.#fail()
  }

  #negative(): PyValue {
    const value = this.#token.kind === 'number' ? this.#value(0) : this.#fail()
    return typeof value === 'bigint' || typeof value === 'number' ? -value : this.#fail()
  }

  #string(): string {
    let text = ''
    while (this.#token.kind === 'string') {
      const [, prefix = '', quote = '', rest = ''] = /^([rRuU]?)('''|"""|'|")([\s\S]*)$/.exec(this.#token.text)!
      const body = rest.slice(0, -quote.length)
      if (!/r/i.test(prefix) && cutEscape.test(body)) this.#fail()
      text += /r/i.test(prefix) ? body : unescapeText(body)
      this.#next()
    }
    return text
  }

  #items(close: string, depth: number): { readonly items: PyValue[]; readonly comma: boolean } {
    const items: PyValue[] = []
    let comma = false
    while (!this.failed && !this.#take(close)) {
      items.push(this.#value(depth + 1))
      comma = this.#take(',')
      if (!comma && !(this.#token.kind === 'op' && this.#token.text === close)) this.#fail()
    }
    return { items, comma }
  }

  #braces(depth: number): PyValue {
    const dict = new PyDict()
    if (this.#take('}')) return dict
    const first = this.#value(depth + 1)
    if (!this.#take(':')) return this.#set(first, depth)
    dict.set(first, this.#value(depth + 1))
    while (!this.failed && this.#take(',')) {
      if (this.#token.text === '}') break
      const key = this.#value(depth + 1)
      if (!this.#take(':')) return this.#fail()
      if (Array.isArray(key) || key instanceof PyDict || key instanceof PySet) return this.#fail()
      dict.set(key, this.#value(depth + 1))
    }
    return this.#take('}') ? dict : this.#fail()
  }

  #set(first: PyValue, depth: number): PyValue {
    if (this.#take('}')) return new PySet([first])
    if (!this.#take(',')) return this.#fail()
    const seen = new PyDict()
    seen.set(first, null)
    for (const item of this.#items('}', depth).items) seen.set(item, null)
    return new PySet(seen.entries().map(([key]) => key))
  }
}

function numberOf(text: string): PyValue | undefined {
  if (/__|_$/.test(text)) return undefined
  const digits = text.replaceAll('_', '')
  if (/^0[xXoObB]/.test(digits)) return BigInt(digits.toLowerCase())
  if (/^\d+$/.test(digits)) return /^0\d*[1-9]/.test(digits) ? undefined : BigInt(digits)
  return parseFloatText(text)
}
