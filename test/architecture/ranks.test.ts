import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findCycle, misplacedImports, rankOf } from './ranks.ts'
import { allFiles, assertNone, importsOf, productFiles, root, type SourceFile } from './source-files.ts'

test('every product file has a rank', () => {
  assertNone(
    productFiles.filter((file) => rankOf(file.path) < 0).map((file) => file.path),
    'these files belong to no rank of docs/ARCHITECTURE.md',
  )
})

test('RA1, RA2: imports run downwards only and through doors', () => {
  assertNone(productFiles.flatMap(misplacedImports), 'imports that the ranks or doors forbid')
})

test('no import cycle exists, types included', () => {
  assert.deepEqual(findCycle(productFiles), undefined)
})

test('every import names a file that exists', () => {
  const lost = allFiles.flatMap(({ path, imports }) =>
    imports
      .filter(({ file }) => file !== undefined && !existsSync(join(root, file)))
      .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
  )
  assertNone(lost, 'imports of files that are not there')
})

test('nothing of the product imports tests or examples', () => {
  const found = productFiles.flatMap(({ path, imports }) =>
    imports.filter(({ file }) => /^(test|examples)\//.test(file ?? '')).map(({ specifier }) => `${path} imports ${specifier}`),
  )
  assertNone(found, 'tests see everything and are seen by nothing')
})

/** Packages that only one part of the product may touch. */
const owners: readonly { readonly packages: RegExp; readonly files: RegExp; readonly because: string }[] = [
  { packages: /^(kysely|@electric-sql\/pglite)(\/|$)/, files: /^store\//, because: 'only the store speaks SQL' },
  {
    packages: /^pg(\/|$)/,
    files: /^(store\/|troupe-config\.ts$)/,
    because: 'only the store speaks SQL; the configuration takes a pool of the host',
  },
  {
    packages: /^xstate(\/|$)/,
    files: /^(runtime\/kernel\/(machine\/|behaviour\.ts$)|actors\/[^/]+\.actor\.ts$|index\.ts$)/,
    because: 'machines are interpreted in one place',
  },
  {
    packages: /^pino(\/|$)/,
    files: /^(runtime\/telemetry\/|troupe-config\.ts$)/,
    because: 'only the telemetry sinks log; a host may give its logger',
  },
  { packages: /^(ai|@ai-sdk\/.*)(\/|$)/, files: /^bridge\//, because: 'only the bridge talks to providers' },
]

test('packages are imported only by the part that owns them', () => {
  const found = productFiles.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier }) =>
      owners
        .filter(({ packages, files }) => packages.test(specifier) && !files.test(path))
        .map(({ because }) => `${path} imports ${specifier}: ${because}`),
    ),
  )
  assertNone(found, 'packages outside of the part that owns them')
})

test('the pure parts of actors do no I/O, hold no promises and no machines', () => {
  const pure = productFiles.filter(({ path }) => /^actors\/[^/]+\//.test(path))
  const outside = /^(node:(?!crypto$|util$|buffer$).*|xstate.*)$/
  const found = pure.flatMap(({ path, imports, bare }) => [
    ...imports.filter(({ specifier }) => outside.test(specifier)).map(({ specifier }) => `${path} imports ${specifier}`),
    ...[...bare.matchAll(/\b(async|await|Promise)\b/g)].map((match) => `${path} says ${match[0]}`),
  ])
  assertNone(found, 'pure calculation describes work as values')
})

const fake = (path: string, code: string): SourceFile => ({
  path,
  text: code,
  code,
  bare: code,
  comments: [],
  imports: importsOf(path, code),
})

test('the rules themselves find what they should', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['runtime/kernel/a.ts', "import type { B } from '../delivery/b.ts'"],
    ['runtime/kernel/a.ts', "import {\n  type B,\n} from '#supervisors'"],
    ['runtime/kernel/a.ts', "export * from '../telemetry/index.ts'"],
    ['runtime/kernel/a.ts', "type E = import('../delivery/b.ts').B"],
    ['store/a.ts', "import { b } from '#bridge'"],
    ['store/a.ts', "import { b } from '../runtime/kernel/b.ts'"],
    ['store/a.ts', "import { b } from '#store'"],
    ['store/a.ts', "import { b } from './b'"],
    ['actors/cognition/a.ts', "import { b } from '#supervisors'"],
    ['bridge/a.ts', "const b = await import('../main.ts')"],
    ['actors/a.actor.ts', "import { b } from '#nowhere'"],
  ]
  for (const [path, code] of wrong) assert.equal(misplacedImports(fake(path, code)).length > 0, true, `${path}: ${code}`)
  const right: readonly (readonly [string, string])[] = [
    ['store/a.ts', "import { b } from '#runtime'\nimport { c } from './c.ts'"],
    ['actors/a.actor.ts', "import { b } from '#supervisors'\nimport { c } from './cognition/c.ts'"],
    ['main.ts', "import { b } from '#store'\nimport { z } from 'zod'"],
  ]
  for (const [path, code] of right) assert.deepEqual(misplacedImports(fake(path, code)), [], `${path}: ${code}`)
  const cycle = findCycle([
    fake('a/a.ts', "import './b.ts'"),
    fake('a/b.ts', "import type { A } from './c.ts'"),
    fake('a/c.ts', "export * from './a.ts'"),
  ])
  assert.deepEqual(cycle, ['a/a.ts', 'a/b.ts', 'a/c.ts', 'a/a.ts'])
})
