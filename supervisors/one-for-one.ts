/**
 * Owns: the strategy one_for_one: a child's restart is its own affair.
 * Does not own: everything that strategies share (strategy).
 * Invariants: S6. S9 siblings are not touched.
 */

import { type Strategy, strategyOf } from './strategy.ts'

export const oneForOne: Strategy = strategyOf('one_for_one', true, (_children, child) => ({ stop: [], start: [child] }))
