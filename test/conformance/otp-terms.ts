/**
 * Owns: the words of the golden traces (README of the corpus, §2–§4) as types, and the mapping between them and ours: reasons, errors, specs.
 * Does not own: running scenarios (otp-world), comparing (otp-compare).
 * Invariants: OT1 a reason that goes into our runtime comes out of it as the same term.
 */

import { type ExitReason, type Json, TroupeError } from '#runtime'

export type Term = Json

export interface WorkerScript {
  readonly starts?: readonly Term[]
  readonly then?: Term
  readonly trap_exit?: boolean
  readonly unlink?: boolean
  readonly on_terminate?: { readonly take_ms?: number; readonly ignore?: boolean; readonly gate?: boolean; readonly exit?: Term }
}

export interface SupervisorTerm {
  readonly strategy?: string
  readonly intensity?: Term
  readonly period?: Term
  readonly auto_shutdown?: string
  readonly children?: readonly Term[]
  readonly template?: Term
  readonly max_children?: number
  readonly starts?: readonly Term[]
  readonly [unknown: string]: unknown
}

export interface Step {
  readonly do: string
  readonly at?: string
  readonly sup?: string
  readonly id?: string
  readonly ref?: string
  readonly key?: string
  readonly worker?: WorkerScript
  readonly spec?: Term
  readonly specs?: readonly Term[]
  readonly auto_shutdown?: string
  readonly reason?: Term
  readonly ms?: number
  readonly hold?: 'pause' | 'gate'
  readonly steps?: readonly Step[]
  readonly elapsed_ms?: readonly [number, number]
}

export type TraceEvent = readonly [kind: string, label: string, reason?: Term]
export type TraceItem = TraceEvent | { readonly par: readonly (readonly TraceItem[])[] }
export interface Expectation {
  readonly result: Term
  readonly events: readonly TraceItem[]
}
export interface Final {
  readonly alive: readonly string[]
  readonly supervisors: readonly { readonly sup: string; readonly children: readonly Term[]; readonly counts: Term }[]
}
export interface Scenario {
  readonly name: string
  readonly why: string
  readonly needs: readonly string[]
  readonly tree: SupervisorTerm
  readonly steps: readonly Step[]
  readonly expect: readonly Expectation[]
  readonly final: Final
  readonly project?: { readonly expect: readonly Expectation[]; readonly final: Final }
}

/** What a scripted failure throws; its name tells the ways of failing apart after it has become data. */
export class ScriptedFailure extends Error {
  constructor(name: 'crash' | 'throw' | 'raise' | 'quit', term: Term) {
    super(JSON.stringify(term))
    this.name = `scripted ${name}`
  }
}

const only = (term: Term | undefined, key: string): Term | undefined =>
  term !== null && typeof term === 'object' && !Array.isArray(term) && Object.keys(term).length === 1
    ? (term as { readonly [k: string]: Term })[key]
    : undefined

/** A reason of a trace as ours. */
export function toReason(term: Term): ExitReason {
  if (term === 'normal' || term === 'shutdown' || term === 'killed' || term === 'noproc') return { type: term }
  const detail = only(term, 'shutdown')
  return detail === undefined ? { type: 'stopped', reason: term } : { type: 'shutdown', detail }
}

/** How errors of the start function look in a result: a static supervisor hands them out as they are, a dynamic one as Elixir does (D4). */
const thrownTerms: { readonly [name: string]: (term: Term, dynamic: boolean) => Term } = {
  'scripted crash': (term) => ({ crash: term }),
  'scripted throw': (term, dynamic) => (dynamic ? { crash: { nocatch: term } } : term),
  'scripted raise': (term, dynamic) => (dynamic ? { crash: term } : { raised: term }),
  'scripted quit': (term, dynamic) => (dynamic ? term : { quit: term }),
}

type ReasonTerms = { readonly [T in ExitReason['type']]: (reason: Extract<ExitReason, { type: T }>, dynamic: boolean) => Term }

const reasonTerms: ReasonTerms = {
  normal: () => 'normal',
  shutdown: (r, dynamic) => (r.detail === undefined ? 'shutdown' : { shutdown: detailTerm(r.detail, dynamic) }),
  killed: () => 'killed',
  stopped: (r) => r.reason,
  gave_up: (r) => ({ gave_up: r.child }),
  noproc: () => 'noproc',
  noconnection: () => 'noconnection',
  fenced: () => 'fenced',
  timeout: () => 'timeout',
  crashed({ error }, dynamic) {
    const thrown = thrownTerms[String(error.fields.name)]
    if (thrown) return thrown(JSON.parse(error.message) as Term, dynamic)
    const refused = refusal(error.code, error.fields, dynamic)
    if (refused === undefined) return { unknown_error: error.message }
    if (error.code.startsWith('childspec.')) return { start_spec: refused }
    return error.code === 'supervisor.bad_init' || error.code === 'child.bad_start' ? refused : { supervisor_data: refused }
  },
}

/** Our reason in the words of a trace. */
export function fromReason(reason: ExitReason, dynamic = false): Term {
  return (reasonTerms[reason.type] as (r: ExitReason, dynamic: boolean) => Term)(reason, dynamic)
}

function detailTerm(detail: Json, dynamic: boolean): Term {
  const failed = only(detail, 'failed_to_start_child') as readonly [Term, ExitReason] | undefined
  return failed ? { failed_to_start_child: [failed[0], fromReason(failed[1], dynamic)] } : detail
}

type Fields = { readonly [field: string]: Json | undefined }
const value = (text: Json | undefined): Term => JSON.parse(String(text)) as Term

const fieldNames: { readonly [field: string]: string } = {
  spec: 'invalid_child_spec',
  id: 'invalid_id',
  restart: 'invalid_restart_type',
  shutdown: 'invalid_shutdown',
  type: 'invalid_child_type',
  significant: 'invalid_significant',
  start: 'invalid_mfa',
}

const flagNames: { readonly [field: string]: string } = { autoShutdown: 'auto_shutdown', maxChildren: 'max_children' }

/** Refusals by our codes in OTP's words. */
const refusals: { readonly [code: string]: (fields: Fields, dynamic: boolean) => Term } = {
  'childspec.missing': (f) => `missing_${f.field}`,
  'childspec.invalid': (f, dynamic) =>
    dynamic && f.field === 'start'
      ? { invalid_child_spec: { spec: value(f.id) } }
      : { [fieldNames[String(f.field)] ?? String(f.field)]: value(f.got) },
  'childspec.combination': (f) => ({
    bad_combination: [{ [f.field === 'autoShutdown' ? 'auto_shutdown' : 'restart']: f.value }, { significant: true }],
  }),
  'childspec.duplicate': (f) => ({ duplicate_child_name: value(f.id) }),
  'supervisor.invalid': (f) => {
    const got = value(f.got)
    if (f.field === 'period') return { invalid_period: typeof got === 'number' ? got / 1000 : got }
    return { [`invalid_${flagNames[String(f.field)] ?? String(f.field)}`]: got }
  },
  'supervisor.combination': (f) => ({ bad_combination: [{ auto_shutdown: f.value }, { strategy: f.strategy }] }),
  'supervisor.bad_init': (f) => ({ bad_return: value(f.got) }),
  'child.bad_start': (f) => value(f.got),
  'child.not_found': () => 'not_found',
  'child.running': () => 'running',
  'child.restarting': () => 'restarting',
  'child.already_present': () => 'already_present',
  'child.limit': () => 'max_children',
  'child.by_template': () => 'simple_one_for_one',
  'child.start_failed': (f, dynamic) => fromReason(f.reason as unknown as ExitReason, dynamic),
}

function refusal(code: string, fields: Fields, dynamic: boolean): Term | undefined {
  return refusals[code]?.(fields, dynamic)
}

/** A failed management call as the trace writes it. @param label the incarnation of a ref's number */
export function fromError(error: unknown, dynamic: boolean, label: (ref: number) => Term): Term {
  if (!TroupeError.is(error)) throw error
  if (error.code === 'actor.not_found') return 'noproc'
  if (error.code === 'actor.stopped') return { exit: fromReason(error.fields.exit as unknown as ExitReason) }
  if (error.code === 'child.already_started') return { error: { already_started: label(error.fields.ref as number) } }
  const term = refusal(error.code, error.fields, dynamic)
  if (term === undefined) throw error
  return { error: term }
}
