/**
 * Owns: taking an embedded store away, when nothing is in it that its owner would miss.
 * Does not own: other files in its folder; databases of a server, which are never taken away from here.
 * Invariants: PF1. ES1 nothing is removed while another process uses the folder, or when one actor in it is not expendable. ES2 only what the store made is
 * removed: whatever else lies in the folder stays.
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Address, formatAddress, type Store } from '#runtime'
import { lockFolder } from './folder-lock.ts'
import { openStore, type StoreOptions } from './open-store.ts'
import { databaseFolder, removeDatabase } from './pglite-folder.ts'
import { storeErrors } from './store-errors.ts'

const page = 500

/** True when no database is in that folder yet, whatever else is. @param folder path of an embedded store */
export function isUnused(folder: string): boolean {
  return !existsSync(join(resolve(folder), databaseFolder))
}

/**
 * Removes the database of an embedded store.
 *
 * @param folder path of the store
 * @param expendable whether an actor may be lost
 * @throws `store.needed` naming the first actor that may not be lost, `store.locked`, and what `openStore` throws
 * @example await eraseStore('./.troupe', { sources: realSources() }, ({ kind }) => kind === 'counter')
 */
export async function eraseStore(
  folder: string,
  options: StoreOptions,
  expendable: (address: Address) => boolean,
): Promise<void> {
  if (isUnused(folder)) return
  const store = await openStore(folder, options)
  try {
    const needed = await firstNeeded(store, expendable)
    if (needed) throw storeErrors.make('store.needed', { where: resolve(folder), address: formatAddress(needed) })
  } finally {
    await store.close()
  }
  const lock = lockFolder(resolve(folder), options.sources.ids)
  try {
    await removeDatabase(join(resolve(folder), databaseFolder), options.sources.ids)
  } finally {
    lock.release()
  }
}

async function firstNeeded(store: Store, expendable: (address: Address) => boolean): Promise<Address | undefined> {
  let after: Address | undefined
  for (;;) {
    const rows = await store.actors({ limit: page, ...(after === undefined ? {} : { after }) })
    const needed = rows.find(({ address }) => !expendable(address))
    if (needed || rows.length < page) return needed?.address
    after = rows[rows.length - 1]!.address
  }
}
