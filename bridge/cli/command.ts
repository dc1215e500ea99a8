/**
 * Owns: what a command is: its words, its options, and a function from arguments to a result.
 * Does not own: parsing (cli), printing (cli), the runtime (host).
 * Invariants: CM1 a command prints nothing: it returns data and lines.
 */

import type { Clock } from '#runtime'
import type { CommandResult } from './command-result.ts'
import type { CliHost, CliSession, CliView, Target } from './host.ts'
import type { ProgressView } from './progress-view.ts'

/** Arguments and options as they were typed, by name. */
export interface CommandInput {
  readonly [name: string]: string | boolean | readonly string[] | undefined
}

export interface CommandContext {
  readonly host: CliHost
  readonly target: Target
  readonly clock: Clock
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly progress: ProgressView
  /** The text of a file, or of standard input for `-`. */
  read(argument: string, file: string): Promise<string>
  /** Runs `use` on a look at the store and closes it, whatever happens. */
  withView<R>(use: (view: CliView) => Promise<R>): Promise<R>
  /** Runs `use` on an open Troupe and closes it, whatever happens. */
  withSession<R>(use: (session: CliSession) => Promise<R>): Promise<R>
}

export interface OptionDefinition {
  /** As commander reads it: `--limit <n>`. */
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
}

export interface CommandDefinition {
  /** With its arguments, as commander reads it: `tell <address> <message...>`. */
  readonly usage: string
  readonly summary: string
  readonly arguments?: { readonly [name: string]: string }
  readonly options?: readonly OptionDefinition[]
  /** Command lines without the leading `troupe`. */
  readonly examples: readonly string[]
  readonly subcommands?: readonly CommandDefinition[]
  run(context: CommandContext, input: CommandInput): Promise<CommandResult>
}

/** A typed text option; undefined when it was not given. */
export function textOf(input: CommandInput, name: string): string | undefined {
  const value = input[name]
  return typeof value === 'string' ? value : undefined
}

/** A list argument; empty when it was not given. */
export function listOf(input: CommandInput, name: string): readonly string[] {
  const value = input[name]
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
}
