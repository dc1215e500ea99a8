/**
 * Owns: what a supervisor is told at its start: strategy, intensity, auto shutdown, children; defaults and validation.
 * Does not own: child specs (child-spec), what the strategies do (their files).
 * Invariants: S1, S2. S3 nothing is started before the whole spec is known to be right.
 */

import { describe } from '#runtime'
import { type AutoShutdown, type ChildSpec, checkChildSpecs, type FullChildSpec, fullChildSpec } from './child-spec.ts'
import type { Backoff, Intensity } from './intensity.ts'
import { supervisionErrors } from './supervision-errors.ts'

export type StrategyName = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'dynamic' | 'simple_one_for_one'

interface CommonSpec {
  /** Restarts that are allowed within `period`. Default 1 (dynamic: 3). */
  readonly intensity?: number
  /** Milliseconds. Default 5000. */
  readonly period?: number
  /** Waiting before restarts. Default: none, as in OTP. */
  readonly backoff?: Backoff
}

/** A supervisor of named children in a fixed order. */
export interface StaticSpec extends CommonSpec {
  /** Default `one_for_one`. */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  /** Whether the end of significant children ends the supervisor. Default `never`. */
  readonly autoShutdown?: AutoShutdown
  /** Started in this order, stopped in the reverse one. */
  readonly children?: readonly ChildSpec[]
}

/** A supervisor whose children come and go, each with its own spec; they are known by ref. */
export interface DynamicSpec extends CommonSpec {
  readonly strategy: 'dynamic'
  /** Default Infinity. */
  readonly maxChildren?: number
  /** Put before the arguments of every child, at every start. */
  readonly extraArguments?: readonly unknown[]
}

/** A supervisor of equal children: one template, started with different arguments. */
export interface TemplateSpec extends CommonSpec {
  readonly strategy: 'simple_one_for_one'
  /** Its id is of no importance. Its arguments come before those of the instance. */
  readonly template: ChildSpec
}

export type SupervisorSpec = StaticSpec | DynamicSpec | TemplateSpec

/** A checked spec with its defaults. */
export interface FullSupervisorSpec extends Intensity {
  readonly strategy: StrategyName
  readonly backoff: Backoff | undefined
  readonly autoShutdown: AutoShutdown
  readonly children: readonly FullChildSpec[]
  readonly template: FullChildSpec | undefined
  readonly maxChildren: number
  readonly extraArguments: readonly unknown[]
}

const strategies: { readonly [S in StrategyName]: 'static' | 'dynamic' } = {
  one_for_one: 'static',
  one_for_all: 'static',
  rest_for_one: 'static',
  dynamic: 'dynamic',
  simple_one_for_one: 'dynamic',
}
const autoShutdowns: ReadonlySet<unknown> = new Set<AutoShutdown>(['never', 'any_significant', 'all_significant'])
const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const amount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && Number.isFinite(value)

function isBackoff(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  const { initial, max, jitter = 0 } = value as Record<string, unknown>
  return amount(initial) && amount(max) && amount(jitter) && (jitter as number) <= 1
}

/** One line per member that may be wrong: what is right, and how to tell. */
const rules: { readonly [field: string]: { readonly expected: string; fits(value: unknown): boolean } } = {
  strategy: {
    expected: Object.keys(strategies).join(', '),
    fits: (v) => typeof v === 'string' && Object.hasOwn(strategies, v),
  },
  intensity: { expected: 'a whole number of 0 or more', fits: whole },
  period: { expected: 'milliseconds above 0', fits: (v) => amount(v) && (v as number) > 0 },
  autoShutdown: { expected: [...autoShutdowns].join(', '), fits: (v) => autoShutdowns.has(v) },
  backoff: { expected: '{ initial, max, jitter } with milliseconds and a jitter from 0 to 1', fits: isBackoff },
  maxChildren: { expected: 'a whole number of 0 or more, or Infinity', fits: (v) => v === Number.POSITIVE_INFINITY || whole(v) },
  extraArguments: { expected: 'an array', fits: Array.isArray },
  children: { expected: 'an array of child specs', fits: Array.isArray },
}

/**
 * `value` as a supervisor spec with all its members. Unknown members are ignored, as OTP does.
 *
 * @throws `supervisor.bad_init`, `supervisor.invalid`, `supervisor.combination` and what `checkChildSpecs` throws
 */
export function fullSupervisorSpec(value: unknown): FullSupervisorSpec {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw supervisionErrors.make('supervisor.bad_init', { got: describe(value) })
  const given = value as Record<string, unknown>
  for (const [field, rule] of Object.entries(rules)) {
    if (given[field] === undefined || rule.fits(given[field])) continue
    throw supervisionErrors.make('supervisor.invalid', { field, expected: rule.expected, got: describe(given[field]) })
  }
  const strategy = (given.strategy as StrategyName | undefined) ?? 'one_for_one'
  const autoShutdown = (given.autoShutdown as AutoShutdown | undefined) ?? 'never'
  if (autoShutdown !== 'never' && strategies[strategy] === 'dynamic')
    throw supervisionErrors.make('supervisor.combination', { strategy, field: 'autoShutdown', value: autoShutdown })
  return {
    strategy,
    autoShutdown,
    intensity: (given.intensity as number | undefined) ?? (strategy === 'dynamic' ? 3 : 1),
    period: (given.period as number | undefined) ?? 5000,
    backoff: given.backoff as Backoff | undefined,
    maxChildren: (given.maxChildren as number | undefined) ?? Number.POSITIVE_INFINITY,
    extraArguments: (given.extraArguments as readonly unknown[] | undefined) ?? [],
    template: strategy === 'simple_one_for_one' ? templateOf(given) : undefined,
    children:
      strategies[strategy] === 'static' ? checkChildSpecs((given.children as unknown[] | undefined) ?? [], autoShutdown) : [],
  }
}

function templateOf(given: Record<string, unknown>): FullChildSpec {
  if (given.template === undefined || Array.isArray(given.template)) {
    const got = describe(given.template)
    throw supervisionErrors.make('supervisor.invalid', { field: 'template', expected: 'exactly one child spec', got })
  }
  return fullChildSpec(given.template, 'never')
}

/** A dynamic child's spec, checked in the caller (C3); like Elixir's it takes no notice of `significant`. */
export function dynamicChildSpec(spec: ChildSpec): FullChildSpec {
  return fullChildSpec(spec === null || typeof spec !== 'object' ? spec : { ...spec, significant: false })
}
