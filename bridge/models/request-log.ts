/**
 * Owns: the count of requests that the bundled model was asked, by key, in memory and in an append-only file.
 * Does not own: answering.
 * Invariants: RL1 a request is in the file before its answer leaves, so that a killed job can be audited. RL2 a line that a crash cut off is left out.
 */

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { modelErrors } from './model-errors.ts'

export interface RequestCount {
  /** The key that the caller named its request by; without one, the digest of its content. */
  readonly key: string
  /** SHA-256 (hex) of model, messages and settings. */
  readonly digest: string
  readonly count: number
}

interface Line {
  readonly key: string
  readonly digest: string
}

/**
 * The requests of a log file, counted by key, in order of their first line. A file that is not there holds none.
 *
 * @throws `model.log_failed`
 */
export function readRequestLog(file: string): RequestCount[] {
  const counts = new Map<string, RequestCount>()
  for (const line of readLines(file)) count(counts, line)
  return [...counts.values()]
}

function count(counts: Map<string, RequestCount>, { key, digest }: Line): void {
  counts.set(key, { key, digest, count: (counts.get(key)?.count ?? 0) + 1 })
}

function readLines(file: string): Line[] {
  if (!existsSync(file)) return []
  try {
    return readFileSync(file, 'utf8').split('\n').flatMap(readLine)
  } catch (error) {
    throw failed(file, error)
  }
}

function readLine(text: string): Line[] {
  const match = /^\{"key":("(?:[^"\\]|\\.)*"),"digest":"([0-9a-f]{64})"\}$/.exec(text)
  return match ? [{ key: JSON.parse(match[1]!) as string, digest: match[2]! }] : []
}

function failed(file: string, error: unknown): Error {
  return modelErrors.make('model.log_failed', { file, reason: error instanceof Error ? error.message : String(error) }, error)
}

export class RequestLog {
  readonly #file: string | undefined
  readonly #counts = new Map<string, RequestCount>()

  /** @throws `model.log_failed` */
  constructor(file?: string) {
    this.#file = file
    if (file === undefined) return
    for (const line of readLines(file)) count(this.#counts, line)
    // A line that was cut off must not swallow the next one.
    this.#append(existsSync(file) ? '\n' : '')
  }

  /** @throws `model.log_failed` */
  add(key: string, digest: string): void {
    this.#append(`${JSON.stringify({ key, digest })}\n`)
    count(this.#counts, { key, digest })
  }

  counts(): RequestCount[] {
    return [...this.#counts.values()]
  }

  #append(text: string): void {
    if (this.#file === undefined || text === '') return
    try {
      appendFileSync(this.#file, text)
    } catch (error) {
      throw failed(this.#file, error)
    }
  }
}
