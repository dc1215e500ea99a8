/**
 * Owns: finding the examples of docstrings and pages, and making each a module of its own.
 * Does not own: compiling and running them (examples.test.ts).
 * Invariants: EX1 a page of the reader's (README) stands alone: nothing is imported for it. EX2 a line `expression // literal` is a claim and is checked.
 */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { productFiles, root, type SourceFile } from './source-files.ts'
import { lineAt, viewCode } from './source-text.ts'

export interface Example {
  /** Where it stands: `runtime/kernel/json.ts:15`. */
  readonly where: string
  readonly code: string
  /** File whose exports it may use without an import, for docstrings. */
  readonly home: string | undefined
  /** Whether what it uses and does not import is imported for it. */
  readonly lenient: boolean
  /** Whether it is run too; a fence `ts no-run` is only compiled. */
  readonly run: boolean
}

/** The `@example` parts of a file's doc comments. */
function docstringExamples(file: SourceFile): readonly Example[] {
  return file.comments
    .filter(({ text }) => text.startsWith('/**'))
    .flatMap(({ at, text }) => {
      const plain = text.replace(/\*\/$/, '').replace(/^[ \t]*\* ?/gm, '')
      return [...plain.matchAll(/@example[ \t]*\n?(.*?)(?=^@\w|(?![\s\S]))/gms)].map((match) => ({
        where: `${file.path}:${lineAt(file.text, at) + lineAt(plain, match.index) - 1}`,
        code: match[1]!.replace(/^```ts\n|```\s*$/g, '').trim(),
        home: file.path,
        lenient: true,
        run: true,
      }))
    })
}

/** The `ts` blocks of a page. */
function pageExamples(path: string): readonly Example[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)].map((match) => ({
    where: `${path}:${lineAt(text, match.index)}`,
    code: match[2]!,
    home: undefined,
    lenient: path !== 'README.md',
    run: match[1] === undefined,
  }))
}

export function allExamples(): readonly Example[] {
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }).toSorted()
  return [...pages.flatMap(pageExamples), ...productFiles.flatMap(docstringExamples)]
}

/** Where a name may come from, in this order; `home` is asked before. */
const sourcesOfNames = [
  { from: 'index.ts', names: () => exportedNames('index.ts') },
  { from: 'runtime/index.ts', names: () => exportedNames('runtime/index.ts') },
  { from: 'runtime/kernel/sources.ts', names: () => exportedNames('runtime/kernel/sources.ts') },
  { from: 'runtime/telemetry/index.ts', names: () => exportedNames('runtime/telemetry/index.ts') },
  { from: 'runtime/kernel/machine/index.ts', names: () => exportedNames('runtime/kernel/machine/index.ts') },
  { from: 'supervisors/index.ts', names: () => exportedNames('supervisors/index.ts') },
  { from: 'store/index.ts', names: () => exportedNames('store/index.ts') },
  { from: 'actors/index.ts', names: () => exportedNames('actors/index.ts') },
  { from: 'bridge/index.ts', names: () => exportedNames('bridge/index.ts') },
  { from: 'test/architecture/example-stage.ts', names: () => exportedNames('test/architecture/example-stage.ts') },
  { from: 'test/architecture/example-actors.ts', names: () => exportedNames('test/architecture/example-actors.ts') },
]
const packages: readonly { readonly from: string; readonly names: ReadonlySet<string> }[] = [
  {
    from: 'xstate',
    names: new Set(
      'assign setup sendTo raise emit cancel fromPromise fromCallback fromTransition fromObservable createMachine enqueueActions stopChild spawnChild'.split(
        ' ',
      ),
    ),
  },
  { from: 'zod', names: new Set(['z']) },
]

const cache = new Map<string, ReadonlySet<string>>()

/** The names that a file exports, those of the files that it exports whole included. */
export function exportedNames(path: string): ReadonlySet<string> {
  const known = cache.get(path)
  if (known) return known
  const names = new Set<string>()
  cache.set(path, names)
  const file = productFiles.find((it) => it.path === path)
  const code = file?.code ?? (path.startsWith('test/') ? viewCode(readFileSync(join(root, path), 'utf8')).code : '')
  for (const [, name] of code.matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm,
  ))
    names.add(name!)
  for (const [, list] of code.matchAll(/^export const \{([^}]*)\} =/gm))
    for (const name of list!.match(/\w+/g) ?? []) names.add(name)
  for (const [, list] of code.matchAll(/^export (?:type )?\{([^}]*)\}/gm))
    for (const item of list!.split(','))
      names.add(
        item
          .trim()
          .replace(/^type /, '')
          .replace(/^.* as /, ''),
      )
  for (const it of file?.imports ?? []) {
    if (it.file === undefined || !new RegExp(`^export \\* from ['"]${it.specifier.replaceAll('.', '\\.')}['"]`, 'm').test(code))
      continue
    for (const name of exportedNames(it.file)) names.add(name)
  }
  names.delete('')
  return names
}

/** Names that an example uses and neither declares, imports, nor means as a member or a key. */
function openNames(bare: string): readonly string[] {
  const declared = new Set([
    ...[...bare.matchAll(/\b(?:const|let|function|class|interface|type)\s+(\w+)/g)].map((match) => match[1]!),
    ...[...bare.matchAll(/\b(?:const|let)\s*[{[]([^}\]]*)[}\]]/g)].flatMap((match) => match[1]!.match(/\w+/g) ?? []),
    ...[...bare.matchAll(/^import\b[^'"]*/gm)].flatMap((match) => match[0].match(/\w+/g) ?? []),
  ])
  const used = [...bare.matchAll(/(?<![\w.#$])(?:\.\.\.)?([A-Za-z_]\w*)\b(?!\s*:(?!:)(?!\s*\())/g)].map((match) => match[1]!)
  const inTernary = [...bare.matchAll(/\?[^?:\n]*?\b([A-Za-z_]\w*)\s*:/g)].map((match) => match[1]!)
  return [...new Set([...used, ...inTernary])].filter((name) => !declared.has(name))
}

/** The literal that a comment claims, as source text, or undefined when it is prose. */
function claimOf(comment: string): string | undefined {
  try {
    // Names in it would be looked up, so only what evaluates without any is a claim.
    new Function(`'use strict'; return (${comment})`)()
    return comment
  } catch {
    return undefined
  }
}

function withClaims(code: string): { readonly code: string; readonly claims: number } {
  let claims = 0
  const lines = code.split('\n').map((line) => {
    const match = /^(?!\s|const|let|import|export|for|if|try|catch|\}|\/\/)(.*?\S)\s+\/\/ (.+)$/.exec(line)
    const claim = match && claimOf(match[2]!)
    if (!claim) return line
    claims++
    const expression = match[1]!.replace(/;$/, '')
    // What is printed is what is claimed.
    return `assert.deepEqual(${/^console\.log\((.*)\)$/.exec(expression)?.[1] ?? expression}, ${claim})`
  })
  return { code: lines.join('\n'), claims }
}

/** An example as the text of a module that lies anywhere. */
export function moduleText(example: Example): string {
  const { code, claims } = withClaims(example.code)
  const imports: string[] = claims > 0 ? ["import assert from 'node:assert/strict'"] : []
  const open = example.lenient ? openNames(viewCode(code).bare) : []
  const homes = example.home === undefined ? [] : [{ from: example.home, names: () => exportedNames(example.home!) }]
  for (const name of open) {
    const own = [...homes, ...sourcesOfNames].find((it) => it.names().has(name)) ?? anyHome(name, example.home)
    const from = own ? join(root, own.from) : packages.find((it) => it.names.has(name))?.from
    if (from !== undefined) imports.push(`import { ${isType(name, own?.from) ? 'type ' : ''}${name} } from '${from}'`)
  }
  const door = join(root, 'index.ts')
  return `${imports.join('\n')}\n${code.replace(/from 'troupe'/g, `from '${door}'`)}\nexport {}\n`
}

/** A product file that exports the name although no door does: one of the example's own folder, if there is any. */
function anyHome(name: string, home: string | undefined): { readonly from: string } | undefined {
  const near = (path: string): boolean => path.split('/')[0] === home?.split('/')[0]
  const found = productFiles.filter((file) => near(file.path) && exportedNames(file.path).has(name))
  return found[0] && { from: found[0].path }
}

/** Whether a name is a type only: looked for in all product files, because doors pass names on. */
function isType(name: string, from: string | undefined): boolean {
  if (from === undefined || from.startsWith('test/')) return false
  const value = new RegExp(`^export (?:abstract )?(?:async )?(?:const|let|function\\*?|class) ${name}\\b`, 'm')
  return !productFiles.some((file) => value.test(file.code))
}
