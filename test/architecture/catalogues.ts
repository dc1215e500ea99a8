/**
 * Owns: finding every error catalogue of the product, through the doors of its folders.
 * Does not own: what the catalogues must keep (errors.test.ts).
 * Invariants: CA1 a catalogue that a file declares and no door exports is found missing.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalogue, ErrorEntry, ErrorFields } from '../../runtime/kernel/errors.ts'
import { productFiles, root } from './source-files.ts'

export type AnyCatalogue = Catalogue<Record<string, ErrorEntry<ErrorFields>>>

const folders = ['runtime', 'supervisors', 'actors', 'store', 'bridge'] as const

export interface NamedCatalogue {
  /** Its export: `kernelErrors`. */
  readonly name: string
  readonly folder: string
  readonly catalogue: AnyCatalogue
}

const isCatalogue = (value: unknown): value is AnyCatalogue =>
  value !== null && typeof value === 'object' && 'entries' in value && 'make' in value && typeof value.make === 'function'

/** All catalogues that the doors export. A door that does not exist yet has none. */
export async function doorCatalogues(): Promise<readonly NamedCatalogue[]> {
  const found: NamedCatalogue[] = []
  for (const folder of folders) {
    const door = join(root, folder, 'index.ts')
    if (!existsSync(door)) continue
    const exported = (await import(door)) as Record<string, unknown>
    for (const [name, value] of Object.entries(exported)) if (isCatalogue(value)) found.push({ name, folder, catalogue: value })
  }
  return found
}

/** Every declaration of a catalogue in the product: name and file. */
export function declaredCatalogues(): readonly { readonly name: string; readonly path: string }[] {
  return productFiles.flatMap(({ path, bare }) =>
    [...bare.matchAll(/export const (\w+)(?:: [^=]+)? = catalogue\(/g)].map((match) => ({ name: match[1]!, path })),
  )
}
