import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertNone, productFiles, root } from './source-files.ts'

type Names = { readonly [name: string]: string }
interface Manifest {
  readonly dependencies: Names
  readonly devDependencies: Names
  readonly allowScripts: { readonly [name: string]: boolean }
  readonly engines: Names
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: { readonly [path: string]: { readonly hasInstallScript?: boolean } }
}

/** `@scope/name/deep` and `name/deep` as the package that is installed. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

const imported = new Set(
  productFiles
    .flatMap(({ imports }) => imports.map(({ specifier }) => specifier))
    .filter((it) => !/^(\.|#|node:)/.test(it))
    .map(packageOf),
)

test('what the product imports is a dependency of the package, not only of its development', () => {
  assertNone(
    [...imported].filter((name) => manifest.dependencies[name] === undefined),
    'packages that an installed Troupe would not have',
  )
})

test('every dependency is used by the product', () => {
  const text = productFiles.map(({ code }) => code).join('\n')
  assertNone(
    Object.keys(manifest.dependencies).filter((name) => !imported.has(name) && !text.includes(`'${name}'`)),
    'dependencies that nothing uses',
  )
})

test('every version has a major that is fixed and a lower bound that is met', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  assertNone(
    all.filter(([, range]) => !/^[\^~]\d+(\.\d+)*(-[\w.]+)?$/.test(range)).map(([name, range]) => `${name} ${range}`),
    'ranges that are too wide or too narrow',
  )
})

test('exactly the packages that have install scripts are approved, so that an install is quiet and works where they are blocked', () => {
  const scripted = Object.entries(lock.packages)
    .filter(([, it]) => it.hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  assert.deepEqual(Object.keys(manifest.allowScripts).toSorted(), [...new Set(scripted)].toSorted())
  assert.ok(Object.values(manifest.allowScripts).every((allowed) => allowed))
})
