/**
 * Owns: the files of the embedded database: how its writes reach the disk, and how a new folder is made.
 * Does not own: the running database (pglite-database), the lock (folder-lock).
 * Invariants: PF1 with durability `power` every flush that Postgres asks for is one that the disk has answered; with `process` none is made, and the operating
 * system writes when it likes. PF2 a folder is complete or not there: it is made under another name and moved, so that a kill while making it leaves nothing
 * that looks like a database.
 */

import { spawn } from 'node:child_process'
import { existsSync, fsyncSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import type { Ids } from '#runtime'

/**
 * What a commit survives: `process`: the end of the process, also kill -9, but not the loss of power or a crash of the operating system, after which the
 * newest commits may be missing or the folder may need a backup. `power`: these too; each commit then waits for the disk.
 */
export type Durability = 'process' | 'power'

/** PGlite's settings without `-F`, which would switch flushing off, and with a way of flushing that its file system knows. */
const flushing: readonly string[] = [
  ...PGlite.defaultStartParams.filter((setting) => setting !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]

/** One backend and small batches need a fraction of the buffers of a server; the rest would be memory of this process. */
const small = ['shared_buffers=8MB', 'wal_buffers=256kB', 'max_wal_size=64MB', 'min_wal_size=32MB', 'max_connections=4']

export function startSettings(durability: Durability): string[] {
  const base = durability === 'power' ? flushing : PGlite.defaultStartParams
  return [...base, ...small.flatMap((setting) => ['-c', setting])]
}

interface OpenFile {
  /** Absent for folders. */
  readonly nfd?: number
}

interface Compiled {
  readonly NODEFS: { readonly stream_ops: { fsync?: (file: OpenFile) => number } }
}

/** PGlite's file system for Node leaves fsync out; this one does it. */
export class FlushingFiles extends NodeFS {
  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given)
    const flush = (module: unknown): void => {
      ;(module as Compiled).NODEFS.stream_ops.fsync = ({ nfd }) => {
        if (nfd !== undefined) fsyncSync(nfd)
        return 0
      }
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), flush] } }
  }
}

const data = 'pgdata'

/** The folder of the database below `folder`; made when there is none. Call it under the folder's lock. */
export async function databaseFolder(folder: string, ids: Ids): Promise<string> {
  const path = join(folder, data)
  if (existsSync(path)) return path
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${data}.`)) rmSync(join(folder, name), { recursive: true, force: true })
  }
  const draft = join(folder, `${data}.${ids.next()}`)
  mkdirSync(draft)
  await create(draft)
  renameSync(draft, path)
  return path
}

/** Making a database needs a gigabyte for a moment. In a process of its own it is given back, otherwise it would stay with ours. */
async function create(draft: string): Promise<void> {
  const program = `
    process.stdin.on('end', () => process.exit(1)).resume()
    const { PGlite } = await import(${JSON.stringify(import.meta.resolve('@electric-sql/pglite'))})
    const engine = await PGlite.create(process.argv[1])
    await engine.close()
    process.exit(0)`
  const made = await runProgram(['--liftoff-only', '--input-type=module', '-e', program, draft])
  if (made) return
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  const engine = await PGlite.create(draft)
  await engine.close()
}

/** True when it ended well. Where no second process can be had the caller does the work itself, and so meets the reason itself. */
function runProgram(program: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, program, { stdio: ['pipe', 'ignore', 'ignore'], windowsHide: true })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
