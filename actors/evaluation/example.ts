/**
 * Owns: what an example is, and what its fields are for.
 * Does not own: sealed sets of them (dataset), their statistics.
 * Invariants: EX1 an example is plain JSON.
 */

import type { Json } from '#runtime'

/** One example: field names and values. */
export type Example = { readonly [field: string]: Json }

/** What the fields of every example are for. Other fields may be there; they are kept. */
export interface Roles {
  /** Fields that a program gets. */
  readonly inputs: readonly string[]
  /** The field that holds the expected answer, if there is one. */
  readonly label?: string
}
