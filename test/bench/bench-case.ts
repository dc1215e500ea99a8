/**
 * Owns: the list of what is compared with what: each comparison of a figure of ours with a figure of a peer, and its aim.
 * Does not own: the contenders, the measuring.
 * Invariants: BC1 every comparison names both sides, their figure, its unit and which way is better.
 */

import type { ContenderPlace } from './contender.ts'

/** One side of a comparison: a contender and which of its figures counts. */
export interface Side {
  readonly place: ContenderPlace
  readonly figure: string
  /** The name of the peer in reports. */
  readonly label: string
}

/** One line of the report. The ratio is ours divided by the peer's. */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly ours: Side
  readonly peer?: Side
  /** What the ratio should be: at least, or at most. */
  readonly aim?: { readonly least: number } | { readonly most: number }
}

/** Comparisons that are chosen together by a letter (`--only a,b`). */
export interface Group {
  readonly letter: string
  readonly title: string
  readonly comparisons: readonly Comparison[]
}
