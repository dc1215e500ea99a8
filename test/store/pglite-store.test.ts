/**
 * Owns: the contract on the embedded database.
 * Does not own: the contract, folders (folder.test.ts).
 * Invariants: those of the contract.
 */

import { realSources } from '#runtime'
import { openStore } from '#store'
import { storeContract } from '../contract/store.ts'

storeContract('PGlite', () => openStore('pglite-memory', { sources: realSources() }))
