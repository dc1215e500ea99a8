/**
 * Owns: the one place where a raw error of a driver, a file system or the embedded database becomes one of the catalogue.
 * Does not own: the catalogue.
 * Invariants: DE1 every thrown thing comes out as a TroupeError that keeps it as its cause. DE2 a message never holds a password.
 */

import { describe, TroupeError } from '#runtime'
import { storeErrors } from './store-errors.ts'

/** Where and at what it happened. */
export interface FailurePlace {
  readonly where: string
  readonly operation: string
}

type Kind = 'unreachable' | 'refused' | 'busy' | 'full' | 'notWritable' | 'outOfMemory' | 'failed'

interface Facts {
  readonly code: string
  readonly problem: string
}

const makers: { readonly [K in Kind]: (place: FailurePlace, facts: Facts, cause: unknown) => TroupeError } = {
  unreachable: ({ where }, { problem }, cause) => storeErrors.make('store.unreachable', { where, problem }, cause),
  refused: ({ where }, { problem }, cause) => storeErrors.make('store.refused', { where, problem }, cause),
  busy: ({ operation }, { code, problem }, cause) =>
    storeErrors.make('store.busy', { operation, sqlstate: code, problem }, cause),
  full: ({ where }, { problem }, cause) => storeErrors.make('store.full', { where, problem }, cause),
  notWritable: ({ where }, { problem }, cause) => storeErrors.make('store.not_writable', { where, problem }, cause),
  outOfMemory: ({ where }, { problem }, cause) => storeErrors.make('store.out_of_memory', { where, problem }, cause),
  failed: ({ operation }, { code, problem }, cause) =>
    storeErrors.make('store.failed', { operation, sqlstate: code, problem }, cause),
}

/** By SQLSTATE (five characters), its class (two), or the code that Node gives an error of the system. */
const kinds: { readonly [code: string]: Kind } = {
  '08': 'unreachable',
  '57P': 'unreachable',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '57P05': 'unreachable',
  '53300': 'unreachable',
  '28': 'refused',
  '3D000': 'refused',
  '40': 'busy',
  '55P03': 'busy',
  '57014': 'busy',
  '53100': 'full',
  ENOSPC: 'full',
  EDQUOT: 'full',
  '25006': 'notWritable',
  '42501': 'notWritable',
  EACCES: 'notWritable',
  EPERM: 'notWritable',
  EROFS: 'notWritable',
  ENOTDIR: 'notWritable',
  '53200': 'outOfMemory',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENOENT: 'unreachable',
  ETIMEDOUT: 'unreachable',
}

/** What drivers only say in words, because they give no code. */
const phrases: readonly (readonly [RegExp, Kind])[] = [
  [/no space left|disk full|file too large/i, 'full'],
  [/out of memory|memory access out of bounds|cannot enlarge memory|aborted\(/i, 'outOfMemory'],
  [
    /connection terminated|not queryable|connection (ended|timeout)|timeout exceeded|query read timeout|closed the connection/i,
    'unreachable',
  ],
]

function kindOf(code: string, problem: string): Kind {
  // The system's words win over the code: Postgres reports a full disk at the end of a file as a plain I/O error.
  for (const [pattern, kind] of phrases) if (pattern.test(problem)) return kind
  return kinds[code] ?? kinds[code.slice(0, 3)] ?? kinds[code.slice(0, 2)] ?? 'failed'
}

/** The catalogued error of whatever a driver threw. */
export function catalogued(thrown: unknown, place: FailurePlace): TroupeError {
  if (TroupeError.is(thrown)) return thrown
  const facts = factsOf(thrown)
  return makers[kindOf(facts.code, facts.problem)](place, facts, thrown)
}

function factsOf(thrown: unknown): Facts {
  // Node reports several failed addresses of one host as an AggregateError without a message of its own.
  const error = thrown instanceof AggregateError && thrown.errors.length > 0 ? (thrown.errors[0] as unknown) : thrown
  if (!(error instanceof Error)) return { code: '', problem: describe(thrown) }
  const code = (error as { code?: unknown }).code
  const shortCode = typeof code === 'string' ? code : ''
  return { code: shortCode, problem: withoutPassword(error.message || error.name) }
}

/** A URL without its password. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^/\s:@]*):[^@\s]*@/g, '$1@').replace(/([?&]password=)[^&\s]*/gi, '$1…')
}
