/**
 * Owns: the list of problems that the check of a program finds, and the one error that tells them.
 * Does not own: what is a problem (program-check, step-settings).
 * Invariants: PP1 the first problem that was found is the one that the error names; all others are named by path.
 */

import { describe, nearest, TroupeError } from '#runtime'
import { programErrors } from './program-errors.ts'

interface Problem {
  readonly path: string
  readonly expected: string
  readonly got: string
  readonly nearest?: string
  readonly cause?: TroupeError
}

export const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Collects problems. The methods that cannot give a value return undefined, so that a check can go on or stop in one expression. */
export class Problems {
  readonly #list: Problem[] = []

  add(path: string, expected: string, got: unknown): undefined {
    this.#list.push({ path, expected, got: got === undefined ? 'nothing' : describe(got) })
    return undefined
  }

  /** A name that is not one of `known`. */
  unknown(path: string, name: string, what: string, known: readonly string[]): undefined {
    const near = nearest(name, known)
    const problem = { path, expected: `${what} (${known.join(', ') || 'there is none'})`, got: describe(name) }
    this.#list.push(near === undefined ? problem : { ...problem, nearest: near })
    return undefined
  }

  /** Members of `value` that nobody reads are slips. */
  members(path: string, value: { readonly [key: string]: unknown }, known: readonly string[]): void {
    for (const name of Object.keys(value))
      if (!known.includes(name)) this.unknown(path === '' ? name : `${path}.${name}`, name, 'a known member', known)
  }

  text(path: string, value: unknown, fallback: string): string {
    if (value === undefined) return fallback
    if (typeof value === 'string') return value
    this.add(path, 'a text', value)
    return fallback
  }

  choice<C extends string>(path: string, value: unknown, known: readonly C[]): C | undefined {
    const found = known.find((one) => one === value)
    if (found !== undefined) return found
    return typeof value === 'string'
      ? this.unknown(path, value, 'one of', known)
      : this.add(path, `one of ${known.join(', ')}`, value)
  }

  signature<S>(path: string, value: unknown, read: (text: string) => S): S | undefined {
    if (typeof value !== 'string') return this.add(path, 'a signature such as "question -> answer"', value)
    try {
      return read(value)
    } catch (cause) {
      if (!TroupeError.is(cause)) throw cause
      this.#list.push({ path, expected: 'a signature such as "question -> answer"', got: describe(value), cause })
      return undefined
    }
  }

  /** The one error; undefined when there is no problem. */
  error(): TroupeError | undefined {
    const first = this.#list[0]
    if (!first) return undefined
    const { path, expected, got, cause } = first
    const fields = {
      path,
      expected,
      got,
      problems: this.#list.length,
      all: this.#list.map((one) => one.path || '(whole)').join(', '),
    }
    return programErrors.make(
      'program.invalid',
      first.nearest === undefined ? fields : { ...fields, nearest: first.nearest },
      cause,
    )
  }
}
