/**
 * Owns: the parts of the documentation that are made from the sources: the tree of files, the list of errors, the list of events.
 * Does not own: the prose around them, writing them (write-docs.ts).
 * Invariants: GD1 the same sources give the same text.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { telemetryEvents } from '../../runtime/kernel/telemetry.ts'
import { doorCatalogues } from './catalogues.ts'
import { allFiles, root, type SourceFile } from './source-files.ts'

export interface GeneratedDoc {
  readonly path: string
  readonly text: string
}

/** What the folders are for, in DESIGN's words; a folder without a line here is shown by its name alone. */
const folders: { readonly [path: string]: string } = {
  'runtime/': 'moves messages and keeps one owner for each address; knows no domain word and no SQL',
  'runtime/kernel/': 'values and rules that need nothing else',
  'runtime/kernel/machine/': 'XState logic, interpreted by the turn',
  'runtime/telemetry/': 'sinks of telemetry events',
  'runtime/delivery/': 'turns, mailboxes, effects, timers and replies of living actors',
  'runtime/cluster/': 'who owns which partition',
  'supervisors/': 'who lives: strategies, links, monitors, names, the platform’s own tree',
  'actors/': 'thinks: actors at the top, pure calculation below',
  'store/': 'remembers: the only folder that speaks SQL',
  'store/migrations/': 'the schema’s history; only ever added to',
  'bridge/': 'touches what is not us: models, data sets, the command line',
  'actors/cognition/': 'signatures, adapters, modules as pure functions',
  'actors/evaluation/': 'data sets, splits, scores as pure functions',
  'bridge/models/': 'language models and the bundled text model',
  'bridge/datasets/': 'readers of data sets that come as packages',
  'bridge/cli/': 'the command troupe',
  'bridge/cli/commands/': 'one file a command',
  'bridge/cli/render/': 'what is shown, as pure functions to lines',
  'examples/': 'programs to start from',
  'test/': 'sees everything, is seen by nothing',
  'test/architecture/': 'rules about the sources themselves, and the generated docs',
  'test/bench/': 'benchmarks next to peers',
  'test/bridge/': 'tests of bridge/',
  'test/actors/': 'tests of actors/',
  'test/chaos/': 'kills of real processes, and the checker of what they left',
  'test/conformance/': 'runners of the golden corpora',
  'test/contract/': 'suites that every implementation of a port passes',
  'test/fixtures/': 'golden files',
  'test/fuzz/': 'malformed input by the thousands',
  'test/runtime/': 'tests of runtime/',
  'test/store/': 'tests of store/',
  'test/supervisors/': 'tests of supervisors/',
  'test/support/': 'what tests share: the run, waiting, a real Postgres',
  'test/types/': 'what must and what must not compile',
}

/** From the ground up, as the ranks run; the files at the top come last. */
const topOrder = [
  'runtime',
  'supervisors',
  'actors',
  'store',
  'bridge',
  'main.ts',
  'troupe-config.ts',
  'index.ts',
  'examples',
  'test',
]
const width = 118

/** Files of a folder before its sub-folders, otherwise by name. */
function byFolder(a: string, b: string): number {
  const [as, bs] = [a.split('/'), b.split('/')]
  for (let i = 0; ; i++) {
    const [lastA, lastB] = [i === as.length - 1, i === bs.length - 1]
    if (lastA !== lastB) return lastA ? -1 : 1
    if (as[i] !== bs[i] || lastA) return as[i]! < bs[i]! ? -1 : as[i]! > bs[i]! ? 1 : 0
  }
}

/** The first sentence of a file's header, as far as it fits on a line. */
export function purposeOf(file: SourceFile): string {
  const header = file.comments[0]?.text ?? ''
  const owns = /Owns: (.*?)\n \* Does not own:/s.exec(header)?.[1] ?? ''
  const text = owns.replace(/\s*\n \*\s*/g, ' ').trim()
  return (/^(.*?)[.;](\s|$)/.exec(text)?.[1] ?? text).replace(/\.$/, '')
}

function fitted(text: string, room: number): string {
  if (text.length <= room) return text
  return `${text.slice(0, text.lastIndexOf(' ', room - 1)).replace(/[,:;]$/, '')} …`
}

function treeLine(depth: number, name: string, purpose: string): string {
  const left = `${'  '.repeat(depth)}${name}`.padEnd(32)
  return `${left} ${fitted(purpose, width - left.length - 1)}`.trimEnd()
}

/** The tree of the project's files: every product file, and the folders of the tests. */
export function treeText(files: readonly SourceFile[] = allFiles): string {
  const lines: string[] = []
  const shown = new Set<string>()
  const place = ({ path }: SourceFile): number => topOrder.indexOf(path.split('/')[0]!)
  for (const file of files.toSorted((a, b) => place(a) - place(b) || byFolder(a.path, b.path))) {
    const parts = file.path.split('/')
    const listed = parts[0] === 'test' ? 2 : parts.length - 1
    for (let depth = 0; depth < Math.min(listed, parts.length - 1); depth++) {
      const folder = `${parts.slice(0, depth + 1).join('/')}/`
      if (shown.has(folder)) continue
      shown.add(folder)
      lines.push(treeLine(depth, `${parts[depth]}/`, folders[folder] ?? ''))
    }
    if (parts[0] !== 'test' || parts.length === 2) lines.push(treeLine(parts.length - 1, parts.at(-1)!, purposeOf(file)))
  }
  return lines.join('\n')
}

/** `text` with the block between its two marker comments replaced. @throws Error when a marker is missing */
export function withBlock(text: string, name: string, block: string): string {
  const [begin, end] = [`<!-- ${name}: generated by npm run docs -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`expected the markers ${begin} and ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`
}

async function errorsText(): Promise<string> {
  const sections = (await doorCatalogues()).map(({ name, folder, catalogue }) => {
    const rows = Object.entries(catalogue.entries).map(([code, entry]) => {
      const error = catalogue.make(code, entry.sample)
      return `### \`${code}\`\n\n> ${quoted(error.message)}\n\n${error.remedy}\n\nRetry: ${entry.retry} · for the ${entry.audience} · fields: ${fieldsOf(entry.sample)}`
    })
    return `## ${folder}: \`${name}\`\n\n${rows.join('\n\n')}`
  })
  return `# Errors

Every failure that Troupe reports, with an example of its message and its remedy. Compare errors by \`code\`: classes do not survive the way
between processes. *Retry* says whether trying again may help: never (the input is wrong), later (a passing state), elsewhere (another
node or provider). This page is made from the catalogues by \`npm run docs\`.

${sections.join('\n\n')}
`
}

function quoted(text: string): string {
  return text.replaceAll('\n', '\n> ')
}

function fieldsOf(sample: object): string {
  const names = Object.keys(sample).map((name) => `\`${name}\``)
  return names.length === 0 ? 'none' : names.join(', ')
}

function telemetryText(): string {
  const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || '–'
  const rows = Object.entries(telemetryEvents)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, it]) => `| \`${name}\` | ${it.when} | ${it.level} | ${list(it.measurements)} | ${list(it.metadata)} |`)
  return `# Telemetry

Everything that Troupe tells about itself goes through one door as a typed event. Measurements are numbers (\`milliseconds\` and \`late\` in
milliseconds, \`bytes\` in bytes, everything else a count), metadata are texts. Pass your own sink as \`createTroupe({ telemetry })\`, your pino
logger as \`createTroupe({ logger })\` (each event is one line at its level, with \`event\`, all measurements and all metadata as fields), and read
counters and histograms from \`troupe.metrics\`. This page is made from the catalogue by \`npm run docs\`.

| event | when | level | measurements | metadata |
|---|---|---|---|---|
${rows.join('\n')}
`
}

/** Every generated document as it should be on disk. */
export async function generatedDocs(): Promise<readonly GeneratedDoc[]> {
  const architecture = 'docs/ARCHITECTURE.md'
  const prose = readFileSync(join(root, architecture), 'utf8')
  return [
    { path: architecture, text: withBlock(prose, 'tree', `\`\`\`text\n${treeText()}\n\`\`\``) },
    { path: 'docs/ERRORS.md', text: await errorsText() },
    { path: 'docs/TELEMETRY.md', text: telemetryText() },
  ]
}
