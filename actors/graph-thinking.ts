/**
 * Owns: thinking over program graphs: which graph a hash names, the request of each call, what a step's completions come to.
 * Does not own: prompts and parsing (cognition), calls (model-call actor), where graphs are kept (content actors, through `load`).
 * Invariants: TH1. GT1 a graph in memory never changes, because it is found by its content hash. GT2 a completion that the chat adapter cannot parse is
 * followed by one call with the JSON adapter, as DSPy does; a second failure is the step's.
 */

import { digestOf, errorData, type Json } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import { type Adapter, formatMessages } from './cognition/adapter.ts'
import { chatAdapter } from './cognition/chat-adapter.ts'
import { jsonAdapter } from './cognition/json-adapter.ts'
import type { ModelRequest } from './cognition/language-model.ts'
import { moduleSignature, orderOf, type ProgramGraph, programOutputs, type Step, stepInputs } from './program-graph.ts'
import type { CallRecipe, StepOutputs, Thinking, Thought, Values } from './thinking.ts'

const adapters: { readonly [A in CallRecipe['adapter']]: Adapter } = { chat: chatAdapter, json: jsonAdapter }
/** The adapter of the first call, and of the one after its completion could not be parsed. */
const attempts: readonly CallRecipe['adapter'][] = ['chat', 'json']

/** Where graphs come from. Rejects with `program.unknown_version`. */
export type LoadGraph = (hash: string) => Promise<ProgramGraph>

export class GraphThinking implements Thinking {
  readonly #graphs = new Map<string, ProgramGraph>()
  readonly #load: LoadGraph
  /** `provider/model` of steps that name none. */
  readonly #model: string

  constructor(load: LoadGraph, model: string) {
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

  steps(version: string): readonly { readonly id: string; readonly module: string }[] {
    return orderOf(this.#graph(version).steps).order
  }

  inputs(version: string, step: string, program: Values, outputs: StepOutputs): Values {
    return stepInputs(this.#step(version, step), program, outputs)
  }

  think(version: string, stepId: string, inputs: Values, completions: readonly string[]): Thought {
    const step = this.#step(version, stepId)
    const last = completions[completions.length - 1]
    try {
      if (last !== undefined) {
        try {
          const adapter = adapters[attempts[completions.length - 1]!]
          return { next: 'outputs', outputs: adapter.parse(moduleSignature(step), last) as Values }
        } catch (error) {
          if (completions.length >= attempts.length) throw error
        }
      }
      const recipe: CallRecipe = {
        version,
        step: stepId,
        inputs,
        adapter: attempts[completions.length]!,
        model: this.#modelOf(step),
      }
      return { next: 'call', recipe, key: digestOf(this.request(recipe)) }
    } catch (error) {
      return { next: 'failed', error: errorData(error) }
    }
  }

  outputs(version: string, program: Values, outputs: StepOutputs): Values {
    return programOutputs(this.#graph(version), program, outputs)
  }

  /** The request that a recipe stands for; the version must be known. @throws errors of values that no prompt can hold */
  request(recipe: CallRecipe): ModelRequest {
    const step = this.#step(recipe.version, recipe.step)
    const { model: _model, ...settings } = step.config as { readonly [setting: string]: Json }
    const messages = formatMessages(adapters[recipe.adapter], moduleSignature(step), step.demos, recipe.inputs)
    return { model: recipe.model, messages, settings }
  }

  /** The graph of a version that is known. @throws `program.unknown_version` */
  graph(version: string): ProgramGraph {
    return this.#graph(version)
  }

  #modelOf(step: Step): string {
    return typeof step.config.model === 'string' ? step.config.model : this.#model
  }

  #graph(version: string): ProgramGraph {
    const graph = this.#graphs.get(version)
    if (!graph) throw actorErrors.make('program.unknown_version', { version })
    return graph
  }

  #step(version: string, id: string): Step {
    const step = this.#graph(version).steps.find((one) => one.id === id)
    if (!step) throw actorErrors.make('program.unknown_version', { version: `${version} (step ${id})` })
    return step
  }
}
