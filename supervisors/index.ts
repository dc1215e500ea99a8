/**
 * Owns: the door of supervision: what other folders may import.
 * Does not own: any code.
 * Invariants: none of its own.
 */

export * from './child-spec.ts'
export * from './gen-server.ts'
export * from './intensity.ts'
export { defaultKindIntensity, startKinds, startUnderKinds, supervisorOf } from './kind-supervisors.ts'
export type {
  ChildCounts,
  ChildRow,
  ManagementAnswers,
  ManagementRequest,
  RestartReport,
  StartedChild,
} from './management.ts'
export * from './partition-supervisor.ts'
export * from './registry.ts'
export * from './requests.ts'
export type { RestartRecord } from './restart-history.ts'
export { supervisionErrors } from './supervision-errors.ts'
export { Supervisor, type SupervisorInit, startSupervisor } from './supervisor.ts'
export * from './supervisor-client.ts'
export type { DynamicSpec, StaticSpec, StrategyName, SupervisorSpec, TemplateSpec } from './supervisor-spec.ts'
export * from './tasks.ts'
export * from './tree.ts'
