/**
 * Owns: the command `npm run build`: the package as JavaScript with its types in dist/.
 * Does not own: what is published (package.json `files`).
 * Invariants: BU1 the doors (#runtime, …) lead to the built files from within dist, and to the sources in a checkout.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const compiled = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)

const { name, version, type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string
  readonly version: string
  readonly type: string
  readonly imports: { readonly [door: string]: string }
}
// Node and TypeScript look for `imports` in the nearest package.json, so that one beside the built files can lead to them.
const built = Object.fromEntries(Object.entries(imports).map(([door, file]) => [door, file.replace(/\.ts$/, '.js')]))
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ name: `${name}-dist`, version, private: true, type, imports: built }, null, 2)}\n`,
)
