/**
 * Owns: the door of the store.
 * Does not own: anything else; it only exports.
 */

export { MemoryStore } from './memory-store.ts'
export { type OpenedStore, openStore, openStoreWith, type StoreOptions, type StorePlace } from './open-store.ts'
export type { PgPool } from './postgres-database.ts'
export { storeErrors } from './store-errors.ts'
