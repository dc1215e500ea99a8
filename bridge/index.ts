/**
 * Owns: the door of the bridge: what the composition root joins.
 * Does not own: anything else; it only exports.
 * Invariants: none of its own.
 */

export { runCli } from './cli/cli.ts'
export { cliErrors } from './cli/cli-errors.ts'
export { triageDemo } from './cli/demos/triage.ts'
export type { CliHost, Target } from './cli/host.ts'
export { processIo } from './cli/io.ts'
export { LocalSession } from './cli/local-session.ts'
export { datasetErrors } from './datasets/dataset-errors.ts'
export { modelErrors } from './models/model-errors.ts'
export { type ModelConfig, type OpenModel, openModel } from './models/open-model.ts'
