/**
 * Owns: which files the architecture rules look at, with their text, and what each of them imports.
 * Does not own: the rules.
 * Invariants: SF1 every TypeScript file of the project is seen, tracked or not, but what is installed or built.
 */

import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CodeView, lineAt, viewCode } from './source-text.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Import {
  readonly specifier: string
  /** File within the project that it names, or undefined for a package or a builtin. */
  readonly file: string | undefined
  readonly line: number
}

export interface SourceFile extends CodeView {
  /** Path from the project's folder, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const doors: { readonly [specifier: string]: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).imports

/** Static imports and exports (also of types), dynamic imports and import types, in one expression each. */
const importForms = [
  /(?:^|[;\n])\s*(?:import|export)\b[^'"`;=]*?\bfrom\s*(['"])([^'"\n]+)\1/g,
  /(?:^|[;\n])\s*import\s*(['"])([^'"\n]+)\1/g,
  /\bimport\(\s*(['"])([^'"\n]+)\1/g,
]

/** The imports of a file; `bare` (see CodeView) tells code from text in strings that looks like it. */
export function importsOf(path: string, code: string, bare: string = code): readonly Import[] {
  return importForms
    .flatMap((form) => [...code.matchAll(form)])
    .filter((match) => /\b(import|export)\b/.test(bare.slice(match.index, match.index + match[0].length)))
    .map((match) => {
      const specifier = match[2]!
      return { specifier, file: resolve(path, specifier), line: lineAt(code, match.index + match[0].length) }
    })
    .sort((a, b) => a.line - b.line)
}

function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  const door = doors[specifier]
  return door === undefined ? undefined : join(door)
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const view = viewCode(text)
  return { path, text, ...view, imports: importsOf(path, view.code, view.bare) }
}

const all = globSync(['*.ts', '{runtime,supervisors,actors,store,bridge,examples,test}/**/*.ts'], { cwd: root }).map((path) =>
  path.replaceAll('\\', '/'),
)
/** Everything that is TypeScript. */
export const allFiles: readonly SourceFile[] = all.toSorted().map(readSource)
/** What is shipped. */
export const productFiles: readonly SourceFile[] = allFiles.filter((file) => !/^(test|examples)\//.test(file.path))

/** Fails with all findings at once, one a line, because fixing them one run at a time is slow. */
export function assertNone(findings: readonly string[], rule: string): void {
  if (findings.length > 0) throw new Error(`${rule}\n${findings.map((finding) => `  ${finding}`).join('\n')}`)
}
