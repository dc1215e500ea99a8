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
export { actorErrors } from './actor-errors.ts'
export { contentActor } from './content.actor.ts'
export * from './cognition/index.ts'
export { datasetActor, type DatasetVersion } from './dataset.actor.ts'
export { Datasets } from './datasets.ts'
export { type ExecutionActor, executionActor } from './execution.actor.ts'
export { GraphThinking } from './graph-thinking.ts'
export { type CallRecord, modelCallActor } from './model-call.actor.ts'
export { modelFailed } from './model-failure.ts'
export type { CallOptions, LanguageModel } from './model-port.ts'
export { createPlatform, type Platform, type PlatformOptions } from './platform.ts'
export { programActor, type ProgramState, type PublishedVersion } from './program.actor.ts'
export { type ActorPort, Programs, type RunOptions, type StartedRun } from './programs.ts'
export type { Step } from './program-graph.ts'
export { modelCallErrors } from './model-call-errors.ts'
export { modelFailureOf } from './model-failure.ts'
