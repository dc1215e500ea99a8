/**
 * Owns: executions as they are stored, read without waking an actor.
 * Does not own: running ones (execution actor), the store.
 * Invariants: SE1 nothing is started and nothing is written, so that looking is safe while another process owns the actors. SE2 a trace is shown
 * also when its program is gone; only its prompts are missing then.
 */

import { type Address, digestOf, type Json, storedState, TroupeError } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import type { ModelChoice } from './cognition/predict.ts'
import { type ExecutionState, traceOf } from './execution-state.ts'
import type { ExecutionTrace } from './execution-trace.ts'
import { GraphThinking } from './graph-thinking.ts'
import type { ProgramGraph } from './program-graph.ts'
import { withPrompts } from './step-prompts.ts'

/** The stored text of an actor's state; undefined when there is no such actor. */
export type ReadState = (address: Address) => Promise<string | undefined>

/**
 * The trace of a stored execution, with its prompts; undefined when there is none.
 *
 * @param choice the model of steps that name none: it decides the form of prompts
 */
export async function storedExecution(id: string, read: ReadState, choice: ModelChoice): Promise<ExecutionTrace | undefined> {
  const text = await read({ kind: 'execution', key: id })
  if (text === undefined) return undefined
  const state = storedState(text).data as unknown as ExecutionState
  const trace = traceOf(state)
  const thinking = new GraphThinking((hash) => storedGraph(hash, read), choice)
  try {
    await thinking.learn(state.hash)
    return withPrompts(trace, state.hash, thinking)
  } catch (error) {
    if (!TroupeError.is(error, 'program.unknown_version')) throw error
    return trace
  }
}

async function storedGraph(hash: string, read: ReadState): Promise<ProgramGraph> {
  const text = await read({ kind: 'content', key: hash })
  const { value } = (text === undefined ? {} : storedState(text).data) as { readonly value?: Json }
  if (value === undefined || value === null || digestOf(value) !== hash)
    throw actorErrors.make('program.unknown_version', { version: hash })
  return value as unknown as ProgramGraph
}
