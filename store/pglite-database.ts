/**
 * Owns: the embedded Postgres (PGlite) as a database of the store, in a folder or in memory.
 * Does not own: SQL, the lock on its folder (folder-lock).
 * Invariants: DB1, DB2. PL1 one statement at a time, and none in between of a reserved connection. PL2 what was committed is in the operating system's
 * hands before the answer: it survives the end of this process, also kill -9; PFL1 says more. PL3 however busy it is, timers and sockets of the process get their turn, because
 * the database works on this very thread and its answers alone would never let go of it.
 */

import { PGlite } from '@electric-sql/pglite'
import type { Clock } from '#runtime'
import type { Connection, Database, Parameter, Row, Statement } from './database.ts'
import { catalogued } from './driver-errors.ts'
import { Mutex } from './mutex.ts'
import { type Durability, FlushingFiles, startSettings } from './pglite-files.ts'
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

export class PgliteDatabase implements Database {
  readonly name = 'pglite'
  readonly parallel = 1
  readonly where: string
  readonly #options: PgliteOptions
  readonly #engine: PGlite
  readonly #wire: PgliteWire
  readonly #turn = new Mutex()
  /** Monotonic time at which the event loop last had its turn. */
  #breathed = 0
  #closed = false

  private constructor(options: PgliteOptions, engine: PGlite) {
    this.#options = options
    this.where = options.where
    this.#engine = engine
    this.#wire = new PgliteWire((message) => engine.execProtocolRaw(message, { syncToFs: false }))
  }

  /** @throws `store.out_of_memory`, `store.full`, `store.not_writable`, `store.failed` */
  static async open(options: PgliteOptions): Promise<PgliteDatabase> {
    try {
      const { folder, durability } = options
      const startParams = startSettings(durability)
      const place =
        folder !== undefined && durability === 'power' ? { fs: new FlushingFiles(folder) } : { dataDir: folder ?? 'memory://' }
      const engine = await PGlite.create({ ...place, startParams })
      return new PgliteDatabase(options, engine)
    } catch (error) {
      throw catalogued(error, { where: options.where, operation: 'open' })
    }
  }

  async run(operation: string, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return this.#turn.run(async () => {
      if (this.#closed) throw storeErrors.make('store.closed', { operation })
      await this.#breathe()
      try {
        return (await this.#wire.query(statement.name, statement.text, parameters)).rows
      } catch (error) {
        throw catalogued(error, { where: this.where, operation })
      }
    })
  }

  async reserve(): Promise<Connection> {
    const release = await this.#turn.acquire()
    if (this.#closed) {
      release()
      throw storeErrors.make('store.closed', { operation: 'reserve' })
    }
    return { query: (text, parameters) => this.#wire.query('', text, parameters), release: () => release() }
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
      await this.#engine.close()
      await this.#options.closed?.()
    })
  }
}
