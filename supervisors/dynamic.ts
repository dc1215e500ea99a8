/**
 * Owns: the strategies of supervisors whose children come and go: dynamic (own specs) and simple_one_for_one (one template).
 * Does not own: everything that strategies share (strategy), limits and arguments of starts (management).
 * Invariants: S6, S9. S12 a child without a process is forgotten, whatever its restart type (ST4, D3).
 */

import { type Strategy, strategyOf } from './strategy.ts'

export const dynamic: Strategy = strategyOf('dynamic', false, (_children, child) => ({ stop: [], start: [child] }))

export const simpleOneForOne: Strategy = strategyOf('simple_one_for_one', false, (_children, child) => ({
  stop: [],
  start: [child],
}))
