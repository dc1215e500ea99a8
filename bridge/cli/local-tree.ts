/**
 * Owns: a supervision tree of this process, collected from its supervisors.
 * Does not own: drawing it.
 * Invariants: LT1 supervisors are asked, so that the tree is theirs; one that does not answer in time is shown as busy, without children.
 */

import { formatAddress, type ProcessTable, type Ref } from '#runtime'
import { supervisorClient } from '#supervisors'
import type { TreeNode } from './render/supervision-tree.ts'

const patience = 2000

/** @param root the supervisor at its root */
export function supervisionTree(processes: ProcessTable, root: Ref): Promise<TreeNode> {
  return branch(processes, root, 'troupe')
}

async function branch(processes: ProcessTable, ref: Ref, label: string): Promise<TreeNode> {
  const client = supervisorClient(processes, ref)
  const asked = await Promise.all([within(processes, client.whichChildren()), within(processes, client.history())])
  const [rows, history] = asked
  if (!rows || !history) return { label, type: 'supervisor', status: 'busy', children: [] }
  const children = await Promise.all(
    [...rows].reverse().map((row): Promise<TreeNode> => {
      const name = typeof row.ref === 'object' && row.ref.address ? formatAddress(row.ref.address) : String(row.id ?? 'child')
      if (row.ref === 'restarting' || row.ref === undefined) {
        return Promise.resolve({
          label: name,
          type: row.type,
          status: row.ref === undefined ? 'done' : 'restarting',
          children: [],
        })
      }
      if (row.type === 'supervisor') return branch(processes, row.ref, row.id === null ? name : String(row.id))
      return Promise.resolve(leaf(processes, row.ref, name))
    }),
  )
  return { label, type: 'supervisor', status: 'running', restarts: history.total, children }
}

function leaf(processes: ProcessTable, ref: Ref, label: string): TreeNode {
  const info = processes.info(ref)
  return { label, type: 'worker', status: info?.status ?? 'done', mailbox: info?.mailbox ?? 0, children: [] }
}

/** The answer, or undefined when it takes longer than a person waits. */
function within<T>(processes: ProcessTable, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = processes.deadlines.add(patience, () => resolve(undefined))
    answer.then(resolve, reject).finally(() => deadline.cancel())
  })
}
