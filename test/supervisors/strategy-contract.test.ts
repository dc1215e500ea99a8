/**
 * Owns: running the contract suite of strategies against all of them.
 * Does not own: the suite (strategy-contract).
 * Invariants: S6–S12.
 */

import type { Child } from '../../supervisors/children.ts'
import { dynamic, simpleOneForOne } from '../../supervisors/dynamic.ts'
import { oneForAll } from '../../supervisors/one-for-all.ts'
import { oneForOne } from '../../supervisors/one-for-one.ts'
import { restForOne } from '../../supervisors/rest-for-one.ts'
import { type Model, strategyContract } from './strategy-contract.ts'

const keys = (children: readonly Child[]) => children.map((child) => child.key)
const started = (children: readonly Child[]) => keys(children.filter((child) => child.spec.restart !== 'temporary'))
const alone: Model = (children, dead) => ({ stop: [], start: keys(children.slice(dead, dead + 1)) })

strategyContract(oneForOne, alone)
strategyContract(dynamic, alone)
strategyContract(simpleOneForOne, alone)
strategyContract(oneForAll, (children, dead) => ({
  stop: keys(children.filter((_, index) => index !== dead)).reverse(),
  start: started(children),
}))
strategyContract(restForOne, (children, dead) => ({
  stop: keys(children.slice(dead + 1)).reverse(),
  start: started(children.slice(dead)),
}))
