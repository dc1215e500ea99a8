/**
 * Owns: the catalogue of everything that can go wrong in a store.
 * Does not own: which raw error of a driver is which of them (driver-errors).
 * Invariants: E2. SE1 `retry: later` is said only where the same batch may be sent again without harm.
 */

import { catalogue, entry } from '#runtime'

export const storeErrors = catalogue({
  'store.unreachable': entry<{ where: string; problem: string }>({
    message: (f) => `The database at ${f.where} cannot be reached: ${f.problem}. What was sent may or may not have been written.`,
    remedy: () => 'Check that the database runs, its address, user and password; the runtime tries again by itself.',
    retry: 'later',
    audience: 'operator',
    sample: { where: 'postgres://localhost:5432/app', problem: 'connect ECONNREFUSED 127.0.0.1:5432' },
  }),
  'store.refused': entry<{ where: string; problem: string }>({
    message: (f) => `The database at ${f.where} refused the connection: ${f.problem}.`,
    remedy: () => 'Correct the user, the password or the name of the database in the store’s URL.',
    retry: 'never',
    audience: 'operator',
    sample: { where: 'postgres://localhost:5432/app', problem: 'password authentication failed for user "app"' },
  }),
  'store.busy': entry<{ operation: string; sqlstate: string; problem: string }>({
    message: (f) =>
      `The database undid ${f.operation} because others were in the way (${f.sqlstate}: ${f.problem}); nothing was written.`,
    remedy: () => 'None is needed: it is tried again. If it happens often, look for long transactions on Troupe’s tables.',
    retry: 'later',
    audience: 'operator',
    sample: { operation: 'commit', sqlstate: '40P01', problem: 'deadlock detected' },
  }),
  'store.full': entry<{ where: string; problem: string }>({
    message: (f) => `There is no space left for the database at ${f.where}: ${f.problem}. What was sent is not stored.`,
    remedy: () => 'Free space on its disk, or move it to a larger one; the runtime goes on by itself.',
    retry: 'later',
    audience: 'operator',
    sample: { where: './.troupe', problem: 'could not extend file: No space left on device' },
  }),
  'store.not_writable': entry<{ where: string; problem: string }>({
    message: (f) => `The store at ${f.where} cannot be written: ${f.problem}.`,
    remedy: () =>
      'Give this user the right to write there (folder, schema and tables), or use the primary instead of a read-only replica.',
    retry: 'never',
    audience: 'operator',
    sample: { where: './.troupe', problem: 'EACCES: permission denied, mkdir' },
  }),
  'store.out_of_memory': entry<{ where: string; problem: string }>({
    message: (f) => `The database at ${f.where} ran out of memory: ${f.problem}.`,
    remedy: () =>
      'Keep snapshots and batches smaller, give the process more memory, or use a Postgres server instead of the embedded one.',
    retry: 'later',
    audience: 'operator',
    sample: { where: './.troupe', problem: 'memory access out of bounds' },
  }),
  'store.locked': entry<{ folder: string; pid: number; host: string }>({
    message: (f) =>
      `The folder ${f.folder} is in use by process ${f.pid} on ${f.host}; an embedded store serves one process at a time.`,
    remedy: (f) => `Stop process ${f.pid}, use another folder, or let both share a Postgres database.`,
    retry: 'later',
    audience: 'operator',
    sample: { folder: './.troupe', pid: 4711, host: 'box' },
  }),
  'store.needed': entry<{ where: string; address: string }>({
    message: (f) =>
      `The store at ${f.where} was not removed: it holds ${f.address}, which is not part of what was to be thrown away.`,
    remedy: (f) => `Use another place for this, or remove ${f.where} by hand if nothing in it is needed any more.`,
    retry: 'never',
    audience: 'caller',
    sample: { where: './.troupe', address: 'counter/cart-7' },
  }),
  'store.newer': entry<{ where: string; unknown: string; known: string }>({
    message: (f) =>
      `The database at ${f.where} was migrated by a newer Troupe: it has ${f.unknown}; this code knows up to ${f.known}.`,
    remedy: () => 'Update this program to the newer version, or restore a backup from before the update.',
    retry: 'elsewhere',
    audience: 'operator',
    sample: { where: './.troupe', unknown: '0009_more', known: '0001_initial' },
  }),
  'store.migration': entry<{ where: string; migration: string; problem: string }>({
    message: (f) => `The database at ${f.where} could not be migrated (${f.migration}): ${f.problem}. It was left as it was.`,
    remedy: () => 'Read the cause; the user needs the right to create a schema, tables and functions.',
    retry: 'never',
    audience: 'operator',
    sample: { where: './.troupe', migration: '0001_initial', problem: 'permission denied for database app' },
  }),
  'store.installation': entry<{ where: string; what: string; stored: number; wanted: number }>({
    message: (f) => `The database at ${f.where} was set up with ${f.what} ${f.stored}; this program wants ${f.wanted}.`,
    remedy: (f) => `Configure ${f.what} ${f.stored}, or use a new database or schema: it cannot be changed later.`,
    retry: 'never',
    audience: 'operator',
    sample: { where: './.troupe', what: 'partitions', stored: 256, wanted: 64 },
  }),
  'store.closed': entry<{ operation: string }>({
    message: (f) => `The store is closed; ${f.operation} was refused.`,
    remedy: () => 'Open a new one.',
    retry: 'never',
    audience: 'operator',
    sample: { operation: 'commit' },
  }),
  'store.failed': entry<{ operation: string; sqlstate: string; problem: string }>({
    message: (f) => `The store failed at ${f.operation}${f.sqlstate ? ` (SQLSTATE ${f.sqlstate})` : ''}: ${f.problem}.`,
    remedy: () => 'Read the cause; look up the SQLSTATE in the manual of Postgres.',
    retry: 'never',
    audience: 'operator',
    sample: { operation: 'commit', sqlstate: '42P01', problem: 'relation "troupe.actors" does not exist' },
  }),
})
