/**
 * Owns: the supervision tree of a Troupe in this process, collected from its supervisors.
 * Does not own: drawing it.
 * Invariants: LT1 supervisors are asked, so that the tree is theirs; one that does not answer in time is shown as busy, without children.
 */

import { formatAddress, type Ref } from '#runtime'
import { supervisorClient } from '#supervisors'
import type { LocalTroupe } from './local-troupe.ts'
import type { NodeStatus, TreeNode } from './render/supervision-tree.ts'

const patience = 2000

export function supervisionTree(troupe: LocalTroupe): Promise<TreeNode> {
  return branch(troupe, troupe.tree.target, 'troupe')
}

async function branch(troupe: LocalTroupe, ref: Ref, label: string): Promise<TreeNode> {
  const { processes } = troupe.system
  const client = supervisorClient(processes, ref)
  const asked = await Promise.all([within(troupe, client.whichChildren()), within(troupe, client.history())])
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
      if (row.type === 'supervisor') return branch(troupe, row.ref, row.id === null ? name : String(row.id))
      return Promise.resolve(leaf(troupe, row.ref, name))
    }),
  )
  return { label, type: 'supervisor', status: 'running', restarts: history.total, children }
}

function leaf(troupe: LocalTroupe, ref: Ref, label: string): TreeNode {
  const info = troupe.system.processes.info(ref)
  const status: NodeStatus = info?.status ?? 'done'
  const inbox = ref.address && troupe.system.durable.known(ref.address)
  const sequence = inbox?.shown?.sequence
  return {
    label,
    type: 'worker',
    status,
    mailbox: inbox?.size ?? info?.mailbox ?? 0,
    ...(sequence === undefined ? {} : { detail: `seq ${sequence}` }),
    children: [],
  }
}

/** The answer, or undefined when it takes longer than a person waits. */
function within<T>(troupe: LocalTroupe, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = troupe.system.processes.deadlines.add(patience, () => resolve(undefined))
    answer.then(resolve, reject).finally(() => deadline.cancel())
  })
}
