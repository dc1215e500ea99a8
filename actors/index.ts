/**
 * Owns: the door of the domain: everything that other folders may use of it.
 * Does not own: anything else; it only exports.
 * Invariants: none of its own.
 */

export { actorErrors } from './actor-errors.ts'
export * from './cognition/index.ts'
export { contentActor } from './content.actor.ts'
export { type DatasetVersion, datasetActor } from './dataset.actor.ts'
export { Datasets } from './datasets.ts'
export * from './evaluation/confusion.ts'
export * from './evaluation/dataset.ts'
export * from './evaluation/dataset-import.ts'
export * from './evaluation/dataset-statistics.ts'
export { evaluationErrors } from './evaluation/evaluation-errors.ts'
export type * from './evaluation/example.ts'
export * from './evaluation/quantiles.ts'
export * from './evaluation/split.ts'
export { type ExecutionActor, executionActor } from './execution.actor.ts'
export * from './execution-trace.ts'
export { GraphThinking } from './graph-thinking.ts'
export { type CallRecord, modelCallActor } from './model-call.actor.ts'
export { modelCallErrors } from './model-call-errors.ts'
export { modelFailed, modelFailureOf } from './model-failure.ts'
export type { CallOptions, LanguageModel } from './model-port.ts'
export { createPlatform, type Platform, type PlatformOptions } from './platform.ts'
export { type ProgramState, type PublishedVersion, programActor } from './program.actor.ts'
export * from './program-check.ts'
export * from './program-diff.ts'
export { programErrors } from './program-errors.ts'
export type { Step } from './program-graph.ts'
export * from './program-graph.ts'
export { type ActorPort, Programs, type RunOptions, type StartedRun } from './programs.ts'
