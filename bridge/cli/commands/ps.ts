/**
 * Owns: `troupe ps`: the supervision tree, and the actors by kind or one by one.
 * Does not own: the tree's drawing (render/supervision-tree).
 * Invariants: CM1, CM2.
 */

import { type ActorStatus, formatAddress, type Json } from '#runtime'
import { countArgument } from '../arguments.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import type { CommandResult } from '../command-result.ts'
import type { ActorLine, KindLine, OwnerLine } from '../host.ts'
import { cut, oneLine, table } from '../render/columns.ts'
import { ago, count, duration, plural } from '../render/numbers.ts'
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
    { flags: '--state <state>', summary: 'list the machines in this state: failed, running, running.calling' },
    { flags: '--limit <n>', summary: 'list at most so many actors (default 50)' },
  ],
  examples: ['ps', 'ps --kind execution --state failed', 'ps --kind execution --limit 500 --json'],
  async run(context, input) {
    const kind = textOf(input, 'kind')
    const status = textOf(input, 'status') as ActorStatus | undefined
    const state = textOf(input, 'state')
    const limit = countArgument('--limit', textOf(input, 'limit'), 50)
    return context.withView(async (view) => {
      if (kind === undefined && status === undefined && state === undefined)
        return overview(await view.tree(), await view.owners(), await view.kinds())
      const found = await view.actors({
        limit: limit + 1,
        ...(kind === undefined ? {} : { kind }),
        ...(status === undefined ? {} : { status }),
        ...(state === undefined ? {} : { state }),
      })
      return list(found, limit, context.clock.now())
    })
  },
}

function overview(tree: TreeNode, owners: readonly OwnerLine[], kinds: readonly KindLine[]): CommandResult {
  return {
    data: { tree, owners, kinds } as unknown as Json,
    lines: (style) => [...treeLines(tree, style), '', ...ownerLines(owners, style), '', ...kindLines(kinds, style)],
  }
}

function ownerLines(owners: readonly OwnerLine[], style: Style): string[] {
  if (owners.length === 0) return [style.paint('quiet', 'No process runs these actors now.')]
  return owners.map(({ owner, partitions, remaining }) => {
    const told = `${oneLine(owner)} runs ${plural(partitions, 'partition')}; its lease ends in ${duration(remaining)} unless it lives`
    return `${style.paint('good', style.symbols.living)} ${cut(told, style.columns - 2)}`
  })
}

function kindLines(kinds: readonly KindLine[], style: Style): string[] {
  if (kinds.length === 0) return [style.paint('quiet', 'No actor is stored yet.')]
  const shown = statuses.filter(
    (status) => status === 'active' || kinds.some(({ statuses: counts }) => (counts[status] ?? 0) > 0),
  )
  const numbers = shown.map((title) => ({ title, align: 'right' as const }))
  const rows = kinds.map(({ kind, statuses: counts, states }) => [
    kind,
    ...shown.map((status) => {
      const times = counts[status] ?? 0
      return times === 0 ? style.symbols.dot : style.paint(statusTones[status], count(times))
    }),
    stateCounts(states),
  ])
  return table([{ title: 'actors' }, ...numbers, { title: 'states', shrinks: true }], rows, style.columns)
}

const stateCounts = (states: KindLine['states']): string =>
  Object.entries(states)
    .sort(([, a], [, b]) => b - a)
    .map(([state, times]) => `${count(times)} ${oneLine(state)}`)
    .join(', ')

function list(found: readonly ActorLine[], limit: number, now: number): CommandResult {
  const actors = found.slice(0, limit)
  const more = found.length > limit
  return {
    data: { actors, more } as unknown as Json,
    lines(style) {
      if (actors.length === 0) return [style.paint('quiet', 'No actor fits.')]
      const columns = [
        { title: 'address', shrinks: true },
        { title: 'state' },
        { title: 'status' },
        { title: 'sequence', align: 'right' as const },
        { title: 'last turn', align: 'right' as const },
      ]
      const rows = actors.map((actor) => [
        oneLine(formatAddress(actor.address)),
        actor.state === undefined ? style.symbols.dot : oneLine(actor.state),
        style.paint(statusTones[actor.status], actor.status),
        count(actor.sequence),
        ago(actor.updatedAt, now),
      ])
      const note = more ? 'and more; see them with --limit' : plural(actors.length, 'actor')
      return [...table(columns, rows, style.columns), style.paint('quiet', note)]
    },
  }
}
