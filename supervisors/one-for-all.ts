/**
 * Owns: the strategy one_for_all: when one is restarted, all are.
 * Does not own: everything that strategies share (strategy).
 * Invariants: S6. S10 all others stop youngest first, then all start oldest first, also those that had ended or were stopped by a
 * call (SG3, as in OTP).
 */

import { restartable, type Strategy, strategyOf } from './strategy.ts'

export const oneForAll: Strategy = strategyOf('one_for_all', true, (children, child) => {
  const all = [...children]
  return { stop: all.filter((other) => other !== child).reverse(), start: restartable(all) }
})
