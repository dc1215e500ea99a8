/**
 * Owns: the embedded Postgres (PGlite) as a database of the store, in a folder or in memory.
 * Does not own: SQL, the lock on its folder (folder-lock).
 * Invariants: DB1, DB2. PL1 one statement at a time, and none in between of a reserved connection. PL2 what was committed is in the operating system's
 * hands before the answer: it survives the end of this process, also kill -9; PFL1 says more. PL3 however busy it is, timers and sockets of the process get their turn, because
 * the database works on this very thread and its answers alone would never let go of it. PL4 an engine that broke down is replaced, its files recovered.
 */

import { closeSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import type { Clock } from '#runtime'
import type { Connection, Database, Parameter, Result, Row, Statement } from './database.ts'
import { catalogued } from './driver-errors.ts'
import type { Durability } from './durability.ts'
import { Mutex } from './mutex.ts'
import { FlushingFiles, startSettings } from './pglite-files.ts'
import { PgliteWire } from './pglite-wire.ts'
import { storeErrors } from './store-errors.ts'

export interface PgliteOptions {
  /** Folder of the database; undefined = in memory. */
  readonly folder: string | undefined
  readonly where: string
  readonly durability: Durability
  readonly clock: Clock
  /** Called when it is closed. */
  readonly closed?: () => Promise<void>
}

/** Milliseconds for which statements may follow each other without letting go of the thread. */
const longestHold = 4

/** One run of the engine: when it breaks down, another one takes its place. */
interface Running {
  readonly engine: PGlite
  readonly wire: PgliteWire
}

export class PgliteDatabase implements Database {
  readonly name = 'pglite'
  readonly parallel = 1
  readonly where: string
  readonly #options: PgliteOptions
  readonly #turn = new Mutex()
  #running: Running | undefined
  /** Monotonic time at which the event loop last had its turn. */
  #breathed = 0
  #closed = false

  private constructor(options: PgliteOptions) {
    this.#options = options
    this.where = options.where
  }

  /** @throws `store.out_of_memory`, `store.full`, `store.not_writable`, `store.failed` */
  static async open(options: PgliteOptions): Promise<PgliteDatabase> {
    const database = new PgliteDatabase(options)
    await database.#start('open')
    return database
  }

  async run(operation: string, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return this.#turn.run(async () => {
      if (this.#closed) throw storeErrors.make('store.closed', { operation })
      await this.#breathe()
      const { wire } = this.#running ?? (await this.#start(operation))
      try {
        return (await wire.query(statement.name, statement.text, parameters)).rows
      } catch (error) {
        if (isFatal(error)) this.#abandon()
        throw catalogued(error, { where: this.where, operation })
      }
    })
  }

  async reserve(): Promise<Connection> {
    const release = await this.#turn.acquire()
    try {
      if (this.#closed) throw storeErrors.make('store.closed', { operation: 'reserve' })
      const { wire } = this.#running ?? (await this.#start('reserve'))
      return { query: (text, parameters) => this.#reserved(wire, text, parameters), release: () => release() }
    } catch (error) {
      release()
      throw error
    }
  }

  async #reserved(wire: PgliteWire, text: string, parameters: readonly unknown[]): Promise<Result> {
    if (this.#running?.wire !== wire) throw storeErrors.make('store.unreachable', { where: this.where, problem: 'it broke down' })
    try {
      return await wire.query('', text, parameters)
    } catch (error) {
      if (isFatal(error)) this.#abandon()
      throw error
    }
  }

  async #start(operation: string): Promise<Running> {
    const { folder, durability } = this.#options
    // The engine throws one sentence for whatever happens at its start; the reason stands in what it writes for its log.
    const said: string[] = []
    const onStderr = (text: string): boolean => said.push(text) > 0
    try {
      const startParams = startSettings(durability)
      const flushing = folder !== undefined && durability === 'power'
      const place = flushing ? { fs: new FlushingFiles(folder) } : { dataDir: folder ?? 'memory://' }
      const engine = await PGlite.create({ ...place, startParams, onStderr })
      this.#running = { engine, wire: new PgliteWire((message) => engine.execProtocolRaw(message, { syncToFs: false })) }
      return this.#running
    } catch (error) {
      const reason = said.filter((line) => /FATAL|PANIC|ERROR/.test(line)).at(-1)
      const told = reason === undefined ? error : new Error(reason.trim(), { cause: error })
      throw catalogued(told, { where: this.where, operation })
    }
  }

  /** An engine that broke down must not be called again: it would not come back. The next statement starts another one, which recovers from the files. */
  #abandon(): void {
    const files = this.#running?.engine.Module.FS
    this.#running = undefined
    if (files) closeFiles(files)
  }

  async #breathe(): Promise<void> {
    const { clock } = this.#options
    if (clock.monotonic() - this.#breathed < longestHold) return
    await new Promise<void>((resolve) => clock.immediate(resolve))
    this.#breathed = clock.monotonic()
  }

  async close(): Promise<void> {
    await this.#turn.run(async () => {
      if (this.#closed) return
      this.#closed = true
      await this.#running?.engine.close()
      await this.#options.closed?.()
    })
  }
}

/** Postgres's words for "this server ends now"; what is no answer of the server at all is a trap of its WebAssembly. */
function isFatal(error: unknown): boolean {
  const severity = (error as { severity?: unknown }).severity
  return severity === 'PANIC' || severity === 'FATAL' || severity === undefined
}

interface EngineFiles {
  readonly streams?: readonly ({ readonly nfd?: number } | null | undefined)[]
}

/** Gives the descriptors back that a broken engine still holds. */
function closeFiles(files: unknown): void {
  for (const stream of (files as EngineFiles).streams ?? []) if (stream?.nfd !== undefined) closeSync(stream.nfd)
}
