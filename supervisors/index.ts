/**
 * Owns: the door of supervision: what other folders may import.
 * Does not own: any code.
 * Invariants: none of its own.
 */

export * from './child-spec.ts'
export * from './intensity.ts'
export type {
  ChildCounts,
  ChildRow,
  ManagementAnswers,
  ManagementRequest,
  RestartReport,
  StartedChild,
} from './management.ts'
export type { RestartRecord } from './restart-history.ts'
export { supervisionErrors } from './supervision-errors.ts'
export { startSupervisor, Supervisor, type SupervisorInit } from './supervisor.ts'
export * from './supervisor-client.ts'
export type { DynamicSpec, StaticSpec, StrategyName, SupervisorSpec, TemplateSpec } from './supervisor-spec.ts'
