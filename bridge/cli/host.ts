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
  /** An OpenAI-compatible endpoint; absent = the bundled model. */
  readonly modelUrl?: string
  readonly modelKey?: string
  readonly model?: string
}

/** One line of the list of actors. */
export interface ActorLine {
  readonly address: Address
  readonly status: ActorStatus
  readonly living: boolean
  readonly version: number
  readonly sequence: number
  /** Wall time of its last turn, milliseconds since 1970. */
  readonly updatedAt: number
}

/** Actors of one kind, counted. */
export interface KindLine {
  readonly kind: string
  readonly living: number
  readonly statuses: { readonly [S in ActorStatus]?: number }
}

/** A line of an actor's journal. */
export interface HistoryLine {
  readonly sequence: number
  readonly name: string
  readonly data: Json
  readonly at: number
}

export interface ActorDetail extends ActorLine {
  readonly mailbox: number
  readonly state: Json
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

/** An open Troupe. */
export interface CliSession {
  tree(): Promise<TreeNode>
  kinds(): Promise<readonly KindLine[]>
  actors(filter: { readonly kind?: string; readonly status?: ActorStatus; readonly limit: number }): Promise<readonly ActorLine[]>
  /** Undefined when there is no such actor. @throws `actor.unknown_kind` */
  show(address: Address, history: number): Promise<ActorDetail | undefined>
  /** Undefined when there is no such execution. */
  execution(id: string): Promise<ExecutionTrace | undefined>
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
  /** @throws `store.*`, `partition.held` */
  open(target: Target): Promise<CliSession>
  migrate(target: Target): Promise<MigrationReport>
  /** Looks at the store without changing it. @throws `store.*` */
  inspectStore(target: Target): Promise<StoreReport>
}
