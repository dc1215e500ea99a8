/**
 * Owns: reading JSON text as Python's `json.loads` does: integers of any size, floats apart from integers, NaN and infinity.
 * Does not own: broken JSON (json-repair).
 * Invariants: PJ1 a text is read exactly when `json.loads` reads it, up to the depth limit.
 */

import { PyDict, type PyValue } from './python-value.ts'

/** Deeper nesting is refused, because each level costs stack. Python gives up at a similar depth. */
export const depthLimit = 300

const blank = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON texts may not contain control characters, and this is where that is checked
const plainText = /"((?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)"/y
const words: readonly (readonly [string, PyValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

/** One value at the start of a text after `from`, and where it ends; undefined when there is none. */
export function readJsonPrefix(text: string, from = 0): { readonly value: PyValue; readonly end: number } | undefined {
  const reader = new StrictReader(text, from)
  const value = reader.value(0)
  return value === undefined ? undefined : { value, end: reader.at }
}

/** The value of a text that is JSON as a whole; undefined when it is not. */
export function readJson(text: string): PyValue | undefined {
  const reader = new StrictReader(text, 0)
  reader.skip(blank)
  const value = reader.value(0)
  reader.skip(blank)
  return reader.at === text.length ? value : undefined
}

class StrictReader {
  readonly #text: string
  at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
  }

  skip(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.#text)
    if (match) this.at = pattern.lastIndex
    return match
  }

  #take(text: string): boolean {
    const found = this.#text.startsWith(text, this.at)
    if (found) this.at += text.length
    return found
  }

  value(depth: number): PyValue | undefined {
    if (depth > depthLimit) return undefined
    const first = this.#text[this.at]
    if (first === '"') return this.#string()
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    for (const [word, value] of words) if (this.#take(word)) return value
    const match = this.skip(number)
    if (!match) return undefined
    return match[1] === undefined && match[2] === undefined ? BigInt(match[0]) : Number(match[0])
  }

  #string(): string | undefined {
    const match = this.skip(plainText)
    // The pattern admits only what JSON.parse reads.
    return match ? (JSON.parse(match[0]) as string) : undefined
  }

  #array(depth: number): PyValue[] | undefined {
    this.at++
    const items: PyValue[] = []
    this.skip(blank)
    if (this.#take(']')) return items
    for (;;) {
      this.skip(blank)
      const item = this.value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      this.skip(blank)
      if (this.#take(']')) return items
      if (!this.#take(',')) return undefined
    }
  }

  #object(depth: number): PyDict | undefined {
    this.at++
    const dict = new PyDict()
    this.skip(blank)
    if (this.#take('}')) return dict
    for (;;) {
      this.skip(blank)
      const key = this.#text[this.at] === '"' ? this.#string() : undefined
      this.skip(blank)
      if (key === undefined || !this.#take(':')) return undefined
      this.skip(blank)
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      dict.set(key, value)
      this.skip(blank)
      if (this.#take('}')) return dict
      if (!this.#take(',')) return undefined
    }
  }
}
