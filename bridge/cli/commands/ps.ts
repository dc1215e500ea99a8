/**
 * Owns: `troupe ps`: the supervision tree, and the actors by kind or one by one.
 * Does not own: the tree's drawing (render/supervision-tree).
 * Invariants: CM1, CM2.
 */

import { type ActorStatus, formatAddress, type Json } from '#runtime'
import { countArgument } from '../arguments.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import type { CommandResult } from '../command-result.ts'
import type { ActorLine, KindLine } from '../host.ts'
import { oneLine, table } from '../render/columns.ts'
import { ago, count, plural } from '../render/numbers.ts'
import type { Style, Tone } from '../render/style.ts'
import { type TreeNode, treeLines } from '../render/supervision-tree.ts'

const statuses = ['active', 'done', 'error', 'quarantined', 'stopped'] as const satisfies readonly ActorStatus[]

const statusTones: { readonly [S in ActorStatus]: Tone } = {
  active: 'good',
  done: 'quiet',
  error: 'bad',
  quarantined: 'bad',
  stopped: 'quiet',
}

export const psCommand: CommandDefinition = {
  usage: 'ps',
  summary: 'show the supervision tree and the actors',
  options: [
    { flags: '--kind <kind>', summary: 'list the actors of this kind' },
    { flags: '--status <status>', summary: 'list the actors with this status', choices: statuses },
    { flags: '--limit <n>', summary: 'list at most so many actors (default 50)' },
  ],
  examples: ['ps', 'ps --kind execution --status error', 'ps --kind execution --limit 500 --json'],
  async run(context, input) {
    const kind = textOf(input, 'kind')
    const status = textOf(input, 'status') as ActorStatus | undefined
    const limit = countArgument('--limit', textOf(input, 'limit'), 50)
    return context.withSession(async (session) => {
      if (kind === undefined && status === undefined) return overview(await session.tree(), await session.kinds())
      const filter = { limit: limit + 1, ...(kind === undefined ? {} : { kind }), ...(status === undefined ? {} : { status }) }
      return list(await session.actors(filter), limit, context.clock.now())
    })
  },
}

function overview(tree: TreeNode, kinds: readonly KindLine[]): CommandResult {
  return {
    data: { tree, kinds } as unknown as Json,
    lines: (style) => [...treeLines(tree, style), '', ...kindLines(kinds, style)],
  }
}

function kindLines(kinds: readonly KindLine[], style: Style): string[] {
  if (kinds.length === 0) return [style.paint('quiet', 'No actor is stored yet.')]
  const numbers = ['living', ...statuses].map((title) => ({ title, align: 'right' as const }))
  const rows = kinds.map(({ kind, living, statuses: counts }) => [
    kind,
    count(living),
    ...statuses.map((status) => {
      const times = counts[status] ?? 0
      return times === 0 ? style.symbols.dot : style.paint(statusTones[status], count(times))
    }),
  ])
  return table([{ title: 'actors', shrinks: true }, ...numbers], rows, style.columns)
}

function list(found: readonly ActorLine[], limit: number, now: number): CommandResult {
  const actors = found.slice(0, limit)
  const more = found.length > limit
  return {
    data: { actors, more } as unknown as Json,
    lines(style) {
      if (actors.length === 0) return [style.paint('quiet', 'No actor fits.')]
      const columns = [
        { title: 'address', shrinks: true },
        { title: 'status' },
        { title: '' },
        { title: 'version', align: 'right' as const },
        { title: 'sequence', align: 'right' as const },
        { title: 'last turn', align: 'right' as const },
      ]
      const rows = actors.map((actor) => [
        oneLine(formatAddress(actor.address)),
        style.paint(statusTones[actor.status], actor.status),
        actor.living ? 'living' : '',
        String(actor.version),
        count(actor.sequence),
        ago(actor.updatedAt, now),
      ])
      const note = more
        ? [style.paint('quiet', `and more; see all with --limit`)]
        : [style.paint('quiet', plural(actors.length, 'actor'))]
      return [...table(columns, rows, style.columns), ...note]
    },
  }
}
