/**
 * Owns: a supervision tree as lines, folded so that it can be read.
 * Does not own: collecting it (the session).
 * Invariants: SV1 each line fits the width. SV2 what is folded away is counted in its place.
 */

import { cut, ends, oneLine, widthOf } from './columns.ts'
import { count, plural } from './numbers.ts'
import type { Style, Tone } from './style.ts'

export type NodeStatus =
  | 'running'
  | 'busy'
  | 'waiting'
  | 'paused'
  | 'starting'
  | 'stopping'
  | 'restarting'
  | 'stored'
  | 'failed'
  | 'done'

export interface TreeNode {
  readonly label: string
  readonly type: 'supervisor' | 'worker'
  readonly status: NodeStatus
  /** `one_for_one`, `v3`, `seq 12`. */
  readonly detail?: string
  /** Waiting messages; shown when there are any. */
  readonly mailbox?: number
  /** Restarts that it performed (supervisor) or had (worker); shown when there are any. */
  readonly restarts?: number
  readonly children: readonly TreeNode[]
}

export interface TreeOptions {
  /** Most children of one node that are shown; default 12. The unwell ones are shown first. */
  readonly children?: number
}

const tones: { readonly [S in NodeStatus]: Tone } = {
  running: 'good',
  busy: 'accent',
  waiting: 'good',
  paused: 'warn',
  starting: 'accent',
  stopping: 'warn',
  restarting: 'bad',
  stored: 'quiet',
  failed: 'bad',
  done: 'quiet',
}
const unwell: ReadonlySet<NodeStatus> = new Set(['restarting', 'failed', 'paused', 'stopping'])

/**
 * @example
 * const root: TreeNode = { label: 'actors', type: 'supervisor', status: 'waiting', children: [] }
 * treeLines(root, styleOf()) // ['● actors']
 */
export function treeLines(root: TreeNode, style: Style, options: TreeOptions = {}): string[] {
  return [nodeLine(root, '', style), ...childLines(root, '', style, options.children ?? 12)]
}

function childLines(node: TreeNode, indent: string, style: Style, limit: number): string[] {
  const { branch, last, trunk, gap } = style.symbols
  const { shown, hidden } = folded(node.children, limit)
  const lines: string[] = []
  for (const [at, child] of shown.entries()) {
    const ending = at === shown.length - 1 && hidden === undefined
    lines.push(nodeLine(child, indent + (ending ? last : branch), style))
    lines.push(...childLines(child, indent + (ending ? gap : trunk), style, limit))
  }
  if (hidden !== undefined)
    lines.push(`${indent}${last}${style.paint('quiet', cut(hidden, style.columns - widthOf(indent) - 3))}`)
  return lines
}

/** The unwell children and the first ones in their own order, and a text that counts the others by status. */
function folded(children: readonly TreeNode[], limit: number): { shown: readonly TreeNode[]; hidden: string | undefined } {
  if (children.length <= limit) return { shown: children, hidden: undefined }
  const ranked = [...children.entries()].sort(([a, one], [b, two]) => weight(one) - weight(two) || a - b).slice(0, limit - 1)
  const kept = new Set(ranked.map(([at]) => at))
  const counts = new Map<NodeStatus, number>()
  for (const [at, child] of children.entries()) if (!kept.has(at)) counts.set(child.status, (counts.get(child.status) ?? 0) + 1)
  const parts = [...counts].map(([status, times]) => `${count(times)} ${status}`)
  return {
    shown: children.filter((_, at) => kept.has(at)),
    hidden: `${count(children.length - kept.size)} more: ${parts.join(', ')}`,
  }
}

const weight = (node: TreeNode): number => (unwell.has(node.status) ? 0 : 1)

function nodeLine(node: TreeNode, indent: string, style: Style): string {
  const { living, resting, restart } = style.symbols
  const dot = style.paint(tones[node.status], node.status === 'stored' || node.status === 'done' ? resting : living)
  const notes = [
    node.detail,
    node.mailbox ? plural(node.mailbox, 'message') : undefined,
    node.restarts ? `${restart} ${count(node.restarts)}` : undefined,
    node.type === 'supervisor' && (node.status === 'running' || node.status === 'waiting') ? undefined : node.status,
  ]
  const room = style.columns - widthOf(indent) - 4
  // The notes give way before the name does, otherwise nobody knows whose they are.
  const right = cut(notes.filter((note) => note !== undefined).join('  '), Math.max(0, room - 8), style.symbols.ellipsis)
  const name = cut(oneLine(node.label), Math.max(8, room - widthOf(right)), style.symbols.ellipsis)
  const tone: Tone = unwell.has(node.status) ? tones[node.status] : 'quiet'
  const label = node.type === 'supervisor' ? style.paint('strong', name) : name
  if (right === '') return `${style.paint('quiet', indent)}${dot} ${label}`
  return ends(`${style.paint('quiet', indent)}${dot} ${label}`, style.paint(tone, right), style.columns)
}
