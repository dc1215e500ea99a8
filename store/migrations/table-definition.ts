/**
 * Owns: a table, a view and their comments as data, and how they are created.
 * Does not own: which there are.
 * Invariants: TD1 no table or column comes into being without a comment, because SQL is an interface for people too.
 */

import { type Kysely, sql } from 'kysely'

export interface TableDefinition {
  readonly comment: string
  /** Name → [type and constraints, comment]. */
  readonly columns: { readonly [name: string]: readonly [type: string, comment: string] }
  /** Constraints and storage, as SQL after the columns and after the closing parenthesis. */
  readonly constraints?: readonly string[]
  readonly storage?: string
  /** Name → what is indexed. */
  readonly indexes?: { readonly [name: string]: string }
}

export interface ViewDefinition {
  readonly comment: string
  /** Name → [expression, comment]. */
  readonly columns: { readonly [name: string]: readonly [expression: string, comment: string] }
  readonly from: string
}

// biome-ignore lint/suspicious/noExplicitAny: a migration works before the tables that a type could name exist
export type MigrationDatabase = Kysely<any>

const text = (comment: string): string => `'${comment.replaceAll("'", "''")}'`

export async function createTable(db: MigrationDatabase, schema: string, name: string, table: TableDefinition): Promise<void> {
  const columns = Object.entries(table.columns).map(([column, [type]]) => `"${column}" ${type}`)
  const body = [...columns, ...(table.constraints ?? [])].join(', ')
  const full = `"${schema}"."${name}"`
  await run(db, `create table ${full} (${body}) ${table.storage ?? ''}`)
  for (const [index, on] of Object.entries(table.indexes ?? {})) await run(db, `create index "${index}" on ${full} ${on}`)
  await comment(db, 'table', full, table)
}

export async function createView(db: MigrationDatabase, schema: string, name: string, view: ViewDefinition): Promise<void> {
  const columns = Object.entries(view.columns).map(([column, [expression]]) => `${expression} as "${column}"`)
  const full = `"${schema}"."${name}"`
  await run(db, `create view ${full} as select ${columns.join(', ')} from "${schema}"."${view.from}"`)
  await comment(db, 'view', full, view)
}

/** @param full name with its schema, quoted */
export async function comment(
  db: MigrationDatabase,
  what: 'table' | 'view',
  full: string,
  definition: { readonly comment: string; readonly columns: { readonly [name: string]: readonly [string, string] } },
): Promise<void> {
  await run(db, `comment on ${what} ${full} is ${text(definition.comment)}`)
  for (const [column, [, said]] of Object.entries(definition.columns))
    await run(db, `comment on column ${full}."${column}" is ${text(said)}`)
}

export async function run(db: MigrationDatabase, statement: string): Promise<void> {
  await sql.raw(statement).execute(db)
}
