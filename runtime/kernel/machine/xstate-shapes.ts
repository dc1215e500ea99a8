/**
 * Owns: the few shapes of XState's objects that the interpreter touches, as far as it touches them.
 * Does not own: XState's own types; they are too precise (or too loose) for code that handles every machine.
 */

import type { AnyActorLogic, AnyActorScope } from 'xstate'
import type { Message } from '../envelope.ts'

/** Events inside of a cell: a type and whatever else they carry. */
export type InEvent = Message & { readonly [member: string]: unknown }

/** A state node, as far as snapshots are written and read. */
export interface Node {
  readonly id: string
  readonly type: string
  readonly parent?: Node | undefined
  readonly states: { readonly [key: string]: Node }
  readonly tags: readonly string[]
  readonly config: { readonly invoke?: InvokeConfig | readonly InvokeConfig[] }
}

export interface InvokeConfig {
  readonly src: unknown
}

/** A snapshot of any logic. The members below `error` are there for some logics only. */
export interface AnySnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly output: unknown
  readonly error: unknown
  readonly context?: unknown
  readonly input?: unknown
  readonly value?: unknown
  readonly tags?: ReadonlySet<string>
  readonly children?: { readonly [id: string]: unknown }
  readonly historyValue?: { readonly [id: string]: readonly Node[] }
  readonly _nodes?: readonly Node[]
  readonly machine?: MachineShape
}

export interface MachineShape {
  readonly implementations: { readonly actors: { readonly [src: string]: AnyActorLogic | undefined } }
  readonly idMap: ReadonlyMap<string, Node>
}

/** An action as XState hands it to the scope's executor. */
export interface Executable {
  readonly type: string
  readonly info: unknown
  readonly params: unknown
  readonly exec: ((info: unknown, params: unknown) => unknown) | undefined
}

/** An XState logic with its functions in the types of this file. */
export interface InLogic {
  readonly config?: unknown
  transition(snapshot: AnySnapshot, event: InEvent, scope: AnyActorScope): AnySnapshot
  getInitialSnapshot(scope: AnyActorScope, input: unknown): AnySnapshot
  restoreSnapshot?(snapshot: unknown, scope: AnyActorScope): AnySnapshot
  start?(snapshot: AnySnapshot, scope: AnyActorScope): void
}

/** XState's reserved event types that the interpreter itself sends. */
export const reserved = {
  stop: 'xstate.stop',
  resolve: 'xstate.promise.resolve',
  reject: 'xstate.promise.reject',
  next: 'xstate.observable.next',
  error: 'xstate.observable.error',
  complete: 'xstate.observable.complete',
} as const
