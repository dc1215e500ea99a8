/**
 * Owns: the check that a value is plain data, with the path of the first thing that is not.
 * Does not own: what is done about it.
 * Invariants: PL1 what passes comes back from JSON equal to what went in, but for members that are undefined.
 */

import type { Json } from './json.ts'
import { kernelErrors } from './kernel-errors.ts'

/**
 * `value`, if JSON can say it.
 *
 * @param path how the value is called in the error
 * @param owner the actor whose state it is, or whom the message is for
 * @throws `snapshot.not_json` (or `code`) naming the path of the first function, symbol, bigint, NaN, infinity, cycle, class instance
 * or nesting of more than 500 levels
 */
export function plain(value: unknown, path: string, owner = 'the actor', code: Refusal['code'] = 'snapshot.not_json'): Json {
  // Nearly everything is plain, and then nobody needs its path.
  if (Number.isNaN(plainBound(value))) walk(value, path, { owner, code }, new Set())
  return value as Json
}

/** Levels down to which the quick look goes; a cycle ends there too. */
const quickDepth = 40

/** No more bytes than this has the JSON of `value`, if it is plain for certain; NaN says nothing. */
export function plainBound(value: unknown, depth = 0): number {
  // An escaped code unit has six bytes, the longest number 25.
  if (typeof value === 'string') return value.length * 6 + 2
  if (typeof value === 'number') return Number.isFinite(value) ? 25 : Number.NaN
  if (value === null || value === undefined || typeof value === 'boolean') return 5
  if (typeof value !== 'object' || depth === quickDepth) return Number.NaN
  let bound = 2
  if (Array.isArray(value)) {
    // It gives up at the first NaN, because a value that holds itself twice at each level would else be walked for ever.
    for (let i = 0; i < value.length && !Number.isNaN(bound); i++)
      bound += value[i] === undefined ? Number.NaN : plainBound(value[i], depth + 1) + 1
    return bound
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return Number.NaN
  for (const key in value) {
    bound += key.length * 6 + 4 + plainBound((value as Record<string, unknown>)[key], depth + 1)
    if (Number.isNaN(bound)) return bound
  }
  return bound
}

interface Refusal {
  readonly owner: string
  readonly code: 'snapshot.not_json' | 'message.not_json'
}

/** Deepest nesting: what goes deeper overflows the stack of JSON writers, here or at the reader. */
const deepest = 500

function walk(value: unknown, path: string, owner: Refusal, above: Set<object>): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return
    return refuse(owner, path, String(value))
  }
  if (typeof value !== 'object') return refuse(owner, path, `a ${typeof value}`)
  if (above.has(value)) return refuse(owner, path, 'a cycle')
  if (above.size >= deepest) return refuse(owner, `${path.slice(0, 60)}…`, `a nesting of more than ${deepest} levels`)
  const prototype = Object.getPrototypeOf(value)
  above.add(value)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (value[i] === undefined) refuse(owner, `${path}[${i}]`, 'undefined in a list')
      walk(value[i], `${path}[${i}]`, owner, above)
    }
  } else {
    if (prototype !== Object.prototype && prototype !== null)
      refuse(owner, path, `an instance of ${prototype.constructor?.name ?? 'a class'}`)
    for (const key of Object.keys(value)) walk((value as Record<string, unknown>)[key], `${path}.${key}`, owner, above)
  }
  above.delete(value)
}

function refuse({ owner: address, code }: Refusal, path: string, got: string): never {
  throw kernelErrors.make(code, { address, path, got })
}
