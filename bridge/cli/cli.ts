/**
 * Owns: from an argument list to an exit code: parsing, running one command, printing its result or its error.
 * Does not own: the commands, the runtime (host), the process (bin).
 * Invariants: CI1 whatever is typed, exactly one result or one error is printed, and the exit code says which. CI2 with --json, standard output
 * holds one JSON value and nothing else.
 */

import { Command, CommanderError, Option } from 'commander'
import { type Clock, errorData, nearest, TroupeError } from '#runtime'
import { targetOf } from './arguments.ts'
import { cliErrors } from './cli-errors.ts'
import type { CommandContext, CommandDefinition, CommandInput } from './command.ts'
import type { CommandResult } from './command-result.ts'
import { commands } from './commands/index.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import type { CliHost } from './host.ts'
import type { CliIo } from './io.ts'
import { LiveProgress, PlainProgress, type ProgressView } from './progress-view.ts'
import { errorLines } from './render/error-view.ts'
import { type Style, styleOf } from './render/style.ts'

export interface CliParts {
  readonly host: CliHost
  readonly io: CliIo
  readonly clock: Clock
}

/**
 * Runs one command line.
 *
 * @param argv arguments after the name of the program
 * @returns the exit code, see `exitCodes`
 */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<ExitCode> {
  let exit: ExitCode = 0
  const program = programOf(parts, async (definition, input) => {
    exit = await perform(definition, input, parts)
  })
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
    return exit
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0
    const error = thrown instanceof CommanderError ? usageError(thrown, argv) : thrown
    return printError(error, argv.includes('--json'), styleFor({}, parts.io), parts.io)
  }
}

/** Runs the command and prints what it gives. */
async function perform(definition: CommandDefinition, input: CommandInput, parts: CliParts): Promise<ExitCode> {
  const { host, io, clock } = parts
  const json = input.json === true
  const style = () => styleFor(input, io)
  const target = targetOf(input, io.environment)
  const progress = progressOf(json, style, io, clock)
  const context: CommandContext = {
    host,
    target,
    clock,
    signal: io.signal,
    progress,
    read: io.read,
    withView: (use) => closing(host.look(target), use),
    withSession: (use) => closing(host.open(target, progress), use),
  }
  const stopping = (): void => progress.say('Stopping … Ctrl-C again ends it at once.')
  io.signal.addEventListener('abort', stopping, { once: true })
  try {
    const result = await definition.run(context, input)
    progress.close()
    printResult(result, json, style(), io)
    return result.exit ?? 0
  } catch (thrown) {
    progress.close()
    const command = `troupe ${definition.usage.split(' ')[0]}`
    // What failed because it was interrupted is no news, and what fails by itself will fail again.
    const error = io.signal.aborted ? cliErrors.make('cli.interrupted', { command }) : thrown
    return printError(error, json, style(), io)
  } finally {
    io.signal.removeEventListener('abort', stopping)
  }
}

async function closing<O extends { close(): Promise<void> }, R>(opening: Promise<O>, use: (opened: O) => Promise<R>): Promise<R> {
  const opened = await opening
  try {
    return await use(opened)
  } finally {
    await opened.close()
  }
}

function progressOf(json: boolean, style: () => Style, io: CliIo, clock: Clock): ProgressView {
  if (json) return new PlainProgress(io.err, clock)
  return io.terminal ? new LiveProgress(io.out, clock, style) : new PlainProgress(io.out, clock)
}

function printResult(result: CommandResult, json: boolean, style: Style, io: CliIo): void {
  if (json) io.out.write(`${JSON.stringify(result.data, null, io.terminal ? 2 : undefined)}\n`)
  else
    io.out.write(
      result
        .lines(style)
        .map((line) => `${line}\n`)
        .join(''),
    )
}

function printError(thrown: unknown, json: boolean, style: Style, io: CliIo): ExitCode {
  const error = errorData(thrown)
  if (json) io.out.write(`${JSON.stringify({ error }, null, io.terminal ? 2 : undefined)}\n`)
  else
    io.err.write(
      errorLines(error, style)
        .map((line) => `${line}\n`)
        .join(''),
    )
  // A foreign error is a defect of ours, and its place is what is needed to mend it.
  if (!json && !TroupeError.is(thrown) && thrown instanceof Error && thrown.stack) io.err.write(`${thrown.stack}\n`)
  return exitCodeOf(error)
}

/** Colours as asked for, or else where a terminal shows them (https://no-color.org). */
function styleFor(input: CommandInput, io: CliIo): Style {
  const { environment, terminal } = io
  const automatic = terminal ? !environment.NO_COLOR && environment.TERM !== 'dumb' : !!environment.FORCE_COLOR
  const colours = input.color === 'always' || (input.color !== 'never' && automatic)
  // The console of the Linux kernel and dumb terminals have no glyphs for the symbols.
  const unicode = environment.TERM !== 'linux' && environment.TERM !== 'dumb'
  const columns = io.columns()
  return styleOf({ colours, unicode, ...(columns === undefined ? {} : { columns: Math.min(columns, 120) }) })
}

type Action = (definition: CommandDefinition, input: CommandInput) => Promise<void>

const shared = [
  new Option('--store <place>', 'a folder, or postgres://… (TROUPE_STORE; default ./.troupe)'),
  new Option('--schema <name>', 'schema in a Postgres database (TROUPE_SCHEMA; default troupe)'),
  new Option('--actors <module>', 'a module that exports actors of yours (TROUPE_ACTORS)'),
  new Option(
    '--model-url <url>',
    'an OpenAI-compatible endpoint (TROUPE_MODEL_URL, its key in TROUPE_MODEL_KEY; default: the bundled model)',
  ),
  new Option('--model <name>', 'model of that endpoint (TROUPE_MODEL)'),
  new Option('--json', 'print one JSON value'),
  new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']),
]

function programOf({ host, io }: CliParts, action: Action): Command {
  const program = new Command('troupe')
    .description('Supervised, durable actors for language-model programs')
    .version(host.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', () => exitCodeHelp())
  quiet(program, io)
  for (const definition of commands) program.addCommand(commandOf(definition, action, io))
  return program
}

function commandOf(definition: CommandDefinition, action: Action, io: CliIo): Command {
  const [name = '', ...parameters] = definition.usage.split(' ')
  const command = new Command(name).description(definition.summary).helpOption('-h, --help', 'print this help')
  quiet(command, io)
  for (const parameter of parameters) command.argument(parameter, definition.arguments?.[parameterName(parameter)] ?? '')
  for (const { flags, summary, choices } of definition.options ?? []) {
    const option = new Option(flags, summary)
    command.addOption(choices ? option.choices([...choices]) : option)
  }
  for (const option of shared) command.addOption(option.helpGroup('Everywhere:'))
  for (const subcommand of definition.subcommands ?? []) command.addCommand(commandOf(subcommand, action, io))
  command.addHelpText('after', `\nExamples:\n${definition.examples.map((example) => `  troupe ${example}`).join('\n')}`)
  return command.action((...given: unknown[]) => {
    const values = given.slice(0, parameters.length)
    const positions = parameters.map((parameter, at) => [parameterName(parameter), values[at]])
    return action(definition, { ...Object.fromEntries(positions), ...command.optsWithGlobals() } as CommandInput)
  })
}

const parameterName = (parameter: string): string => parameter.replaceAll(/[<>[\].]/g, '')

/** Help goes to the given output; errors are thrown and printed as every other error. */
function quiet(command: Command, io: CliIo): void {
  command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(io.columns() ?? 80, 100),
    })
}

function exitCodeHelp(): string {
  const lines = Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
  return `\nExit codes:\n${lines.join('\n')}\n\nExamples:\n  troupe demo triage\n  troupe ps\n  troupe doctor`
}

const commandNames = commands.map(({ usage }) => usage.split(' ')[0]!)

/** What commander says about a command line, with the nearest name of ours. */
function usageError(error: CommanderError, argv: readonly string[]): TroupeError {
  const problem = capitalized(error.message.replace(/^error: /, '').replaceAll("'", '"'))
  const name = /"([^"]*)"/.exec(problem)?.[1] ?? ''
  const command = commandNames.find((one) => one === argv.find((word) => !word.startsWith('-')))
  const known =
    error.code === 'commander.unknownCommand' ? commandNames : error.code === 'commander.unknownOption' ? flagsOf(command) : []
  const near = nearest(name, known)
  const fields = { problem, command: command === undefined ? 'troupe' : `troupe ${command}` }
  return cliErrors.make('cli.usage', near === undefined ? fields : { ...fields, nearest: near })
}

function flagsOf(command: string | undefined): string[] {
  const own = commands.find(({ usage }) => usage.split(' ')[0] === command)?.options ?? []
  return [...own.map(({ flags }) => flags), ...shared.map(({ flags }) => flags), '--help'].map((flags) => flags.split(' ')[0]!)
}

const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}`
