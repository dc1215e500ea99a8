/**
 * Owns: the state of a cell as plain data and back: the tree of actors with their snapshots, history, armed timers, next numbers.
 * Does not own: contexts inside of it (plain-refs), rows of timers and effects (store).
 * Invariants: J1. PC1 a state that was read back decides as the one that was written would have. PC2 what cannot be restored is refused by
 * name, never left out.
 */

import type { AnyActorLogic } from 'xstate'
import { formatAddress } from '../address.ts'
import type { Json } from '../json.ts'
import { kernelErrors } from '../kernel-errors.ts'
import { type Armed, type ArmedTimers, noTimers } from './armed-timers.ts'
import { CellActor } from './cell-actor.ts'
import type { CellState, CellSystem } from './cell-system.ts'
import { type InActor, life } from './in-cell.ts'
import { fromPlain, toPlain } from './plain-refs.ts'
import type { AnySnapshot, InvokeConfig, MachineShape, Node } from './xstate-shapes.ts'

/** The user's part of an actor: what an upcaster is given. */
interface PersistedSnapshot {
  readonly status: AnySnapshot['status']
  /** Ids of the active nodes in the order in which they were entered. */
  readonly entered?: readonly string[]
  readonly partial?: true
  readonly [member: string]: unknown
}

interface PersistedChild {
  readonly id: string
  readonly session: string
  readonly src: string
  readonly running: boolean
  readonly systemId?: string
  readonly sync?: true
  /** Its id was taken by another child: it lives, but its parent does not list it. */
  readonly unlisted?: true
  readonly snapshot: PersistedSnapshot
  readonly children?: readonly PersistedChild[]
}

export interface PersistedCell {
  readonly v: 1
  /** The next number for ids. */
  readonly next: number
  readonly snapshot: PersistedSnapshot
  readonly children?: readonly PersistedChild[]
  readonly timers?: readonly Armed[]
}

/** @throws `snapshot.not_json`, `logic.unsupported` */
export function persistCell({ system, snapshot, image }: CellState): Json {
  const owner = formatAddress(system.address)
  const byParent = Map.groupBy(image.actors, ([actor]) => actor._parent)
  const children = (of: InActor, now: AnySnapshot, path: string): readonly PersistedChild[] | undefined =>
    byParent.get(of)?.map(([child, remembered]) => {
      const listed = now.children?.[child.id] === child
      const written = persistChild(child, remembered.snapshot, remembered.life === life.running, `${path}children.${child.id}.`)
      return listed ? written : { ...written, unlisted: true }
    })
  const persistChild = (child: InActor, now: AnySnapshot, running: boolean, path: string): PersistedChild => {
    if (typeof child.src !== 'string')
      throw kernelErrors.make('logic.unsupported', {
        address: owner,
        what: `storing the child ${JSON.stringify(child.id)}, which was spawned from a logic without a name (name it in setup({ actors }))`,
      })
    const below = children(child, now, path)
    return {
      id: child.id,
      session: child.sessionId,
      src: child.src,
      running,
      ...(child.systemId === undefined ? {} : { systemId: child.systemId }),
      ...(child._syncSnapshot ? { sync: true as const } : {}),
      snapshot: writeSnapshot(now, path, owner),
      ...(below && { children: below }),
    }
  }
  const below = children(system.root, snapshot, '')
  const cell: PersistedCell = {
    v: 1,
    next: image.next,
    snapshot: writeSnapshot(snapshot, '', owner),
    ...(below && { children: below }),
    ...(image.timers.size > 0 ? { timers: [...image.timers.values()] } : {}),
  }
  return cell as unknown as Json
}

function writeSnapshot(snapshot: AnySnapshot, path: string, owner: string): PersistedSnapshot {
  return snapshot.machine ? writeMachine(snapshot, path, owner) : writeOther(snapshot, path, owner)
}

function writeMachine(snapshot: AnySnapshot, path: string, owner: string): PersistedSnapshot {
  const { status, value, output, error, historyValue = {}, _nodes = [] } = snapshot
  const plain = (what: unknown, name: string): Json => toPlain(what, `${path}${name}`, owner)
  const history = Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)])
  const whole = isWhole(_nodes)
  return {
    status,
    value,
    context: plain(snapshot.context, 'context'),
    ...(output === undefined ? {} : { output: plain(output, 'output') }),
    ...(error === undefined ? {} : { error: plain(error, 'error') }),
    ...(history.length > 0 ? { history: Object.fromEntries(history) } : {}),
    // XState picks eventless transitions in the order in which regions were entered, which the value alone does not tell.
    ...(whole && leavesOf(_nodes).length === 1 ? {} : { entered: _nodes.map((node) => node.id) }),
    ...(whole ? {} : { partial: true }),
  }
}

function writeOther(snapshot: AnySnapshot, path: string, owner: string): PersistedSnapshot {
  const { _subscription, ...members } = snapshot as AnySnapshot & { readonly _subscription?: unknown }
  const written: { [member: string]: unknown } = {}
  for (const [name, member] of Object.entries(members))
    if (member !== undefined) written[name] = toPlain(member, `${path}${name}`, owner)
  return written as unknown as PersistedSnapshot
}

/** Builds the actors that `data` describes into `system`, and asks again for what they live by. @throws when something has no place any more */
export function restoreCell(data: Json, logic: AnyActorLogic, system: CellSystem): void {
  const cell = data as unknown as PersistedCell
  if (cell?.v !== 1 || typeof cell.next !== 'number' || cell.snapshot === undefined)
    throw new TypeError('this is not a stored state of an XState logic: it has no version 1, next number and snapshot')
  const root = new CellActor({ system, id: formatAddress(system.address), sessionId: 'x:0', logic, src: logic })
  system.root = root
  const pairs: { actor: CellActor; snapshot: PersistedSnapshot; children: { [id: string]: CellActor } }[] = []
  const build = (actor: CellActor, snapshot: PersistedSnapshot, children: readonly PersistedChild[] = []): void => {
    const below: { [id: string]: CellActor } = {}
    pairs.push({ actor, snapshot, children: below })
    for (const child of children) {
      const found = referenced(actor.logic as unknown as MachineShape, child.src)
      if (!found)
        throw new TypeError(`the machine of ${actor.id} has no actor ${JSON.stringify(child.src)} for its child ${child.id}`)
      const made = new CellActor({
        system,
        id: child.id,
        sessionId: child.session,
        logic: found,
        src: child.src,
        parent: actor,
        systemId: child.systemId,
        syncSnapshot: child.sync,
      })
      made._processingStatus = child.running ? life.running : life.stopped
      if (!child.unlisted) below[child.id] = made
      build(made, child.snapshot, child.children)
    }
  }
  build(root, cell.snapshot, cell.children)
  root._processingStatus = cell.snapshot.status === 'active' ? life.running : life.stopped
  // References in contexts may point anywhere in the tree, so every actor is there before the first snapshot is read.
  for (const { actor, snapshot, children } of pairs) actor._snapshot = readSnapshot(actor, snapshot, children)
  system.restored(cell.next, timersOf(cell))
  for (const { actor } of pairs) if (actor._processingStatus === life.running) actor.resume()
}

function timersOf({ timers }: PersistedCell): ArmedTimers {
  return timers === undefined ? noTimers : new Map(timers.map((timer) => [timer.id, timer]))
}

/** The logic that a machine knows by `src`, as XState resolves it: a name of its setup, or the place of an inline invoke. */
function referenced(machine: MachineShape, src: string): AnyActorLogic | undefined {
  const inline = /^xstate\.invoke\.(\d+)\.(.*)/.exec(src)
  if (!inline) return machine.implementations?.actors[src]
  const invoke = machine.idMap.get(inline[2]!)?.config.invoke
  const config = (Array.isArray(invoke) ? invoke[Number(inline[1])] : invoke) as InvokeConfig | undefined
  return config?.src as AnyActorLogic | undefined
}

function readSnapshot(actor: CellActor, data: PersistedSnapshot, children: { [id: string]: CellActor }): AnySnapshot {
  const { system, logic, scope } = actor
  if (actor.kind.name !== 'machine') {
    const read = fromPlain(data, system) as object
    const snapshot = { output: undefined, error: undefined, ...read } as AnySnapshot
    return logic.restoreSnapshot ? logic.restoreSnapshot(snapshot, scope) : snapshot
  }
  const restored = logic.restoreSnapshot!(
    {
      status: data.status,
      value: data.value,
      context: {},
      output: fromPlain(data.output, system),
      error: fromPlain(data.error, system),
      historyValue: {},
      children: {},
    },
    scope,
  )
  const { idMap } = restored.machine!
  const history = Object.entries((data.history ?? {}) as { [id: string]: readonly string[] })
  const nodes = inOrder(restored._nodes ?? [], idMap, data)
  return Object.assign(restored, {
    context: fromPlain(data.context, system),
    children,
    value: data.value,
    historyValue: Object.fromEntries(history.map(([id, ids]) => [id, ids.map((node) => idMap.get(node)).filter((node) => node)])),
    _nodes: nodes,
    tags: new Set(nodes.flatMap((node) => node.tags)),
  })
}

function leavesOf(nodes: readonly Node[]): readonly Node[] {
  return nodes.filter((node) => node.type === 'atomic' || node.type === 'final')
}

/** True when the nodes are a whole configuration: each with its parent, compound ones with one child, parallel ones with all of theirs. */
function isWhole(nodes: readonly Node[]): boolean {
  const active = new Set(nodes)
  const whole = (node: Node): boolean => {
    if (node.parent && !active.has(node.parent)) return false
    const below = Object.values(node.states).filter((child) => child.type !== 'history')
    const count = below.filter((child) => active.has(child)).length
    return node.type === 'parallel' ? count === below.length : node.type !== 'compound' || count === 1
  }
  return nodes.every(whole) && nodes.some((node) => !node.parent)
}

/**
 * The nodes in the order in which they were entered, unless the machine, or an upcaster, has changed which ones they are. A partial
 * configuration, as some transitions across regions leave it in XState, cannot be told from its value: there the stored nodes are right.
 */
function inOrder(
  nodes: readonly Node[],
  idMap: ReadonlyMap<string, Node>,
  { entered, partial }: { readonly entered?: readonly string[]; readonly partial?: boolean },
): readonly Node[] {
  if (!entered) return nodes
  const ordered = entered.map((id) => idMap.get(id)).filter((node) => node !== undefined)
  if (ordered.length !== entered.length) return nodes
  const leaves = new Set(leavesOf(ordered))
  return partial || (leavesOf(nodes).every((leaf) => leaves.delete(leaf)) && leaves.size === 0) ? ordered : nodes
}
