/**
 * Owns: that one process at a time uses a folder: a lock file that names its holder.
 * Does not own: what is in the folder.
 * Invariants: FL1 of several processes that ask at once, one gets the lock. FL2 the lock of a process that is gone is taken over, also when its number now
 * belongs to another process: the holder's start time is compared. FL3 a lock from another machine is never taken over, because nobody here can tell whether
 * its holder lives.
 */

import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Ids } from '#runtime'
import { storeErrors } from './store-errors.ts'

export interface FolderLock {
  release(): void
}

interface Holder {
  readonly pid: number
  readonly host: string
  /** Boot of the machine and start of the process in it, where the system tells; '' otherwise. */
  readonly started: string
}

const file = 'lock.json'

/**
 * Takes the lock of `folder`, which is made if there is none.
 *
 * @param ids for the name of a temporary file
 * @throws `store.locked` when a living process holds it; errors of the file system as they are
 */
export function lockFolder(folder: string, ids: Ids): FolderLock {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, file)
  const mine: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) }
  const draft = join(folder, `lock.${ids.next()}`)
  writeFileSync(draft, `${JSON.stringify(mine)}\n`)
  try {
    take(draft, path, folder, ids)
  } finally {
    unlinkSync(draft)
  }
  return {
    release() {
      const holder = readHolder(path)
      if (holder && holder.pid === mine.pid && holder.started === mine.started) removeIfThere(path)
    },
  }
}

/** A link is made whole or not at all, so that nobody ever reads half a lock (FL1). */
function take(draft: string, path: string, folder: string, ids: Ids): void {
  for (let attempt = 0; ; attempt++) {
    try {
      return linkSync(draft, path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = readHolder(path)
    if (holder && (lives(holder) || attempt > 20))
      throw storeErrors.make('store.locked', { folder, pid: holder.pid, host: holder.host })
    removeStale(path, holder, ids)
  }
}

/** Moved away first and looked at again: another process may have taken the stale lock over in between, and its lock must stay. */
function removeStale(path: string, stale: Holder | undefined, ids: Ids): void {
  const aside = `${path}.${ids.next()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (moved && JSON.stringify(moved) !== JSON.stringify(stale)) linkIfFree(aside, path)
  unlinkSync(aside)
}

function linkIfFree(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Undefined when there is no lock, or one that nobody could have written whole. */
function readHolder(path: string): Holder | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  return holderFrom(text)
}

function holderFrom(text: string): Holder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Holder
    return Number.isInteger(pid) && pid > 0 ? { pid, host: String(host), started: String(started) } : undefined
  } catch {
    // Not JSON: a file that a crash of the machine cut off. Nobody holds it.
    return undefined
  }
}

function lives(holder: Holder): boolean {
  if (holder.host !== hostname()) return true
  if (!exists(holder.pid)) return false
  const started = startOf(holder.pid)
  return started === '' || holder.started === '' || started === holder.started
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Boot id and start time of a process on Linux; '' where the system has no such files. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in brackets and may hold anything, so fields are counted behind the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot}:${fields[19] ?? ''}`
  } catch (error) {
    if (codeOf(error) === '') throw error
    return ''
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : ''
}
