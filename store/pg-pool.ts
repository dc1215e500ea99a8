/**
 * Owns: the part of a pool of `pg` that is used, as a type of our own, so that a host needs no types of `pg` to use ours.
 * Does not own: pools.
 * Invariants: none.
 */

/** A statement as `pg` takes it. */
export interface PgQuery {
  readonly text: string
  values?: unknown[]
  /** Under this name the session keeps it prepared. */
  readonly name?: string
  readonly types?: object
  /** Milliseconds. */
  readonly query_timeout?: number
}

export interface PgClient {
  query(statement: PgQuery): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null; readonly command: string }>
  release(error?: boolean): void
}

/** A pool of `pg`: any version of it, and compatible ones. */
export interface PgPool {
  readonly options?: {
    readonly max?: number | undefined
    readonly host?: string | undefined
    readonly database?: string | undefined
  }
  connect(): Promise<PgClient>
}
