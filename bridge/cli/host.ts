/**
 * Owns: what the commands need from a Troupe: the port between the command line and the runtime.
 * Does not own: its implementation, commands, printing.
 * Invariants: CH1 everything that goes through it is plain data, so that a remote host can implement it, too.
 */

import type { ExecutionTrace } from '#actors'
import type { ActorStatus, Address, Duration, ErrorData, Json } from '#runtime'
import type { CommandResult } from './command-result.ts'
import type { ProgressView } from './progress-view.ts'
import type { TreeNode } from './render/supervision-tree.ts'

/** Which store and which model a command works on. */
export interface Target {
  /** A folder, or `postgres://…`. */
  readonly store: string
  /** Schema in a Postgres database. */
  readonly schema?: string
  /** A module that exports the behaviours of the host's own actors. */
  readonly actors?: string
  /** An OpenAI-compatible endpoint; absent = the bundled model. */
  readonly modelUrl?: string
  readonly modelKey?: string
  readonly model?: string
}

/** One line of the list of actors. */
export interface ActorLine {
  readonly address: Address
  readonly status: ActorStatus
  /** Where a machine is, such as `running.calling`. */
  readonly state?: string
  readonly version: number
  readonly sequence: number
  /** Wall time of its last turn, milliseconds since 1970. */
  readonly updatedAt: number
}

/** Actors of one kind, counted. */
export interface KindLine {
  readonly kind: string
  readonly statuses: { readonly [S in ActorStatus]?: number }
  /** Of machines: how many are in which state. */
  readonly states: { readonly [state: string]: number }
}

/** A process that owns partitions now. */
export interface OwnerLine {
  readonly owner: string
  readonly partitions: number
  /** Milliseconds until its leases end, unless it renews them. */
  readonly remaining: number
}

export interface ActorFilter {
  readonly kind?: string
  readonly status?: ActorStatus
  /** A state with what is below it: `running` also finds `running.calling`. */
  readonly state?: string
  readonly limit: number
}

/** A line of an actor's journal. */
export interface HistoryLine {
  readonly sequence: number
  readonly name: string
  readonly data: Json
  readonly at: number
}

export interface ActorDetail extends ActorLine {
  /** The context of a machine, or the state of a transition function. */
  readonly data: Json
  readonly output?: Json
  readonly error?: Json
  /** Oldest first. */
  readonly history: readonly HistoryLine[]
  readonly timers: readonly { readonly id: string; readonly due: number }[]
  readonly effects: readonly { readonly id: string; readonly src: string }[]
}

export interface DeadLetterLine {
  readonly id: string
  readonly address: Address
  readonly reason: string
  readonly error: ErrorData
  readonly tries: number
  readonly at: number
  /** The message as it was sent; a text when it could not be read. */
  readonly message: Json
}

export interface RedriveReport {
  readonly taken: number
  readonly refused: readonly { readonly id: string; readonly error: ErrorData }[]
}

export interface RunRequest {
  readonly program: string
  /** Default: the one in production, else the newest. */
  readonly version?: number
  readonly input: Json
  readonly deadline?: Duration
  readonly signal: AbortSignal
}

/** A look at what is stored. It starts nothing and changes nothing. */
export interface CliView {
  /** Processes that own the actors now; empty when none does. */
  owners(): Promise<readonly OwnerLine[]>
  /** The supervision tree that a process has over these actors. */
  tree(): Promise<TreeNode>
  kinds(): Promise<readonly KindLine[]>
  actors(filter: ActorFilter): Promise<readonly ActorLine[]>
  /** Undefined when there is no such actor. */
  show(address: Address, history: number): Promise<ActorDetail | undefined>
  /** Undefined when there is no such execution. */
  execution(id: string): Promise<ExecutionTrace | undefined>
  deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetterLine[]>
  close(): Promise<void>
}

/** An open Troupe, which owns the actors while it is open. */
export interface CliSession {
  /** Resolves when the execution has ended, well or not. @throws `program.*` */
  run(request: RunRequest): Promise<ExecutionTrace>
  tell(address: Address, message: Json, options: { readonly idempotencyKey?: string }): Promise<void>
  ask(address: Address, message: Json, options: { readonly deadline?: Duration; readonly idempotencyKey?: string }): Promise<Json>
  deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetterLine[]>
  redrive(ids: readonly string[]): Promise<RedriveReport>
  close(): Promise<void>
}

export interface MigrationReport {
  readonly store: string
  /** Names of the migrations that were applied now, in order. */
  readonly applied: readonly string[]
  /** Name of the newest migration that the database has now. */
  readonly version: string
}

/** What a look at the store found. */
export interface StoreReport {
  readonly store: 'pglite' | 'postgres' | 'memory'
  readonly where: string
  readonly version: string
  /** Migrations that are not applied yet. */
  readonly pending: readonly string[]
  readonly milliseconds: number
}

export interface DemoContext {
  readonly target: Target
  /** Throw away what an earlier run left. */
  readonly fresh: boolean
  /** What the demo counts, such as mails; each demo has its own default. */
  readonly size?: number
  readonly signal: AbortSignal
  readonly progress: ProgressView
}

export interface Demo {
  readonly name: string
  readonly summary: string
  run(context: DemoContext): Promise<CommandResult>
}

export interface CliHost {
  /** Of the package. */
  readonly version: string
  readonly demos: readonly Demo[]
  /** @throws `cli.store_missing`, `store.*` */
  look(target: Target): Promise<CliView>
  /** @throws `cli.store_missing`, `store.*`, `partition.held` */
  open(target: Target, progress: ProgressView): Promise<CliSession>
  migrate(target: Target): Promise<MigrationReport>
  /** Looks at the store without changing it. @throws `store.*` */
  inspectStore(target: Target): Promise<StoreReport>
}
