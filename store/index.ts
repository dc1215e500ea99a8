/**
 * Owns: the door of the store.
 * Does not own: anything else; it only exports.
 */

export type { Durability } from './durability.ts'
export { eraseStore, isUnused } from './erase-store.ts'
export { inspectStore, migrateStore, type StoreLook } from './inspect-store.ts'
export { MemoryStore } from './memory-store.ts'
export { isFolderPlace, type OpenedStore, openStore, openStoreWith, type StoreOptions, type StorePlace } from './open-store.ts'
export type { PgPool } from './pg-pool.ts'
export { keepCompilerSmall } from './small-compiler.ts'
export { storeErrors } from './store-errors.ts'
