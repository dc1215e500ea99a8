/**
 * Owns: what a stored state shows to people and tools that look at it without its behaviour.
 * Does not own: writing and restoring it (machine/persisted-cell, transition-logic).
 * Invariants: SS1 whatever the text, something is shown; a text that is no state of ours is shown as it is.
 */

import type { Json } from './json.ts'

/** A stored state as it may be shown. */
export interface StoredState {
  /** Where a machine is: the name of its state, or names by region; absent for transition functions. */
  readonly value?: Json
  /** What the behaviour's author keeps: the context of a machine, or the state of a transition function. */
  readonly data: Json
  /** Of a machine that ended. */
  readonly output?: Json
  readonly error?: Json
}

/**
 * Reads the text of an actor's row.
 *
 * @example storedState('{"user":5,"next":1,"effects":{}}').data // 5
 */
export function storedState(text: string): StoredState {
  let state: Json
  try {
    state = JSON.parse(text) as Json
  } catch {
    // Quarantined actors have such states; what stands there is what there is to show.
    return { data: text }
  }
  if (!isRecord(state)) return { data: state }
  const { snapshot } = state
  if (state.v === 1 && isRecord(snapshot)) return ofMachine(snapshot)
  return 'user' in state ? { data: state.user ?? null } : { data: state }
}

function ofMachine({ value, context, output, error, ...rest }: { readonly [member: string]: Json | undefined }): StoredState {
  return {
    ...(value === undefined ? {} : { value }),
    // Logics that are no machines have members of their own.
    data: context ?? (value === undefined ? (rest as Json) : null),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
  }
}

/** The name of a machine's state in one line: `running.calling`; regions are joined by commas. */
export function stateName(value: Json): string {
  if (!isRecord(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  return Object.entries(value)
    .map(([name, inner]) =>
      inner === undefined || (isRecord(inner) && Object.keys(inner).length === 0) ? name : `${name}.${stateName(inner)}`,
    )
    .join(', ')
}

function isRecord(value: Json | undefined): value is { readonly [member: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
