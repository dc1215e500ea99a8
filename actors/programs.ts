/**
 * Owns: the verbs of programs for apps: publish, promote, run, result, over the actors that hold them.
 * Does not own: those actors, what a good graph is (program-check).
 * Invariants: PR1 a version is stored before its program names it. PR2 a run is a durable execution: the same id is run once, whoever asks.
 */

import { type ActorHandle, type Behaviour, type Duration, type Json, type Schemas, type Sources, TroupeError } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import { contentActor } from './content.actor.ts'
import type { ExecutionActor } from './execution.actor.ts'
import type { ExecutionTrace } from './execution-trace.ts'
import type { GraphThinking } from './graph-thinking.ts'
import { type ProgramState, type PublishedVersion, programActor } from './program.actor.ts'
import { checkInputs, checkProgram } from './program-check.ts'
import { type ProgramDraft, type ProgramGraph, programHash } from './program-graph.ts'
import { withPrompts } from './step-prompts.ts'

/** Gives handles of actors; a `Troupe` is one. */
export interface ActorPort {
  actor<M extends Schemas, R>(behaviour: Behaviour<M, R>, key: string): ActorHandle<Behaviour<M, R>>
}

export interface RunOptions {
  /** Id of the execution; made if absent. The same id names the same run. */
  readonly id?: string
  /** Version to run; the one in production by default. */
  readonly version?: number
}

/** A run that was started. */
export interface StartedRun {
  readonly id: string
  /** The trace at its end. Rejects with `ask.deadline` when it takes longer. */
  result(deadline?: Duration, signal?: AbortSignal): Promise<ExecutionTrace>
}

export class Programs {
  readonly #port: ActorPort
  readonly #execution: ExecutionActor
  readonly #thinking: GraphThinking
  readonly #sources: Sources

  constructor(port: ActorPort, execution: ExecutionActor, thinking: GraphThinking, sources: Sources) {
    this.#port = port
    this.#execution = execution
    this.#thinking = thinking
    this.#sources = sources
  }

  /**
   * Publishes a version: checked, stored by its content, numbered. The content of the newest version again gives that version.
   *
   * @param promote also puts it into production
   * @throws `program.invalid` with the path of what is wrong
   */
  async publish(name: string, draft: ProgramDraft, promote = false): Promise<PublishedVersion> {
    const graph = checkProgram(draft)
    const hash = programHash(graph)
    await this.#port.actor(contentActor, hash).ask({ type: 'put', value: graph as unknown as Json })
    this.#thinking.remember(hash, graph)
    const version = await this.#port.actor(programActor, name).ask({ type: 'publish', hash, at: this.#sources.clock.now() })
    if (promote) await this.promote(name, version.version)
    return version
  }

  /** Puts a version into production. @throws `program.no_version` */
  promote(name: string, version: number): Promise<PublishedVersion> {
    return this.#port.actor(programActor, name).ask({ type: 'promote', version })
  }

  /** Its versions and the one in production. @throws `program.unknown` */
  async get(name: string): Promise<ProgramState> {
    const program = this.#port.actor(programActor, name)
    // Asking would make it: a mistyped name would be a program from then on.
    if (!(await program.info())) throw actorErrors.make('program.unknown', { program: name })
    return program.ask({ type: 'get' })
  }

  /** The graph of a version. @throws `program.unknown`, `program.not_promoted`, `program.no_version`, `program.unknown_version` */
  async graph(name: string, version?: number): Promise<{ readonly published: PublishedVersion; readonly graph: ProgramGraph }> {
    const { versions, production } = await this.get(name)
    const wanted = version ?? production
    if (wanted === null) throw actorErrors.make('program.unknown', { program: name })
    const published = versions.find((one) => one.version === wanted)
    if (!published) throw actorErrors.make('program.no_version', { program: name, version: wanted, versions: versions.length })
    await this.#thinking.learn(published.hash)
    return { published, graph: this.#thinking.graph(published.hash) }
  }

  /**
   * Starts an execution. Resolves when it cannot be lost any more.
   *
   * @throws `program.unknown`, `program.not_promoted`, `program.no_version`, `program.input_invalid`
   */
  async run(name: string, inputs: { readonly [field: string]: Json }, options: RunOptions = {}): Promise<StartedRun> {
    const { published, graph } = await this.graph(name, options.version)
    const checked = checkInputs(name, graph, inputs)
    const id = options.id ?? this.#sources.ids.next()
    const execution = this.#port.actor(this.#execution, id)
    const input = {
      execution: id,
      program: name,
      version: published.version,
      hash: published.hash,
      inputs: checked,
      createdAt: this.#sources.clock.now(),
    }
    // Both at once, so that they share a commit: the actor takes them in this order.
    const [spawned] = await Promise.allSettled([execution.spawn(input), execution.tell({ type: 'start' })])
    if (spawned.status === 'rejected' && !TroupeError.is(spawned.reason, 'actor.already_started')) throw spawned.reason
    return { id, result: (deadline = 'infinity', signal) => this.result(id, deadline, signal) }
  }

  /** The trace of an execution when it has ended. */
  result(id: string, deadline: Duration = 'infinity', signal?: AbortSignal): Promise<ExecutionTrace> {
    return this.#port.actor(this.#execution, id).ask({ type: 'result' }, { deadline, ...(signal ? { signal } : {}) })
  }

  /** The trace as it stands. */
  trace(id: string): Promise<ExecutionTrace> {
    return this.#port.actor(this.#execution, id).ask({ type: 'get' })
  }

  /** The trace with the messages of each call, which are not stored with it. @throws `program.unknown_version` */
  async withPrompts(trace: ExecutionTrace): Promise<ExecutionTrace> {
    const { published } = await this.graph(trace.program, trace.version)
    return withPrompts(trace, published.hash, this.#thinking)
  }

  /** Cancels a run; false when it has ended already. */
  cancel(id: string): Promise<boolean> {
    return this.#port.actor(this.#execution, id).ask({ type: 'cancel' })
  }
}
