/**
 * Owns: seeded splits of examples into named parts.
 * Does not own: the examples; a split is lists of their indexes.
 * Invariants: SP1 the same size, labels, parts and seed give the same split on every machine. SP2 no example is in two parts.
 * SP3 with `stratify` every part has each label in its share of the whole, to within one example and the rounding of the part.
 */

import { describe, type Random, seededRandom } from '#runtime'
import { evaluationErrors } from './evaluation-errors.ts'

export interface SplitPlan<P extends string = string> {
  /** A whole number from 0 to 4294967295. */
  readonly seed: number
  /**
   * Parts in order. Either all are fractions (more than 0, at most 1 in sum) or all are counts (whole numbers, at most the size in sum).
   * The number 1 alone is ambiguous: it is the whole when every other part is a fraction, one example otherwise.
   */
  readonly parts: { readonly [part in P]: number }
  /** Label of each example, by index, to keep the share of each label in each part. */
  readonly stratify?: readonly string[]
}

/** Indexes of the examples of each part, in shuffled order. What no part takes is left out. */
export type Split<P extends string = string> = { readonly [part in P]: readonly number[] }

/**
 * Splits `size` examples.
 *
 * @throws `split.invalid`
 * @example splitExamples(6046, { seed: 1, parts: { train: 0.8, test: 200 / 6046 } }).test.length // 200
 */
export function splitExamples<P extends string>(size: number, plan: SplitPlan<P>): Split<P> {
  checkPlan(size, plan)
  const random = seededRandom(plan.seed)
  const order = plan.stratify ? interleaved(plan.stratify, random) : shuffled(indexes(size), random)
  const split: Partial<Record<P, readonly number[]>> = {}
  let from = 0
  for (const [part, count] of counts(size, plan)) {
    const members = order.slice(from, from + count)
    // The interleaved order is periodic in the labels; a part should not be.
    split[part] = plan.stratify ? shuffled(members, random) : members
    from += count
  }
  return split as Split<P>
}

/** Fisher and Yates' shuffle of a copy. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1))
    const moved = copy[last]!
    copy[last] = copy[other]!
    copy[other] = moved
  }
  return copy
}

const indexes = (size: number): number[] => Array.from({ length: size }, (_, index) => index)

/** An order in which every stretch has the labels in their shares: the k-th of n equal labels stands at (k + ½) / n of the way. */
function interleaved(labels: readonly string[], random: Random): number[] {
  const groups = new Map<string, number[]>()
  for (const [index, label] of labels.entries()) {
    const group = groups.get(label)
    if (group) group.push(index)
    else groups.set(label, [index])
  }
  const placed: { readonly index: number; readonly at: number; readonly tie: number }[] = []
  for (const label of [...groups.keys()].sort()) {
    const group = shuffled(groups.get(label)!, random)
    for (const [k, index] of group.entries()) placed.push({ index, at: (k + 0.5) / group.length, tie: random.next() })
  }
  return placed.sort((a, b) => a.at - b.at || a.tie - b.tie || a.index - b.index).map((one) => one.index)
}

function counts<P extends string>(size: number, plan: SplitPlan<P>): [P, number][] {
  const parts = Object.entries(plan.parts) as [P, number][]
  if (!isFractional(parts)) return parts
  // Rounding the running sum instead of each part keeps the whole exact: parts of 1/3 of 100 are 33, 34, 33.
  let sum = 0
  return parts.map(([part, fraction]) => {
    const before = Math.round(sum * size)
    sum = Math.min(1, sum + fraction)
    return [part, Math.round(sum * size) - before]
  })
}

function isFractional(parts: readonly (readonly [string, number])[]): boolean {
  if (parts.length === 1 && parts[0]![1] === 1) return true
  return parts.some(([, amount]) => !Number.isInteger(amount))
}

function checkPlan(size: number, plan: SplitPlan): void {
  const fail = (part: string, expected: string, got: unknown): never => {
    throw evaluationErrors.make('split.invalid', { part, expected, got: typeof got === 'number' ? String(got) : describe(got) })
  }
  if (!Number.isSafeInteger(size) || size < 0) fail('size', 'a whole number of examples', size)
  if (!Number.isInteger(plan.seed) || plan.seed < 0 || plan.seed > 0xffffffff)
    fail('seed', 'a whole number from 0 to 4294967295', plan.seed)
  if (plan.stratify && plan.stratify.length !== size) fail('stratify', `${size} labels`, plan.stratify.length)
  const parts = Object.entries(plan.parts)
  if (parts.length === 0) fail('parts', 'at least one part', plan.parts)
  for (const [part, amount] of parts)
    if (typeof amount !== 'number' || !(amount >= 0) || amount === Number.POSITIVE_INFINITY)
      fail(part, 'a fraction or a count', amount)
  const sum = parts.reduce((total, [, amount]) => total + amount, 0)
  if (isFractional(parts)) {
    for (const [part, amount] of parts) if (amount > 1) fail(part, 'a fraction, as the other parts are', amount)
    // Sums of binary fractions such as 0.7 + 0.2 + 0.1 may be a hair over 1.
    if (sum > 1 + 1e-9) fail('parts', 'fractions of at most 1 in sum', sum)
  } else if (sum > size) fail('parts', `at most ${size} examples in sum`, sum)
}
