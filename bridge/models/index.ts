/**
 * Owns: the door of the models: providers, the bundled model, how a configuration becomes one of them.
 * Does not own: anything else; it only exports.
 */

export {
  type BundledModelOptions,
  type BundledStats,
  bundledDescription,
  type RunningBundledModel,
  startBundledModel,
} from './bundled-server.ts'
export { modelErrors } from './model-errors.ts'
export {
  journalName,
  type ModelConfig,
  type OpenModel,
  type OpenModelOptions,
  openModel,
  type ServedCalls,
} from './open-model.ts'
export type { ProviderConfig } from './provider-config.ts'
export { createProviderModel, type ProviderModelOptions } from './provider-model.ts'
export { defaultRetryPolicy, type RetryPolicy } from './retry-policy.ts'
