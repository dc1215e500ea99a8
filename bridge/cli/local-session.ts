/**
 * Owns: the commands' session over a Troupe in this process: its tree, actors, executions and dead letters as plain data.
 * Does not own: the Troupe, printing.
 * Invariants: CH1. LS1 looking at things starts no actor: what does not live is read from the store.
 */

import type { ExecutionTrace } from '#actors'
import type { ActorRow, ActorStatus, Address, Json, Message } from '#runtime'
import type { ActorDetail, ActorLine, CliSession, DeadLetterLine, KindLine, RunRequest } from './host.ts'
import { supervisionTree } from './local-tree.ts'
import type { LocalTroupe } from './local-troupe.ts'

const page = 1000

export class LocalSession implements CliSession {
  readonly #troupe: LocalTroupe

  constructor(troupe: LocalTroupe) {
    this.#troupe = troupe
  }

  tree() {
    return supervisionTree(this.#troupe)
  }

  async kinds(): Promise<readonly KindLine[]> {
    const kinds = new Map<string, { living: number; statuses: { [S in ActorStatus]?: number } }>()
    for await (const row of this.#rows({})) {
      const line = kinds.get(row.address.kind) ?? { living: 0, statuses: {} }
      kinds.set(row.address.kind, line)
      if (this.#lives(row.address)) line.living++
      line.statuses[row.status] = (line.statuses[row.status] ?? 0) + 1
    }
    return [...kinds].map(([kind, line]) => ({ kind, ...line }))
  }

  async actors(filter: {
    readonly kind?: string
    readonly status?: ActorStatus
    readonly limit: number
  }): Promise<readonly ActorLine[]> {
    const rows = await this.#troupe.store.actors(filter)
    return rows.map((row) => this.#line(row))
  }

  async show(address: Address, history: number): Promise<ActorDetail | undefined> {
    this.#troupe.system.behaviour(address.kind)
    const [loaded] = await this.#troupe.store.load([address])
    if (!loaded) return undefined
    const facts = await this.#troupe.store.facts({ address, limit: page })
    const inbox = this.#troupe.system.durable.known(address)
    return {
      ...this.#line(loaded.row),
      mailbox: inbox?.size ?? 0,
      state: JSON.parse(loaded.row.state) as Json,
      history: facts.slice(-history).map(({ sequence, name, data, at }) => ({ sequence, name, data, at })),
      timers: loaded.timers.map(({ id, due }) => ({ id, due })),
      effects: loaded.effects.map(({ id, src }) => ({ id, src })),
    }
  }

  async execution(id: string): Promise<ExecutionTrace | undefined> {
    const [loaded] = await this.#troupe.store.load([{ kind: 'execution', key: id }])
    if (!loaded) return undefined
    const trace = await this.#troupe.programs.trace(id)
    return withPrompts(trace, await this.#troupe.programs.prompts(trace))
  }

  async run(request: RunRequest): Promise<ExecutionTrace> {
    const { program, input, version, deadline, signal } = request
    const run = await this.#troupe.programs.run(
      program,
      input as { readonly [field: string]: Json },
      version === undefined ? {} : { version },
    )
    const stop = (): void => void this.#troupe.programs.cancel(run.id)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const trace = await run.result(deadline ?? 'infinity')
      return withPrompts(trace, await this.#troupe.programs.prompts(trace))
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  tell(address: Address, message: Json, options: { readonly idempotencyKey?: string }): Promise<void> {
    return this.#troupe.system.tell(address, message as unknown as Message, options)
  }

  async ask(address: Address, message: Json, options: Parameters<CliSession['ask']>[2]): Promise<Json> {
    const answer = await this.#troupe.system.ask(address, message as unknown as Message, options)
    return (answer ?? null) as Json
  }

  async deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetterLine[]> {
    const letters = await this.#troupe.system.deadLetters(filter)
    return letters.map(({ id, address, reason, error, tries, at, envelope }) => ({
      id,
      address,
      reason,
      error,
      tries,
      at,
      message: messageOf(envelope),
    }))
  }

  redrive(ids: readonly string[]) {
    return this.#troupe.system
      .redrive(ids)
      .then(({ taken, refused }) => ({ taken, refused: refused.map(({ id, error }) => ({ id, error: error.toJSON() })) }))
  }

  close(): Promise<void> {
    return this.#troupe.stop()
  }

  #line(row: ActorRow): ActorLine {
    const { address, status, version, sequence, updatedAt } = row
    return { address, status, living: this.#lives(address), version, sequence, updatedAt }
  }

  #lives(address: Address): boolean {
    return this.#troupe.system.processes.whereis(address) !== undefined
  }

  async *#rows(filter: { readonly kind?: string }): AsyncGenerator<ActorRow> {
    let after: Address | undefined
    for (;;) {
      const rows = await this.#troupe.store.actors({ ...filter, limit: page, ...(after === undefined ? {} : { after }) })
      yield* rows
      if (rows.length < page) return
      after = rows[rows.length - 1]!.address
    }
  }
}

/** The trace with the messages of each call, which are made again from the version and the inputs. */
function withPrompts(trace: ExecutionTrace, prompts: Awaited<ReturnType<LocalTroupe['programs']['prompts']>>): ExecutionTrace {
  return {
    ...trace,
    steps: trace.steps.map((step, at) => ({
      ...step,
      calls: step.calls.map((call, n) => ({ ...call, messages: prompts[at]?.[n] ?? call.messages })),
    })),
  }
}

function messageOf(envelope: string): Json {
  try {
    const parsed = JSON.parse(envelope) as { readonly message?: Json }
    return parsed.message ?? envelope
  } catch {
    // What could not be read as an envelope is shown as the text that it is.
    return envelope
  }
}
