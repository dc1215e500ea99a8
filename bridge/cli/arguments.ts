/**
 * Owns: reading arguments: JSON values, messages, whole numbers, the target.
 * Does not own: which arguments a command has.
 * Invariants: AG1 whatever is typed, a value or one catalogued error comes out.
 */

import { type Address, describe, type Json, parseAddress } from '#runtime'
import { cliErrors } from './cli-errors.ts'
import { type CommandContext, type CommandInput, textOf } from './command.ts'
import type { Target } from './host.ts'

/**
 * A JSON value: as it stands, from a file (`@mail.json`), or from standard input (`-`).
 *
 * @param argument its name in messages, such as `--input`
 * @throws `cli.json_invalid`, `cli.file_unreadable`
 */
export async function jsonArgument(context: Pick<CommandContext, 'read'>, argument: string, text: string): Promise<Json> {
  const from = text === '-' ? '-' : text.startsWith('@') ? text.slice(1) : undefined
  const json = from === undefined ? text : await context.read(argument, from)
  try {
    return JSON.parse(json)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw cliErrors.make('cli.json_invalid', { argument, got: describe(json), problem }, cause)
  }
}

/**
 * A message: JSON with a type, or a type followed by members. A member's value is JSON if it can be read as such, and a text otherwise.
 *
 * @throws `cli.message_invalid`, `cli.json_invalid`
 * @example messageArgument(['add', 'by=2', 'note=two more']) // { type: 'add', by: 2, note: 'two more' }
 */
export function messageArgument(words: readonly string[]): Json {
  const [first = '', ...rest] = words
  if (first.trimStart().startsWith('{')) return jsonMessage(words.join(' '))
  const members: [string, Json][] = rest.map((word) => {
    const at = word.indexOf('=')
    if (at <= 0) throw cliErrors.make('cli.message_invalid', { got: describe(words.join(' ')) })
    return [word.slice(0, at), looseJson(word.slice(at + 1))]
  })
  if (first === '' || first.includes('=')) throw cliErrors.make('cli.message_invalid', { got: describe(words.join(' ')) })
  return { ...Object.fromEntries(members), type: first }
}

function jsonMessage(text: string): Json {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw cliErrors.make('cli.json_invalid', { argument: 'The message', got: describe(text), problem }, cause)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || typeof (value as { type?: Json }).type !== 'string')
    throw cliErrors.make('cli.message_invalid', { got: describe(text) })
  return value
}

function looseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    // A word without quotes is meant as a text: name=Ada.
    return text
  }
}

/** A whole number of at least 1. @throws `cli.usage` */
export function countArgument(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value
  throw cliErrors.make('cli.usage', {
    problem: `${name} must be a whole number of 1 or more, got ${describe(text)}`,
    command: 'troupe',
  })
}

/** A program, and the version behind an `@` if there is one. @throws `cli.usage` */
export function programArgument(text: string): { readonly program: string; readonly version?: number } {
  const at = text.lastIndexOf('@')
  if (at < 0) return { program: text }
  return { program: text.slice(0, at), version: countArgument('The version', text.slice(at + 1), 1) }
}

/** @throws `address.invalid` */
export function addressArgument(input: CommandInput, name = 'address'): Address {
  return parseAddress(textOf(input, name) ?? '')
}

type Environment = { readonly [name: string]: string | undefined }

/** Options first, then the environment, then the default: the folder `.troupe` and the bundled model. */
export function targetOf(input: CommandInput, environment: Environment): Target {
  const given = (option: string, variable: string): string | undefined =>
    textOf(input, option) ?? (environment[variable] || undefined)
  const members = {
    schema: given('schema', 'TROUPE_SCHEMA'),
    actors: given('actors', 'TROUPE_ACTORS'),
    modelUrl: given('modelUrl', 'TROUPE_MODEL_URL'),
    modelKey: environment.TROUPE_MODEL_KEY || undefined,
    model: given('model', 'TROUPE_MODEL'),
  }
  const known = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  return { store: given('store', 'TROUPE_STORE') ?? './.troupe', ...known }
}
