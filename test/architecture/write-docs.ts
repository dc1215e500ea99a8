/**
 * Owns: the command `npm run docs`: writes the generated documents.
 * Does not own: their text (generated-docs.ts).
 * Invariants: GD1.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedDocs } from './generated-docs.ts'
import { root } from './source-files.ts'

for (const { path, text } of await generatedDocs()) {
  writeFileSync(join(root, path), text)
  console.log(`wrote ${path}`)
}
