/**
 * Owns: the commands' view of a store: actors, executions, dead letters, owners, as plain data; and the supervision tree that a process on it has.
 * Does not own: sending and running (local-session), opening the store.
 * Invariants: CH1. SV3 looking changes nothing: no actor is started, no lease is taken, no effect goes on, so that it is safe beside a running process
 * and with another model configured.
 */

import { type ModelChoice, platformKinds, storedExecution } from '#actors'
import {
  type ActorRow,
  type ActorStatus,
  type Address,
  type Json,
  ProcessTable,
  type Sources,
  type Store,
  silentTelemetry,
  stateName,
  storedState,
} from '#runtime'
import { platformTree, startKinds, startTree } from '#supervisors'
import { deadLetterLine } from './dead-letter-line.ts'
import type { ActorDetail, ActorFilter, ActorLine, CliView, DeadLetterLine, KindLine, OwnerLine } from './host.ts'
import { supervisionTree } from './local-tree.ts'
import type { TreeNode } from './render/supervision-tree.ts'

const page = 500

export class StoreView implements CliView {
  readonly #store: Store
  readonly #sources: Sources
  readonly #choice: ModelChoice

  /** @param choice the model that is configured, for the form of prompts */
  constructor(store: Store, sources: Sources, choice: ModelChoice) {
    this.#store = store
    this.#sources = sources
    this.#choice = choice
  }

  async owners(): Promise<readonly OwnerLine[]> {
    // Nobody else can be in a folder whose lock this process holds; leases in it are of processes that are gone.
    if (this.#store.name !== 'postgres') return []
    const living = (await this.#store.leases()).filter(({ remaining }) => remaining > 0)
    return [...Map.groupBy(living, ({ owner }) => owner)].map(([owner, leases]) => ({
      owner,
      partitions: leases.length,
      remaining: Math.max(...leases.map(({ remaining }) => remaining)),
    }))
  }

  async tree(): Promise<TreeNode> {
    const kinds = (await this.kinds()).map(({ kind }) => kind)
    const processes = new ProcessTable(this.#sources)
    const context = { processes, sources: this.#sources, telemetry: silentTelemetry }
    const tree = await startTree(context, platformTree, { actors: startKinds([...platformKinds, ...kinds]) })
    try {
      return await supervisionTree(processes, tree.target)
    } finally {
      await tree.stop({ type: 'shutdown' })
      processes.deadlines.stop()
    }
  }

  async kinds(): Promise<readonly KindLine[]> {
    const kinds = new Map<string, { statuses: { [S in ActorStatus]?: number }; states: { [state: string]: number } }>()
    for await (const row of this.#rows()) {
      const line = kinds.get(row.address.kind) ?? { statuses: {}, states: {} }
      kinds.set(row.address.kind, line)
      line.statuses[row.status] = (line.statuses[row.status] ?? 0) + 1
      const state = stateOf(row)
      if (state !== undefined) line.states[state] = (line.states[state] ?? 0) + 1
    }
    return [...kinds].map(([kind, line]) => ({ kind, ...line }))
  }

  async actors(filter: ActorFilter): Promise<readonly ActorLine[]> {
    const { state, limit, ...stored } = filter
    const lines: ActorLine[] = []
    for await (const row of this.#rows(stored)) {
      const line = actorLine(row)
      if (state === undefined || line.state === state || line.state?.startsWith(`${state}.`)) lines.push(line)
      if (lines.length >= limit) break
    }
    return lines
  }

  async show(address: Address, history: number): Promise<ActorDetail | undefined> {
    const [loaded] = await this.#store.load([address])
    if (!loaded) return undefined
    const { value: _value, ...kept } = storedState(loaded.row.state)
    return {
      ...actorLine(loaded.row),
      ...kept,
      history: await this.#newestFacts(address, history),
      timers: loaded.timers.map(({ id, due }) => ({ id, due })),
      effects: loaded.effects.map(({ id, src }) => ({ id, src })),
    }
  }

  execution(id: string) {
    const read = async (address: Address): Promise<string | undefined> => (await this.#store.load([address]))[0]?.row.state
    return storedExecution(id, read, this.#choice)
  }

  async deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetterLine[]> {
    return (await this.#store.deadLetters(filter)).map(deadLetterLine)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** Facts come oldest first; of a long history only its end is kept in memory. */
  async #newestFacts(address: Address, limit: number): Promise<ActorDetail['history']> {
    let newest: ActorDetail['history'] = []
    let after: number | undefined
    for (;;) {
      const facts = await this.#store.facts({ address, limit: page, ...(after === undefined ? {} : { after }) })
      newest = [...newest, ...facts.map(({ sequence, name, data, at }) => ({ sequence, name, data, at }))].slice(-limit)
      if (facts.length < page) return newest
      after = facts[facts.length - 1]!.id
    }
  }

  async *#rows(filter: { readonly kind?: string; readonly status?: ActorStatus } = {}): AsyncGenerator<ActorRow> {
    let after: Address | undefined
    for (;;) {
      const rows = await this.#store.actors({ ...filter, limit: page, ...(after === undefined ? {} : { after }) })
      yield* rows
      if (rows.length < page) return
      after = rows[rows.length - 1]!.address
    }
  }
}

function actorLine(row: ActorRow): ActorLine {
  const { address, status, version, sequence, updatedAt } = row
  const state = stateOf(row)
  return { address, status, version, sequence, updatedAt, ...(state === undefined ? {} : { state }) }
}

/** Only machines have a state with a name; the texts of other states may be long and are not read for it. */
function stateOf({ state }: Pick<ActorRow, 'state'>): string | undefined {
  if (!state.startsWith('{"v":1')) return undefined
  const value: Json | undefined = storedState(state).value
  return value === undefined ? undefined : stateName(value)
}
