/**
 * Owns: what is different between two versions of a program.
 * Does not own: versions.
 * Invariants: PD1 two graphs have an empty diff exactly when they have the same hash.
 */

import { canonicalJson, type Json } from '#runtime'
import type { ProgramGraph } from './program-graph.ts'

export interface ProgramChange {
  /** Members joined by dots; steps by their ids: `steps.label.config.temperature`. */
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  readonly before?: Json
  readonly after?: Json
}

/**
 * The changes that lead from `before` to `after`, in the order of the graph.
 *
 * @example
 * const steps = [{ id: 'answer', module: 'Predict' as const }]
 * const before = checkProgram({ signature: 'question -> answer', steps })
 * const after = checkProgram({ signature: 'question -> answer', instructions: 'Be brief.', steps: [{ ...steps[0]!, instructions: '' }] })
 * diffPrograms(before, after).map(({ path, change }) => `${change} ${path}`) // ['changed instructions']
 */
export function diffPrograms(before: ProgramGraph, after: ProgramGraph): readonly ProgramChange[] {
  const changes = members('', flat(before), flat(after))
  const ids = (graph: ProgramGraph, other: ProgramGraph): string[] =>
    graph.steps.map(({ id }) => id).filter((id) => other.steps.some((step) => step.id === id))
  const [was, is] = [ids(before, after), ids(after, before)]
  if (canonicalJson(was) !== canonicalJson(is)) changes.push({ path: 'steps', change: 'moved', before: was, after: is })
  return changes
}

type Members = { readonly [key: string]: Json | undefined }

/** A graph with its steps by id, so that a step that was put in between does not change all that follow. */
function flat(graph: ProgramGraph): Members {
  const steps = Object.fromEntries(graph.steps.map(({ id, ...step }) => [id, step as unknown as Json]))
  return { ...(graph as unknown as Members), steps }
}

const isMembers = (value: Json | undefined): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

function members(path: string, before: Members, after: Members): ProgramChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.flatMap((key) => member(path === '' ? key : `${path}.${key}`, before[key], after[key]))
}

function member(path: string, before: Json | undefined, after: Json | undefined): ProgramChange[] {
  if (before === undefined && after === undefined) return []
  if (before === undefined) return [{ path, change: 'added', after: after as Json }]
  if (after === undefined) return [{ path, change: 'removed', before }]
  if (canonicalJson(before) === canonicalJson(after)) return []
  if (isMembers(before) && isMembers(after)) return members(path, before, after)
  if (path.endsWith('.demos') && Array.isArray(before) && Array.isArray(after)) return lists(path, before, after)
  return [{ path, change: 'changed', before, after }]
}

/** Lists of which only the members matter: which came, which went; or else that their order changed. */
function lists(path: string, before: readonly Json[], after: readonly Json[]): ProgramChange[] {
  const gone = without(before, after)
  const come = without(after, before)
  if (gone.length === 0 && come.length === 0) return [{ path, change: 'moved' }]
  return [
    ...gone.map((demo): ProgramChange => ({ path, change: 'removed', before: demo })),
    ...come.map((demo): ProgramChange => ({ path, change: 'added', after: demo })),
  ]
}

function without(list: readonly Json[], others: readonly Json[]): Json[] {
  const left = others.map((one) => canonicalJson(one))
  return list.filter((one) => {
    const at = left.indexOf(canonicalJson(one))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
