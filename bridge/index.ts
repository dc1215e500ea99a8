/**
 * Owns: the door of the bridge: what the composition root joins.
 * Does not own: anything else; it only exports.
 * Invariants: none of its own.
 */

export { actorsIn } from './cli/actor-modules.ts'
export { cliErrors } from './cli/cli-errors.ts'
export type { Target } from './cli/host.ts'
export { type CommandParts, runLocalCommand } from './cli/local-host.ts'
export { datasetErrors } from './datasets/dataset-errors.ts'
export { modelErrors } from './models/model-errors.ts'
export { type ModelConfig, type OpenModel, openModel } from './models/open-model.ts'
