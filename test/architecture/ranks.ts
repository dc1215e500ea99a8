/**
 * Owns: the ranks of the project's files and the doors between its folders, as data and pure functions.
 * Does not own: reading files.
 * Invariants: RA1 imports run downwards only, types included. RA2 a file of another top folder is reached only through its door.
 */

import type { SourceFile } from './source-files.ts'

/** Lowest first. A file has the rank of the first pattern that fits it. */
const ranks: readonly { readonly rank: string; readonly files: RegExp }[] = [
  { rank: 'runtime/kernel', files: /^runtime\/kernel\// },
  { rank: 'runtime/telemetry, runtime/transport', files: /^runtime\/(telemetry|transport)\// },
  { rank: 'runtime/delivery', files: /^runtime\/delivery\// },
  { rank: 'runtime/cluster', files: /^runtime\/cluster\// },
  { rank: 'runtime', files: /^runtime\/index\.ts$/ },
  { rank: 'supervisors and pure actors', files: /^(supervisors|actors\/[^/]+)\// },
  { rank: 'actors', files: /^actors\// },
  { rank: 'store and bridge', files: /^(store|bridge)\// },
  { rank: 'main.ts', files: /^(main|troupe-config)\.ts$/ },
  { rank: 'index.ts', files: /^index\.ts$/ },
  { rank: 'programs', files: /^(examples|test)\// },
]

export const rankNames: readonly string[] = ranks.map(({ rank }) => rank)

export function rankOf(path: string): number {
  return ranks.findIndex(({ files }) => files.test(path))
}

/** The unit within which imports are relative: a top folder, or the project's own folder for files at its top. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.'
}

/** What is wrong with the imports of one file. */
export function misplacedImports(file: SourceFile): readonly string[] {
  const own = rankOf(file.path)
  const folder = folderOf(file.path)
  return file.imports.flatMap(({ specifier, file: target, line }) => {
    const where = `${file.path}:${line} imports ${specifier}`
    if (target === undefined) return specifier.startsWith('#') ? [`${where}: there is no such door in package.json`] : []
    const problems: string[] = []
    const other = rankOf(target)
    const inside = folderOf(target) === folder
    if (specifier.startsWith('.') && !specifier.endsWith('.ts') && !specifier.endsWith('.json'))
      problems.push(`${where}: name the file with its ending`)
    if (!inside && specifier.startsWith('.'))
      problems.push(`${where}: another folder is reached through its door (#${folderOf(target)})`)
    if (inside && specifier.startsWith('#') && folder !== '.') problems.push(`${where}: inside a folder imports are relative`)
    if (other > own) problems.push(`${where}: ${rankNames[own]} may not import from ${rankNames[other]}`)
    if (other === own && !inside && own !== rankNames.length - 1) problems.push(`${where}: ${folderOf(target)} has the same rank`)
    return problems
  })
}

/** One cycle of the import graph as a chain of paths, or undefined when there is none. */
export function findCycle(files: readonly SourceFile[]): readonly string[] | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const open: string[] = []
  const visit = (path: string): readonly string[] | undefined => {
    if (done.has(path)) return undefined
    if (open.includes(path)) return [...open.slice(open.indexOf(path)), path]
    open.push(path)
    for (const { file } of byPath.get(path)?.imports ?? []) {
      const cycle = file === undefined ? undefined : visit(file)
      if (cycle) return cycle
    }
    open.pop()
    done.add(path)
    return undefined
  }
  for (const path of byPath.keys()) {
    const cycle = visit(path)
    if (cycle) return cycle
  }
  return undefined
}
