/**
 * Owns: what the store needs of a database: prepared statements, one connection for itself, and the end.
 * Does not own: the two that there are (postgres-database, pglite-database), SQL.
 * Invariants: DB1 int8 comes as a number, int4 and bool as numbers and booleans, everything else as text: by the client, never by settings that the
 * host's own queries would feel. DB2 what a driver throws comes out as an error of the store's catalogue.
 */

import { createHash } from 'node:crypto'

/** A value of a parameter: text in Postgres's own notation, or its binary form. */
export type Parameter = string | number | boolean | null | Buffer
export type Row = { readonly [column: string]: string | number | boolean | null }

/** SQL with a name under which a connection keeps it prepared. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** A statement that is named after its text, so that another schema or another version of the code never meets it under its name. */
export function statement(text: string): Statement {
  return { name: `troupe_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text }
}

export interface Result {
  readonly rows: readonly Row[]
  /** Rows that were written or read. */
  readonly count: number
  /** `SELECT`, `INSERT`, … */
  readonly command: string
}

/** A connection that nobody else uses until it is released. */
export interface Connection {
  query(text: string, parameters: readonly unknown[]): Promise<Result>
  /** @param broken true when its session must not be used again */
  release(broken?: boolean): void
}

export interface Database {
  readonly name: 'pglite' | 'postgres'
  /** Where it is, for people; without passwords. */
  readonly where: string
  /** How many statements it can work on at the same time. */
  readonly parallel: number
  /** Runs one prepared statement; alone in its own transaction. `operation` is for error messages. */
  run(operation: string, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>
  reserve(): Promise<Connection>
  close(): Promise<void>
}

const parsers: { readonly [oid: number]: (text: string) => string | number | boolean } = {
  16: (text) => text === 't',
  20: Number,
  21: Number,
  23: Number,
  26: Number,
  701: Number,
}
const asText = (text: string): string => text

/** How a value of the type `oid` becomes a value of JavaScript (DB1). */
export function parserOf(oid: number): (text: string) => string | number | boolean {
  return parsers[oid] ?? asText
}
