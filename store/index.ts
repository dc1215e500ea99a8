/**
 * Owns: the door of the store.
 * Does not own: anything else; it only exports.
 */

export { eraseStore, isUnused } from './erase-store.ts'
export { inspectStore, migrateStore, type StoreLook } from './inspect-store.ts'
export { MemoryStore } from './memory-store.ts'
export { isFolderPlace, type OpenedStore, openStore, openStoreWith, type StoreOptions, type StorePlace } from './open-store.ts'
export type { Durability } from './pglite-files.ts'
export type { PgPool } from './postgres-database.ts'
export { keepCompilerSmall } from './small-compiler.ts'
export { storeErrors } from './store-errors.ts'
