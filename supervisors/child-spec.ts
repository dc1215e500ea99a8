/**
 * Owns: child specs: their members, defaults and validation (OTP's names in brackets of the table in docs/SUPERVISION.md).
 * Does not own: supervisors' own settings (supervisor-spec), what becomes of a child (children).
 * Invariants: S1. S2 a validated spec has every member; what OTP ignores (unknown members) is ignored.
 */

import {
  describe,
  type Processes,
  type Ref,
  type Server,
  type Sources,
  type SpawnOptions,
  type StartResult,
  type Telemetry,
} from '#runtime'
import { supervisionErrors } from './supervision-errors.ts'

/** Unique within one supervisor; `1` and `'1'` are two ids. */
export type ChildId = string | number
/** Restarted always, only after an abnormal end, or never. */
export type Restart = 'permanent' | 'transient' | 'temporary'
/** Killed at once, given so many milliseconds after the signal `shutdown`, or waited for without limit. */
export type Shutdown = 'brutal_kill' | number | 'infinity'
export type ChildType = 'worker' | 'supervisor'
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant'

/** What supervision runs on. */
export interface SupervisionContext {
  readonly processes: Processes
  readonly sources: Sources
  readonly telemetry: Telemetry
}

/** What a start function gets: the supervisor that starts, and a `spawn` that links the new process to it. */
export interface Starter extends SupervisionContext {
  readonly parent: Ref
  spawn(server: Server, options?: Omit<SpawnOptions, 'parent'>): Promise<StartResult>
}

/** Starts a process and answers what `spawn` resolved with. A throw, or anything else as answer, is a failed start. */
export type StartFunction = (starter: Starter, ...args: readonly unknown[]) => StartResult | Promise<StartResult>

/**
 * How to start, restart and stop one child.
 *
 * @example
 * const spec: ChildSpec = { id: 'ticker', start: (starter) => starter.spawn({ handle() {} }), restart: 'transient', shutdown: 1000 }
 */
export interface ChildSpec {
  readonly id: ChildId
  readonly start: StartFunction
  /** Given to `start` after the starter, at every start. */
  readonly args?: readonly unknown[]
  /** Default `permanent`. */
  readonly restart?: Restart
  /** Default 5000 milliseconds for workers, `infinity` for supervisors. */
  readonly shutdown?: Shutdown
  /** Default `worker`. */
  readonly type?: ChildType
  /** Its end can end its supervisor; see `autoShutdown`. Default false. */
  readonly significant?: boolean
}

/** A spec with its defaults filled in. */
export type FullChildSpec = Required<ChildSpec>

const restarts: ReadonlySet<unknown> = new Set<Restart>(['permanent', 'transient', 'temporary'])
const types: ReadonlySet<unknown> = new Set<ChildType>(['worker', 'supervisor'])
const shutdowns: { readonly [T in ChildType]: Shutdown } = { worker: 5000, supervisor: 'infinity' }

const isShutdown = (value: unknown): boolean =>
  value === 'brutal_kill' || value === 'infinity' || (Number.isSafeInteger(value) && (value as number) >= 0)

/** One line per member that may be wrong: what is right, and how to tell. */
const rules: Readonly<Record<keyof ChildSpec, { readonly expected: string; fits(value: unknown): boolean }>> = {
  id: { expected: 'a text or a number', fits: (v) => typeof v === 'string' || (typeof v === 'number' && !Number.isNaN(v)) },
  start: { expected: 'a function', fits: (v) => typeof v === 'function' },
  args: { expected: 'an array', fits: Array.isArray },
  restart: { expected: 'permanent, transient or temporary', fits: (v) => restarts.has(v) },
  significant: { expected: 'true or false', fits: (v) => typeof v === 'boolean' },
  type: { expected: 'worker or supervisor', fits: (v) => types.has(v) },
  shutdown: { expected: 'brutal_kill, infinity, or whole milliseconds of 0 or more', fits: isShutdown },
}

const fields = Object.keys(rules) as (keyof ChildSpec)[]

/**
 * `value` as a child spec with all its members.
 *
 * @param autoShutdown mode of the supervisor that it is for; without one, only the spec itself is checked
 * @throws `childspec.missing`, `childspec.invalid`, `childspec.combination`
 */
export function fullChildSpec(value: unknown, autoShutdown?: AutoShutdown): FullChildSpec {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const expected = 'an object with id and start'
    throw supervisionErrors.make('childspec.invalid', { field: 'spec', id: '(none)', expected, got: describe(value) })
  }
  const given = value as Record<string, unknown>
  for (const field of ['id', 'start'])
    if (given[field] === undefined) throw supervisionErrors.make('childspec.missing', { field, id: idOf(given) })
  for (const field of fields) {
    if (given[field] === undefined || rules[field].fits(given[field])) continue
    const { expected } = rules[field]
    throw supervisionErrors.make('childspec.invalid', { field, id: idOf(given), expected, got: describe(given[field]) })
  }
  const spec = given as unknown as ChildSpec
  const type = spec.type ?? 'worker'
  const full: FullChildSpec = {
    id: spec.id,
    start: spec.start,
    args: spec.args ?? [],
    restart: spec.restart ?? 'permanent',
    shutdown: spec.shutdown ?? shutdowns[type],
    type,
    significant: spec.significant ?? false,
  }
  checkSignificant(full, autoShutdown)
  return full
}

const idOf = (given: Record<string, unknown>): string => (given.id === undefined ? '(none)' : describe(given.id))

function checkSignificant(spec: FullChildSpec, autoShutdown: AutoShutdown | undefined): void {
  if (!spec.significant) return
  const id = describe(spec.id)
  if (autoShutdown === 'never') {
    const remedy = 'Give the supervisor autoShutdown: any_significant or all_significant.'
    throw supervisionErrors.make('childspec.combination', { id, field: 'autoShutdown', value: 'never', with: remedy })
  }
  if (spec.restart === 'permanent') {
    const remedy = 'Use restart: transient or temporary.'
    throw supervisionErrors.make('childspec.combination', { id, field: 'restart', value: 'permanent', with: remedy })
  }
}

/**
 * All `specs` with their defaults, checked also against each other. Needs no running supervisor (OTP's check_childspecs).
 *
 * @param autoShutdown mode of the supervisor that they are for, if it is known
 * @throws `childspec.duplicate` and what `fullChildSpec` throws
 * @example
 * const spec: ChildSpec = { id: 'a', start: (starter) => starter.spawn({ handle() {} }) }
 * console.log(checkChildSpecs([spec])[0]?.restart) // 'permanent'
 */
export function checkChildSpecs(specs: readonly unknown[], autoShutdown?: AutoShutdown): FullChildSpec[] {
  const seen = new Set<ChildId>()
  return specs.map((spec) => {
    const full = fullChildSpec(spec, autoShutdown)
    if (seen.has(full.id)) throw supervisionErrors.make('childspec.duplicate', { id: describe(full.id) })
    seen.add(full.id)
    return full
  })
}

/**
 * A start function from a factory of servers: each start and restart gets a new one.
 *
 * @example startServer(() => ({ handle(signal) { console.log(signal.signal) } }), { trapExits: true })
 */
export function startServer(make: (...args: never[]) => Server, options: Omit<SpawnOptions, 'parent'> = {}): StartFunction {
  return (starter, ...args) => starter.spawn((make as (...a: readonly unknown[]) => Server)(...args), options)
}
