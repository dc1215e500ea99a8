/**
 * Owns: up to which cursor a reader that follows the journal may read without ever missing a fact.
 * Does not own: reading the facts (sql-store).
 * Invariants: SF1 a fact below the answer is visible to a statement that starts afterwards, or will never be. Without it a follower could pass by a fact whose
 * cursor was drawn first and whose commit ended last.
 */

import type { Clock } from '#runtime'
import { type Database, type Row, type Statement, statement } from './database.ts'
import { textArray } from './wire-array.ts'

/** Milliseconds between two looks at writers that are still at work, and how many looks there are. */
const pause = 2
const looks = 250

export class SettledFacts {
  readonly #database: Database
  readonly #clock: Clock
  readonly #last: Statement
  readonly #writers: Statement
  /** Everything up to here is known to be settled. */
  #known = 0

  constructor(database: Database, schema: string, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#last = statement(`select last_value as last from "${schema}".facts_id_seq`)
    // A commit holds this lock on the table from before it draws a cursor until it has ended.
    this.#writers =
      statement(`select virtualtransaction as writer from pg_locks where locktype = 'relation' and mode = 'RowExclusiveLock'
      and relation = '"${schema}".facts'::regclass and (cardinality($1::text[]) = 0 or virtualtransaction = any($1::text[]))
      and database = (select oid from pg_database where datname = current_database())`)
  }

  /** The highest settled cursor. Waits a moment for commits in flight; if they do not end, it is what was known before. */
  async horizon(): Promise<number> {
    const [row] = await this.#database.run('facts', this.#last, [])
    const last = (row as Row).last as number
    // The embedded database has one connection: nobody writes while it is read.
    if (this.#database.name === 'pglite') return last
    // First the cursor, then the writers: whoever begins to write after that draws higher ones.
    let writers = await this.#among([])
    for (let look = 0; writers.length > 0; look++) {
      if (look === looks) return this.#known
      await new Promise<void>((resolve) => this.#clock.schedule(pause, resolve))
      writers = await this.#among(writers)
    }
    this.#known = Math.max(this.#known, last)
    return last
  }

  /** Those of `transactions` (none = of all) that are writing. */
  async #among(transactions: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#database.run('facts', this.#writers, [textArray(transactions)])
    return rows.map((row) => row.writer as string)
  }
}
