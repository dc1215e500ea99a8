import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { allFiles, assertNone, productFiles, type SourceFile } from './source-files.ts'

const maxLines = 400
const lines = (file: SourceFile): number => file.text.trimEnd().split('\n').length
const isTest = (file: SourceFile): boolean => file.path.endsWith('.test.ts')

/** Lists of cases: read by the case, not from top to bottom. */
const corpora = /^test\/.*\/scenarios-[a-z-]+\.ts$/

test('no file has more than 400 lines', () => {
  assertNone(
    allFiles
      .filter((file) => lines(file) > maxLines && !corpora.test(file.path))
      .map((file) => `${file.path} has ${lines(file)}`),
    `files of more than ${maxLines} lines: split them by noun`,
  )
})

test('every file but a test begins with a header that says what it owns and does not own', () => {
  const header = /^(?:#!.*\n)?\/\*\*\n \* Owns: \S.*?\n \* Does not own: \S.*? \*\//s
  assertNone(
    allFiles.filter((file) => !isTest(file) && !header.test(file.text)).map((file) => file.path),
    'files whose header does not say what they own and what not',
  )
})

test('every product file of more than 100 lines names the invariants that it keeps', () => {
  const long = productFiles.filter((file) => lines(file) > 100)
  assertNone(
    long.filter((file) => !/^ \* Invariants: \S/m.test(file.comments[0]?.text ?? '')).map((file) => file.path),
    'long files that keep no rule: name it, or split them',
  )
})

const drawers = /^(utils?|helpers?|common|managers?|misc|stuff)$/
/** Nouns of their own as part of a name (`field-type.ts`), drawers as a whole one. */
const drawersAlone = /^(types?|shared|lib|base|core)$/

test('files are nouns in kebab-case, and none is a drawer for anything', () => {
  const found = allFiles.flatMap((file) => {
    const folders = file.path.split('/').slice(0, -1)
    const name = basename(file.path, '.ts').replace(/\.(test|actor)$/, '')
    const shape = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : [`${file.path} is not in kebab-case`]
    const drawer =
      [...folders, name, name.split('-').at(-1)!].some((word) => drawers.test(word)) ||
      [...folders, name].some((word) => drawersAlone.test(word))
    return [...shape, ...(drawer && !file.path.startsWith('test/') ? [`${file.path} is named after no noun`] : [])]
  })
  assertNone(found, 'file names that say nothing')
})

/** What reads time, randomness or makes ids. */
const sources =
  /\b(Date\.now|new Date\(\s*\)|performance\.now|process\.hrtime|process\.uptime|Math\.random|setTimeout|setInterval|setImmediate|randomUUID|getRandomValues|randomBytes|randomInt)\b/g
/** Where each may stand all the same. */
const allowed: readonly { readonly files: RegExp; readonly uses: RegExp; readonly because: string }[] = [
  { files: /^runtime\/kernel\/sources\.ts$/, uses: /./, because: 'it is the source' },
  {
    files: /^store\/memory-store\.ts$/,
    uses: /^setImmediate$/,
    because: 'it lets go of the thread as a wire would; it reads no time by it',
  },
]

test('SO1: only sources.ts reads time and randomness, sets timers and makes ids', () => {
  const found = productFiles.flatMap((file) =>
    [...file.bare.matchAll(sources)]
      .filter((match) => !allowed.some(({ files, uses }) => files.test(file.path) && uses.test(match[0])))
      .map((match) => `${file.path}:${lineOf(file, match.index)} uses ${match[0]}`),
  )
  assertNone(found, 'take it from Sources, so that a simulation can replace it')
})

test('nothing global: no signal handler, exit, console or environment outside of the command line', () => {
  const globals = /\b(console\.\w+|process\.(on|once|exit|exitCode|env|argv)|globalThis)\b/g
  const found = productFiles
    .filter((file) => !file.path.startsWith('bridge/cli/'))
    .flatMap((file) =>
      [...file.bare.matchAll(globals)]
        // A file that is started as a program by itself may read its arguments; imported, it does not.
        .filter((match) => !/^if \(import\.meta\.main\)/.test(file.bare.slice(file.bare.lastIndexOf('\n', match.index) + 1)))
        .map((match) => `${file.path}:${lineOf(file, match.index)} uses ${match[0]}`),
    )
  assertNone(found, 'a library takes nothing of its host')
})

// Put together here, so that this file does not find itself.
const unfinished = new RegExp(
  `\\b(${['TO', 'FIX', 'XX', 'HA'].map((start, i) => start + ['DO', 'ME', 'X', 'CK'][i]).join('|')})\\b`,
)

test('no comment leaves work for later', () => {
  const found = allFiles.flatMap((file) =>
    file.comments.filter(({ text }) => unfinished.test(text)).map(({ at }) => `${file.path}:${lineOf(file, at)}`),
  )
  assertNone(found, 'comments that promise work')
})

test('no check is switched off without a reason on its line', () => {
  const found = allFiles.flatMap((file) =>
    file.comments
      .filter(({ text }) => /@ts-(ignore|nocheck|expect-error)|(biome|eslint)-(ignore|disable)/.test(text))
      .filter(
        ({ text }) =>
          !(/biome-ignore \S+: \S+/.test(text) || (/@ts-expect-error \S+/.test(text) && file.path.startsWith('test/'))),
      )
      .map(({ at }) => `${file.path}:${lineOf(file, at)}`),
  )
  assertNone(found, 'type tests may use @ts-expect-error with a reason; lint rules need one too')
})

test('no failure is swallowed by an empty catch', () => {
  const found = productFiles.flatMap((file) =>
    [...file.code.matchAll(/\bcatch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(\s*\)\s*=>\s*\{\s*\}\s*\)/g)].map(
      (match) => `${file.path}:${lineOf(file, match.index)}`,
    ),
  )
  assertNone(found, 'empty catches')
})

test('no file names a machine’s folder', () => {
  const folders = new RegExp(`/(${['home', 'Users', 'work', 'root'].join('|')})/[a-z]`)
  const found = allFiles.flatMap((file) =>
    file.text.split('\n').flatMap((line, i) => (folders.test(line) ? [`${file.path}:${i + 1}`] : [])),
  )
  assertNone(found, 'paths that exist on one machine only')
})

test('the rules look at files at all', () => {
  assert.ok(productFiles.length > 20 && allFiles.length > productFiles.length)
})

function lineOf(file: SourceFile, at: number): number {
  return file.text.slice(0, at).split('\n').length
}
