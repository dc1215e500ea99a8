/**
 * Owns: the settings of the embedded database, and how its writes reach the disk.
 * Does not own: the running database (pglite-database), making its folder (pglite-folder).
 * Invariants: PFL1 with durability `power` every flush that Postgres asks for is one that the disk has answered; with `process` none is made, and the operating
 * system writes when it likes.
 */

import { fsyncSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import type { Durability } from './durability.ts'

/** PGlite's settings without `-F`, which would switch flushing off, and with a way of flushing that its file system knows. */
const flushing: readonly string[] = [
  ...PGlite.defaultStartParams.filter((setting) => setting !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]

/** One backend and small batches need a fraction of the buffers of a server; the rest would be memory of this process. */
const small = [
  'shared_buffers=8MB',
  'wal_buffers=256kB',
  'max_wal_size=64MB',
  'min_wal_size=32MB',
  'max_connections=4',
  'log_startup_progress_interval=0',
]

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
