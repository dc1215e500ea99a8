/**
 * Owns: the door of the domain: everything that other folders may use of it.
 * Does not own: anything else; it only exports.
 * Invariants: none of its own.
 */

export * from './evaluation/confusion.ts'
export * from './evaluation/dataset.ts'
export * from './evaluation/dataset-import.ts'
export * from './evaluation/dataset-statistics.ts'
export { evaluationErrors } from './evaluation/evaluation-errors.ts'
export * from './evaluation/quantiles.ts'
export * from './evaluation/split.ts'
export * from './execution-trace.ts'
export * from './program-check.ts'
export * from './program-diff.ts'
export { programErrors } from './program-errors.ts'
export * from './program-graph.ts'
