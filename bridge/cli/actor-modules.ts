/**
 * Owns: the behaviours of a host's own actors for the command line: read from a module that exports them.
 * Does not own: behaviours (runtime).
 * Invariants: AM1 the module is run as the host's code that it is; what it exports beside behaviours is left alone.
 */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyBehaviour } from '#runtime'
import { cliErrors } from './cli-errors.ts'

/**
 * All behaviours that a module exports, one by one or in lists.
 *
 * @param file path of a JavaScript or TypeScript module; undefined = none
 * @throws `cli.actors_unreadable`, `cli.actors_missing`
 * @example const counters = (): Promise<readonly AnyBehaviour[]> => actorsIn('./actors/counter.js')
 */
export async function actorsIn(file: string | undefined): Promise<readonly AnyBehaviour[]> {
  if (file === undefined) return []
  let exported: { readonly [name: string]: unknown }
  try {
    exported = (await import(pathToFileURL(resolve(file)).href)) as typeof exported
  } catch (cause) {
    throw cliErrors.make('cli.actors_unreadable', { file }, cause)
  }
  const found = [...new Set(Object.values(exported).flat().filter(isBehaviour))]
  if (found.length === 0) throw cliErrors.make('cli.actors_missing', { file, exports: Object.keys(exported).join(', ') })
  return found
}

function isBehaviour(value: unknown): value is AnyBehaviour {
  if (value === null || typeof value !== 'object') return false
  return ['kind', 'version', 'messages', 'replies', 'logic', 'durability', 'mailbox'].every((member) => member in value)
}
