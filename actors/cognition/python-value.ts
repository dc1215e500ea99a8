/**
 * Owns: values as Python sees them (`PyValue`), their way from and to JSON, and their texts: `str()`, `repr()`, `json.dumps`.
 * Does not own: how a value is made to fit a type (coerce).
 * Invariants: PV1 integers and floats are never mixed up once a value is a `PyValue`: an integer is a bigint, a float a number.
 */

import type { Json } from '#runtime'
import { stringRepr } from './python-text.ts'

/**
 * A number that JSON alone would change: a whole float in a place without a type (`{ $float: '2.0' }`), or an integer that JavaScript cannot
 * hold (`{ $int: '9223372036854775808' }`). Plain data, so that it survives storage.
 */
export type ExactNumber = { readonly $int: string } | { readonly $float: string }

/** A value as Python sees it. */
export type PyValue = null | boolean | bigint | number | string | PyValue[] | PyTuple | PySet | PyDict

export class PyTuple {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

export class PySet {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

/** A dict: keys in order of insertion, compared as Python compares them as far as JSON and literals go. */
export class PyDict {
  readonly #entries = new Map<string, [PyValue, PyValue]>()

  get size(): number {
    return this.#entries.size
  }
  get(key: PyValue): PyValue | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }
  has(key: PyValue): boolean {
    return this.#entries.has(keyOf(key))
  }
  set(key: PyValue, value: PyValue): void {
    const id = keyOf(key)
    const old = this.#entries.get(id)
    this.#entries.set(id, [old ? old[0] : key, value])
  }
  delete(key: PyValue): void {
    this.#entries.delete(keyOf(key))
  }
  entries(): [PyValue, PyValue][] {
    return [...this.#entries.values()]
  }
}

function keyOf(key: PyValue): string {
  if (typeof key === 'string') return `s${key}`
  if (key === null) return 'none'
  if (typeof key === 'boolean') return `n${key ? 1 : 0}`
  if (typeof key === 'bigint') return `n${key}`
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `n${key}`
  return `r${pyRepr(key)}`
}

/** The exact number that a JSON value stands for, if it is one. */
export function exactNumber(value: Json | undefined): bigint | number | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const { $int, $float } = value as { readonly $int?: Json; readonly $float?: Json }
  if (typeof $int === 'string' && /^-?\d+$/.test($int)) return BigInt($int)
  if (typeof $float === 'string') return parseFloatText($float)
  return undefined
}

/** The float that a Python float literal, or `str(float)`, means. */
export function parseFloatText(text: string): number | undefined {
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text)
  if (special) {
    if (special[2]!.toLowerCase() === 'nan') return Number.NaN
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  return /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)([eE][+-]?\d+(_\d+)*)?$/.test(text)
    ? Number(text.replaceAll('_', ''))
    : undefined
}

/** A JSON value as Python sees it. A JavaScript number is an integer when it is whole, otherwise a float; `$int` and `$float` are exact. */
export function fromJson(value: Json | undefined): PyValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value === 'boolean' || typeof value === 'string') return value
  const exact = exactNumber(value)
  if (exact !== undefined) return exact
  if (Array.isArray(value)) return value.map(fromJson)
  const dict = new PyDict()
  for (const [key, member] of Object.entries(value)) if (member !== undefined) dict.set(key, fromJson(member))
  return dict
}

/** A Python value as JSON: tuples and sets become lists, keys become texts; numbers that JSON would change keep their exact form. */
export function toJson(value: PyValue): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : { $int: String(value) }
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $float: pyFloat(value) }
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof PyTuple || value instanceof PySet) return value.items.map(toJson)
  const object: { [key: string]: Json } = {}
  // Defined, not assigned, because a key named __proto__ would otherwise set the prototype.
  for (const [key, member] of value.entries())
    Object.defineProperty(object, keyText(key), { value: toJson(member), enumerable: true, writable: true, configurable: true })
  return object
}

function keyText(key: PyValue): string {
  if (key instanceof PyTuple) return key.items.map((item) => pyStr(item)).join(',')
  return pyStr(key)
}

/** `repr(float)`. */
export function pyFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  // JavaScript writes small numbers as 1e-7 from 1e-7 on only, so the range down to 1e-4 is plain in both.
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** `str(value)`. */
export function pyStr(value: PyValue): string {
  return typeof value === 'string' ? value : pyRepr(value)
}

/** `repr(value)`. */
export function pyRepr(value: PyValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return pyFloat(value)
  if (typeof value === 'string') return stringRepr(value)
  if (Array.isArray(value)) return `[${value.map(pyRepr).join(', ')}]`
  if (value instanceof PyTuple)
    return value.items.length === 1 ? `(${pyRepr(value.items[0]!)},)` : `(${value.items.map(pyRepr).join(', ')})`
  if (value instanceof PySet) return value.items.length === 0 ? 'set()' : `{${value.items.map(pyRepr).join(', ')}}`
  return `{${value
    .entries()
    .map(([key, member]) => `${pyRepr(key)}: ${pyRepr(member)}`)
    .join(', ')}}`
}

/** `json.dumps(value, ensure_ascii=False)`, on one line with `", "` and `": "`, or over lines when `indent` blanks are given. */
export function pyJson(value: PyValue, indent?: number, level = 0): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'bigint') return String(value)
  // What pydantic hands to json.dumps has no NaN and no infinity any more: they are null.
  if (typeof value === 'number') return Number.isFinite(value) ? pyFloat(value) : 'null'
  if (typeof value === 'string') return jsonString(value)
  const items = value instanceof PyTuple || value instanceof PySet ? [...value.items] : value
  const parts = Array.isArray(items)
    ? items.map((item) => pyJson(item, indent, level + 1))
    : items.entries().map(([key, member]) => `${jsonString(keyText(key))}: ${pyJson(member, indent, level + 1)}`)
  const [open, close] = Array.isArray(items) ? ['[', ']'] : ['{', '}']
  if (parts.length === 0) return open + close
  if (indent === undefined) return open + parts.join(', ') + close
  const inner = `\n${' '.repeat(indent * (level + 1))}`
  return `${open}${inner}${parts.join(`,${inner}`)}\n${' '.repeat(indent * level)}${close}`
}

/** A JSON string as Python writes it: like JSON.stringify, but single surrogates stay as they are. */
function jsonString(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text)
  let out = ''
  for (const character of text) out += character.isWellFormed() ? JSON.stringify(character).slice(1, -1) : character
  return `"${out}"`
}
