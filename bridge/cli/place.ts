/**
 * Owns: how the place of a store is named on the command line: what kind it is, and how it is printed.
 * Does not own: opening it.
 * Invariants: PLC1 a password is never printed.
 */

/** True for a path, in which an embedded database lives. */
export const isFolder = (store: string): boolean => !store.includes('://') && store !== 'memory' && store !== 'pglite-memory'

/**
 * A place as it may be printed.
 *
 * @example shownPlace('postgres://app:secret@db/app') // 'postgres://app@db/app'
 */
export function shownPlace(store: string): string {
  if (!store.includes('://')) return store
  // A URL that cannot be parsed may hold a password all the same.
  if (!URL.canParse(store)) return store.replace(/\/\/[^@/]*@/, '//')
  const url = new URL(store)
  url.password = ''
  url.searchParams.delete('password')
  return url.toString()
}
