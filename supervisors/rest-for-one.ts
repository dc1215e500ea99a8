/**
 * Owns: the strategy rest_for_one: a child's restart takes along all that were started after it.
 * Does not own: everything that strategies share (strategy).
 * Invariants: S6. S11 older siblings are not touched; the younger stop youngest first, then child and younger start oldest first.
 */

import { restartable, type Strategy, strategyOf } from './strategy.ts'

export const restForOne: Strategy = strategyOf('rest_for_one', true, (children, child) => {
  const all = [...children]
  const younger = all.slice(all.indexOf(child) + 1)
  return { stop: younger.toReversed(), start: [child, ...restartable(younger)] }
})
