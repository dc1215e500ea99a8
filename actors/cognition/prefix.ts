/**
 * Owns: the heading that DSPy infers from a field's name, and the words for pydantic's constraints.
 * Does not own: where they are printed.
 * Invariants: PX1 the same name gives the same heading as in DSPy, acronyms and digits included.
 */

import { capitalize, isUpper } from './python-text.ts'

/**
 * The heading of a field without its colon.
 *
 * @example inferPrefix('HTMLParser') // 'HTML Parser'
 */
export function inferPrefix(name: string): string {
  return name
    .replace(/([^\n])([A-Z][a-z]+)/gu, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .replace(/([a-zA-Z])(\p{Nd})/gu, '$1_$2')
    .replace(/(\p{Nd})([a-zA-Z])/gu, '$1_$2')
    .split('_')
    .map((word) => (isUpper(word) ? word : capitalize(word)))
    .join(' ')
}

const words = {
  gt: 'greater than: ',
  ge: 'greater than or equal to: ',
  lt: 'less than: ',
  le: 'less than or equal to: ',
  min_length: 'minimum length: ',
  max_length: 'maximum length: ',
  multiple_of: 'a multiple of the given number: ',
  allow_inf_nan: "allow 'inf', '-inf', 'nan' values: ",
} as const

/** Constraints of a field under pydantic's names. */
export type Constraints = { readonly [K in keyof typeof words]?: number | boolean }

/**
 * Constraints in DSPy's words, in the order given.
 *
 * @example constraintText({ ge: 0, le: 1 }) // 'greater than or equal to: 0, less than or equal to: 1'
 */
export function constraintText(constraints: Constraints): string {
  return (Object.keys(constraints) as (keyof Constraints)[])
    .map(
      (key) => `${words[key]}${typeof constraints[key] === 'boolean' ? (constraints[key] ? 'True' : 'False') : constraints[key]}`,
    )
    .join(', ')
}
