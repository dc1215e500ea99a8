/**
 * Owns: the folder of an embedded database before it is opened: made whole, or not there.
 * Does not own: the lock (folder-lock), opening (pglite-database).
 * Invariants: PF1 a folder under its name is a whole database: it is made beside it and renamed, so that a kill in the middle leaves nothing that could
 * be taken for one. PF2 it is made in a process of its own, because making it and its tables takes four times the memory that running does, and a WebAssembly memory never
 * shrinks again.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Ids } from '#runtime'
import { makeDatabase } from './pglite-maker.ts'

const run = promisify(execFile)
const mark = '.making-'

/** Name of the database's own folder in the place of a store, so that other things may lie beside it. */
export const databaseFolder = 'pgdata'

/** Makes the database when there is none. Whoever calls it holds the lock. Rejects with what the file system or the engine says. */
export async function prepareFolder(folder: string, schema: string, ids: Ids): Promise<void> {
  await removeUnfinished(folder)
  if (existsSync(join(folder, 'PG_VERSION'))) return
  const making = `${folder}${mark}${ids.next()}`
  await make(making, schema)
  // An empty folder of that name may be there; anything else in it would be somebody's data and makes the rename fail.
  await rename(making, folder)
}

/** Takes a database away: renamed first, so that a kill in the middle leaves none rather than half of one. Whoever calls it holds the lock. */
export async function removeDatabase(folder: string, ids: Ids): Promise<void> {
  const going = `${folder}${mark}${ids.next()}`
  await rename(folder, going)
  await rm(going, { recursive: true, force: true })
}

async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder)
  const start = `${basename(folder)}${mark}`
  const names = existsSync(parent) ? await readdir(parent) : []
  for (const name of names) if (name.startsWith(start)) await rm(join(parent, name), { recursive: true, force: true })
}

async function make(folder: string, schema: string): Promise<void> {
  const here = fileURLToPath(import.meta.url)
  const maker = join(dirname(here), `pglite-maker${extname(here)}`)
  try {
    // In a host that was bundled into one file the maker is not beside it.
    if (existsSync(maker)) await run(process.execPath, ['--liftoff-only', maker, folder, schema])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (!cannotRun(error)) throw error
  }
  // A host whose executable is no Node, or where no process may be started, makes it here.
  if (!existsSync(join(folder, 'PG_VERSION'))) await makeDatabase(folder, schema)
}

/** True when the process did not start at all: then its failure says nothing about the folder. */
function cannotRun(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === 'string'
}
