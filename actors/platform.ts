/**
 * Owns: the platform's own actors put together: behaviours, and the verbs over them.
 * Does not own: the runtime that hosts them, providers of models; both are passed in.
 * Invariants: PF1 what the behaviours need of the runtime is asked for only when an actor runs, so that they may be made before it.
 */

import { type AnyBehaviour, digestOf, type Json, type Sources } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import type { ModelChoice } from './cognition/predict.ts'
import { costOf, type PriceTable } from './cognition/prices.ts'
import { contentActor } from './content.actor.ts'
import { datasetActor } from './dataset.actor.ts'
import { Datasets } from './datasets.ts'
import { type ExecutionActor, executionActor } from './execution.actor.ts'
import { GraphThinking } from './graph-thinking.ts'
import { type CallRecord, modelCallActor } from './model-call.actor.ts'
import { modelFailed } from './model-failure.ts'
import type { LanguageModel } from './model-port.ts'
import { programActor } from './program.actor.ts'
import type { ProgramGraph } from './program-graph.ts'
import { type ActorPort, Programs } from './programs.ts'
import type { CallRecipe } from './thinking.ts'

/** The kinds of the platform's own actors. */
export const platformKinds = ['content', 'dataset', 'program', 'execution', 'model-call'] as const

export interface PlatformOptions {
  /** The runtime, once it is there. */
  readonly port: () => ActorPort
  readonly sources: Sources
  /** The models that calls go to. */
  readonly models: LanguageModel
  /** The model of steps that name none. */
  readonly choice: ModelChoice
  readonly prices: PriceTable
}

export interface Platform {
  readonly behaviours: readonly AnyBehaviour[]
  readonly execution: ExecutionActor
  readonly thinking: GraphThinking
  programs(): Programs
  datasets(): Datasets
}

export function createPlatform(options: PlatformOptions): Platform {
  const { sources, models, choice, prices } = options
  const port: ActorPort = { actor: (behaviour, key) => options.port().actor(behaviour, key) }
  const thinking = new GraphThinking((hash) => loadGraph(port, hash), choice)
  const call = async (recipe: CallRecipe, { key, signal }: { key: string; signal: AbortSignal }): Promise<CallRecord> => {
    await thinking.learn(recipe.version)
    const answer = await models.call(thinking.request(recipe), { signal, idempotencyKey: key })
    if (!answer.ok) throw modelFailed(answer.failure)
    const cost = costOf(recipe.model, answer.response.usage, prices)
    return { response: answer.response, ...(cost === undefined ? {} : { cost }) }
  }
  const execution = executionActor(thinking, () => sources.clock.now())
  return {
    behaviours: [contentActor, datasetActor, programActor, execution, modelCallActor(call)],
    execution,
    thinking,
    programs: () => new Programs(port, execution, thinking, sources),
    datasets: () => new Datasets(port, sources),
  }
}

async function loadGraph(port: ActorPort, hash: string): Promise<ProgramGraph> {
  const value: Json = await port.actor(contentActor, hash).ask({ type: 'get' }, { deadline: '30s' })
  // What was stored under a hash is only trusted when it still has it.
  if (value === null || digestOf(value) !== hash) throw actorErrors.make('program.unknown_version', { version: hash })
  return value as unknown as ProgramGraph
}
