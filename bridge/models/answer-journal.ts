/**
 * Owns: the record of what the bundled model answered, by the keys of its callers: in memory, and in an append-only file where one is given.
 * Does not own: answering (bundled-model), HTTP (bundled-server).
 * Invariants: AJ1 an answer is on the disk (written and synced; answers that wait are synced together) before `record` resolves, so that neither a killed
 * process nor a lost machine forgets what was computed. AJ2 a line that a crash cut off is cut away; any other line that cannot be read is an
 * error. AJ3 memory is bounded: the answers and digests used last are known, at most `remembered`.
 */

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { describe } from '#runtime'
import type { Choice, TokenUsage } from './completion-request.ts'
import { LruMap } from './lru-map.ts'
import { modelErrors } from './model-errors.ts'

/** One computed answer, whole: what is answered from it is what was answered before. */
export interface RecordedAnswer {
  /** The key that the caller named its request by; without one, the digest. */
  readonly key: string
  /** SHA-256 (hex) of model, messages and settings. */
  readonly digest: string
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly choices: readonly Choice[]
  readonly usage: TokenUsage
}

export interface JournalTotals {
  /** Answers that were computed, those of earlier processes in the file included. */
  readonly recorded: number
  /** Those of them whose key had been computed before. */
  readonly repeatedKeys: number
  /** Those of them whose request had been computed before, under whatever key. */
  readonly repeatedDigests: number
}

const remembered = 100_000

export class AnswerJournal {
  readonly #name: string
  readonly #file: FileHandle | undefined
  readonly #answers = new LruMap<string, RecordedAnswer>(remembered)
  readonly #digests = new LruMap<string, true>(remembered)
  readonly #waiting: { readonly line: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #writing: Promise<void> | undefined
  #totals: JournalTotals = { recorded: 0, repeatedKeys: 0, repeatedDigests: 0 }

  private constructor(name: string, file: FileHandle | undefined) {
    this.#name = name
    this.#file = file
  }

  /**
   * Opens the journal in a file, which is made if there is none; without a file it is kept in memory only.
   *
   * @throws `model.journal_failed`, `model.journal_damaged`
   */
  static async open(name?: string): Promise<AnswerJournal> {
    if (name === undefined) return new AnswerJournal('', undefined)
    let file: FileHandle | undefined
    try {
      file = await open(name, 'a+')
      const journal = new AnswerJournal(name, file)
      await journal.#load(file)
      return journal
    } catch (error) {
      await file?.close()
      throw failed(name, error)
    }
  }

  get totals(): JournalTotals {
    return this.#totals
  }

  /** The answer that was recorded under a key. */
  find(key: string): RecordedAnswer | undefined {
    return this.#answers.get(key)
  }

  /** Resolves when the answer cannot be lost any more. @throws `model.journal_failed` */
  async record(answer: RecordedAnswer): Promise<void> {
    if (this.#file) await this.#write(this.#file, `${JSON.stringify(answer)}\n`)
    this.#remember(answer)
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file?.close()
  }

  #remember(answer: RecordedAnswer): void {
    const { recorded, repeatedKeys, repeatedDigests } = this.#totals
    this.#totals = {
      recorded: recorded + 1,
      repeatedKeys: repeatedKeys + (this.#answers.get(answer.key) ? 1 : 0),
      repeatedDigests: repeatedDigests + (this.#digests.get(answer.digest) ? 1 : 0),
    }
    this.#answers.set(answer.key, answer)
    this.#digests.set(answer.digest, true)
  }

  async #load(file: FileHandle): Promise<void> {
    const { size } = await file.stat()
    const whole = await endOfLastLine(file, size)
    if (whole < size) await file.truncate(whole)
    if (whole === 0) return
    let number = 0
    const input = createReadStream(this.#name, { encoding: 'utf8' })
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      this.#remember(readLine(this.#name, ++number, line))
  }

  #write(file: FileHandle, line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject })
      this.#writing ??= this.#drain(file)
    })
  }

  /** Writes all that waits, syncs it once, and again for what came meanwhile. */
  async #drain(file: FileHandle): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        await file.appendFile(batch.map(({ line }) => line).join(''))
        await file.datasync()
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(failed(this.#name, error))
      }
    }
    this.#writing = undefined
  }
}

/** Bytes up to and with the last line end. */
async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(65_536)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length)
    const { bytesRead } = await file.read(piece, 0, end - start, start)
    const at = piece.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}

function readLine(name: string, number: number, line: string): RecordedAnswer {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw damaged(name, number, line, cause)
  }
  if (!isAnswer(value)) throw damaged(name, number, line)
  return value
}

function isAnswer(value: unknown): value is RecordedAnswer {
  const { key, digest, choices, usage } = (value ?? {}) as { readonly [member in keyof RecordedAnswer]?: unknown }
  return typeof key === 'string' && typeof digest === 'string' && Array.isArray(choices) && typeof usage === 'object'
}

function damaged(file: string, line: number, got: string, cause?: unknown): Error {
  return modelErrors.make('model.journal_damaged', { file, line, got: describe(got, 60) }, cause)
}

function failed(file: string, error: unknown): unknown {
  if (error instanceof Error && 'remedy' in error) return error
  return modelErrors.make('model.journal_failed', { file, reason: error instanceof Error ? error.message : String(error) }, error)
}
