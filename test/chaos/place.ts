/**
 * Owns: a fresh database for one chaos run, and its removal.
 * Does not own: what runs there (child), what is looked at there (checker).
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'
import type { ChildSettings } from './process-target.ts'

export type PlaceName = 'pglite' | 'postgres'

export interface Place {
  readonly settings: ChildSettings
  remove(): Promise<void>
}

export const places: { readonly [N in PlaceName]: () => Promise<Place> } = {
  async pglite() {
    const folder = await mkdtemp(join(tmpdir(), 'troupe-chaos-'))
    return {
      settings: { store: folder, schema: 'troupe' },
      remove: () => rm(folder, { recursive: true, force: true }),
    }
  },
  async postgres() {
    const url = await testPostgres()
    const schema = testSchema().slice(0, 40)
    return { settings: { store: url, schema }, remove: () => dropSchema(url, schema) }
  },
}
