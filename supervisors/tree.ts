/**
 * Owns: the platform's own supervision tree as data, and turning such data into supervisors once every slot is filled.
 * Does not own: what runs in the slots (main fills them).
 * Invariants: TR1 a slot that must be filled and is not refuses the start before anything runs. TR2 the tree starts in the order in which it
 * is written and stops in the reverse one, by the same supervisors as everything else.
 */

import type { ChildSpec, ChildType, Restart, Shutdown, StartFunction, SupervisionContext } from './child-spec.ts'
import { supervisionErrors } from './supervision-errors.ts'
import { startSupervisor } from './supervisor.ts'
import { type RunningSupervisor, superviseAll } from './supervisor-client.ts'
import type { SupervisorSpec } from './supervisor-spec.ts'

/** A place for a child that somebody else starts. */
export interface TreeSlot {
  readonly slot: string
  /** What it is for, for people. */
  readonly does: string
  readonly restart?: Restart
  readonly shutdown?: Shutdown
  readonly type?: ChildType
  /** Left out when nobody fills it. */
  readonly optional?: boolean
}

/** A supervisor of slots and other supervisors. */
export interface TreeBranch {
  readonly supervisor: string
  readonly does: string
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  /** Default 3 restarts in 5000 milliseconds. */
  readonly intensity?: number
  readonly period?: number
  readonly children: readonly TreeNode[]
}

export type TreeNode = TreeSlot | TreeBranch

/**
 * The tree of the platform. rest_for_one, because each line lives on the ones above it: when the store is restarted, whoever
 * held leases or actors through it must start again too, but not the other way round. What the host gives, or the composition
 * root runs itself, stays empty.
 */
export const platformTree: TreeBranch = {
  supervisor: 'troupe',
  does: 'everything that one runtime runs',
  strategy: 'rest_for_one',
  children: [
    { slot: 'store', does: 'the connection to the database, migrated', shutdown: 10_000, optional: true },
    {
      supervisor: 'delivery',
      does: 'messages, timers and their owner',
      strategy: 'rest_for_one',
      children: [
        { slot: 'leases', does: 'claims and renews the partitions of this node', shutdown: 10_000, optional: true },
        { slot: 'actors', does: 'the durable and volatile actors', type: 'supervisor', shutdown: 30_000 },
        { slot: 'timers', does: 'turns due timers into messages', optional: true },
        { slot: 'outbox', does: 'carries committed messages to their actors', optional: true },
      ],
    },
    { slot: 'models', does: 'language models: the bundled one and the providers', optional: true },
    { slot: 'tasks', does: 'work that actors asked for: model calls and other effects', type: 'supervisor', optional: true },
    { slot: 'edge', does: 'doors to the outside: HTTP, command line', type: 'supervisor', optional: true },
  ],
}

/** Start functions by slot. */
export type TreeFilling = { readonly [slot: string]: StartFunction | undefined }

const isSlot = (node: TreeNode): node is TreeSlot => 'slot' in node

/** The slots of a tree in the order in which they start. */
export function slotsOf(node: TreeNode): readonly TreeSlot[] {
  return isSlot(node) ? [node] : node.children.flatMap(slotsOf)
}

/**
 * The supervisor spec of a branch with its slots filled.
 *
 * @throws `tree.unfilled`
 */
export function treeSpec(branch: TreeBranch, filling: TreeFilling): SupervisorSpec {
  const { strategy, intensity = 3, period = 5000 } = branch
  return { strategy, intensity, period, children: branch.children.flatMap((node) => childOf(node, filling)) }
}

function childOf(node: TreeNode, filling: TreeFilling): ChildSpec[] {
  if (!isSlot(node)) {
    const start = startSupervisor(treeSpec(node, filling), { name: node.supervisor })
    return [{ id: node.supervisor, type: 'supervisor', start }]
  }
  const { slot, restart, shutdown, type, optional } = node
  const start = filling[slot]
  if (!start) {
    if (optional) return []
    throw supervisionErrors.make('tree.unfilled', { slot, filled: Object.keys(filling).join(', ') })
  }
  return [{ id: slot, start, ...(restart && { restart }), ...(shutdown !== undefined && { shutdown }), ...(type && { type }) }]
}

/**
 * Starts a tree; resolves when all of it runs.
 *
 * @throws `tree.unfilled`, `server.start_failed` (what had been started is stopped again)
 * @example
 * const tree = await startTree(context, platformTree, { actors: startSupervisor({ strategy: 'dynamic' }) })
 * await tree.stop()
 */
export async function startTree(
  context: SupervisionContext,
  branch: TreeBranch,
  filling: TreeFilling,
): Promise<RunningSupervisor> {
  const spec = treeSpec(branch, filling)
  return (await superviseAll(context, spec, { name: branch.supervisor })) as RunningSupervisor
}
