/**
 * Owns: thinking over program graphs: which graph a hash names, the request of each call, what a step's answers come to.
 * Does not own: prompts, parsing and fallback (cognition), calls (model-call actor), where graphs are kept (content actors, through `load`).
 * Invariants: TH1. GT1 a graph in memory never changes, because it is found by its content hash. GT2 a step is thought by replaying its stepper over
 * the stored answers: nothing of it needs to be stored but those.
 */

import { errorData, type Json } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import type { ModelRequest, ModelResponse } from './cognition/language-model.ts'
import { type ModelChoice, predictor, resumePredict, type Step as Stepped, startPredict } from './cognition/predict.ts'
import { requestKey } from './cognition/request-key.ts'
import { moduleSignature, orderOf, type ProgramGraph, programOutputs, type Step, stepInputs } from './program-graph.ts'
import type { CallRecipe, StepOutputs, Thinking, Thought, Values } from './thinking.ts'

/** Where graphs come from. Rejects with `program.unknown_version`. */
export type LoadGraph = (hash: string) => Promise<ProgramGraph>

export class GraphThinking implements Thinking {
  readonly #graphs = new Map<string, ProgramGraph>()
  readonly #load: LoadGraph
  readonly #model: ModelChoice

  /** @param model the model of steps that name none */
  constructor(load: LoadGraph, model: ModelChoice) {
    this.#load = load
    this.#model = model
  }

  /** Puts a graph into memory that is known to have this hash. */
  remember(hash: string, graph: ProgramGraph): void {
    this.#graphs.set(hash, graph)
  }

  knows(version: string): boolean {
    return this.#graphs.has(version)
  }

  async learn(version: string): Promise<void> {
    if (!this.knows(version)) this.#graphs.set(version, await this.#load(version))
  }

  /** The graph of a version that is known. @throws `program.unknown_version` */
  graph(version: string): ProgramGraph {
    const graph = this.#graphs.get(version)
    if (!graph) throw actorErrors.make('program.unknown_version', { version })
    return graph
  }

  steps(version: string): readonly { readonly id: string; readonly module: string }[] {
    return orderOf(this.graph(version).steps).order
  }

  inputs(version: string, step: string, program: Values, outputs: StepOutputs): Values {
    return stepInputs(this.#step(version, step), program, outputs)
  }

  think(version: string, stepId: string, inputs: Values, responses: readonly ModelResponse[]): Thought {
    try {
      const at = this.#replay(version, stepId, inputs, responses)
      if (at.status === 'failed') return { next: 'failed', error: at.error }
      if (at.status === 'done') return { next: 'outputs', outputs: at.prediction.outputs as Values }
      const recipe: CallRecipe = { version, step: stepId, inputs, responses, model: at.request.model }
      return { next: 'call', recipe, key: requestKey(at.request) }
    } catch (error) {
      return { next: 'failed', error: errorData(error) }
    }
  }

  outputs(version: string, program: Values, outputs: StepOutputs): Values {
    return programOutputs(this.graph(version), program, outputs)
  }

  /** The request that a recipe stands for; the version must be known. @throws errors of values that no prompt can hold */
  request({ version, step, inputs, responses }: Pick<CallRecipe, 'version' | 'step' | 'inputs' | 'responses'>): ModelRequest {
    const at = this.#replay(version, step, inputs, responses)
    if (at.status === 'asking') return at.request
    throw actorErrors.make('program.unknown_version', { version: `${version}: the step ${step} needs no call here` })
  }

  #replay(version: string, stepId: string, inputs: Values, responses: readonly ModelResponse[]): Stepped<unknown> {
    const step = this.#step(version, stepId)
    const { model, ...config } = step.config as { readonly [setting: string]: Json }
    const choice = typeof model === 'string' ? { ...this.#model, model } : this.#model
    let at = startPredict(predictor(moduleSignature(step), { demos: step.demos, config }), choice, inputs)
    for (const response of responses) {
      if (at.status !== 'asking') break
      at = resumePredict(at.state, { ok: true, response })
    }
    return at
  }

  #step(version: string, id: string): Step {
    const step = this.graph(version).steps.find((one) => one.id === id)
    if (!step) throw actorErrors.make('program.unknown_version', { version: `${version} (step ${id})` })
    return step
  }
}
