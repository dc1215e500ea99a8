/**
 * Owns: the seam between executions and cognition: what a run of a program version needs thought, as pure functions of the version's content.
 * Does not own: how it is thought (cognition, program-graph), calls of models (model-call actor).
 * Invariants: TH1 everything but `learn` is pure: the same version, inputs and answers give the same thought, in any process.
 */

import type { ErrorData, Json } from '#runtime'
import type { ModelResponse } from './cognition/language-model.ts'

export type Values = { readonly [field: string]: Json }

/** From what a request is made: the same recipe always gives the same request. */
export interface CallRecipe {
  /** Content hash of the program version that holds signature and demos. */
  readonly version: string
  readonly step: string
  readonly inputs: Values
  /** What the earlier calls of the step answered: a completion that could not be read makes the next request another one. */
  readonly responses: readonly ModelResponse[]
  /** `provider/model`. */
  readonly model: string
}

/** What a step has come to: another call is needed, or it has its outputs, or it cannot have them. */
export type Thought =
  | { readonly next: 'call'; readonly recipe: CallRecipe; readonly key: string }
  | { readonly next: 'outputs'; readonly outputs: Values }
  | { readonly next: 'failed'; readonly error: ErrorData }

/** Outputs of the steps that are done, by step. */
export type StepOutputs = { readonly [step: string]: Values }

export interface Thinking {
  /** True when the version's graph is in memory. */
  knows(version: string): boolean
  /** Brings the graph into memory. Rejects with `program.unknown_version`. */
  learn(version: string): Promise<void>
  /** The steps in the order in which they run. */
  steps(version: string): readonly { readonly id: string; readonly module: string }[]
  /** The inputs of a step, from the program's inputs and the outputs of the steps before it. */
  inputs(version: string, step: string, program: Values, outputs: StepOutputs): Values
  /** What the step needs next, after what its calls have answered so far. Never throws: what goes wrong is `failed`. */
  think(version: string, step: string, inputs: Values, responses: readonly ModelResponse[]): Thought
  /** The program's outputs. */
  outputs(version: string, program: Values, outputs: StepOutputs): Values
}
