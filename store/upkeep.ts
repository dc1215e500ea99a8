/**
 * Owns: clearing dead rows of the embedded database, which has no background process for that.
 * Does not own: servers: they do it themselves.
 * Invariants: UK1 the files of tables whose rows come and go stay within a bound, however long the process lives.
 */

import { errorData, type Telemetry } from '#runtime'
import { type Database, type Statement, statement } from './database.ts'

const busyTables = ['outbox', 'timers', 'effects', 'replies', 'leases', 'actors'] as const

export class Upkeep {
  readonly #database: Database
  readonly #telemetry: Telemetry
  readonly #vacuum: Statement
  readonly #every: number
  #commits = 0

  /** @param every commits after which rows are cleared; 0 = never */
  constructor(database: Database, schema: string, telemetry: Telemetry, every: number) {
    this.#database = database
    this.#telemetry = telemetry
    this.#every = database.name === 'pglite' ? every : 0
    this.#vacuum = statement(`vacuum ${busyTables.map((table) => `"${schema}".${table}`).join(', ')}`)
  }

  /** Notes that a commit is about to run. The clearing that may be due takes its turn among the statements. */
  committed(): void {
    if (this.#every === 0 || ++this.#commits < this.#every) return
    this.#commits = 0
    this.#database.run('upkeep', this.#vacuum, []).catch((error: unknown) => {
      this.#telemetry.emit('store.failed', {}, { operation: 'upkeep', reason: errorData(error).message })
    })
  }
}
