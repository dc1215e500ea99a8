/**
 * Owns: what holds on one node of the rows about several nodes, otp-semantics §2.10, rows 107 to 114.
 * Does not own: membership, leases, moving actors between nodes. Rows 109 (redistribution), 111 (network partitions), 113 and 114
 * (conflicting trackers, quorum) say nothing about a single node.
 * Invariants: S19, S21, RG1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killed, type Ref, shutdown } from '#runtime'
import { type ChildSpec, Registry, startSupervisor } from '#supervisors'
import { boom, counts, refusal, refusalOf, Stage } from './stage.ts'

const hour = 3_600_000

test('§2.10 #107 (one node) all 200 children of a killed supervisor are counted again under its next life', async () => {
  const stage = new Stage()
  const children = Array.from({ length: 200 }, (_, i) => stage.child(`c${i}`))
  let sub: Ref | undefined
  const start: ChildSpec['start'] = async (starter) => {
    const result = await startSupervisor({ children })(starter)
    if (result.started === 'ok') sub = result.ref
    return result
  }
  await stage.supervise({ intensity: 3, period: hour, children: [{ id: 'sub', type: 'supervisor', start }] })
  const first = sub as Ref
  stage.processes.exit(first, killed)
  await stage.quiet()
  assert.notEqual((sub as Ref).id, first.id)
  const count = (await stage.run(stage.processes.call(sub as Ref, { ask: 'count_children' }))) as { active: number }
  assert.equal(count.active, 200)
  assert.ok(children.every((child) => stage.starts(String(child.id)) === 2 && stage.alive(String(child.id))))
})

test('§2.10 #108 (one node) at a graceful end quick and slow children are asked at once; the quick one is free while the slow one ends', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic' })
  await stage.run(top.startChild(stage.child('quick', { slow: 500 })))
  await stage.run(top.startChild(stage.child('slow', { slow: 4000 })))
  stage.takeLog()
  const stopping = top.stop(shutdown)
  await stage.settle()
  assert.deepEqual(stage.takeLog(), ['quick stop shutdown', 'slow stop shutdown'])
  await stage.sources.advance(500)
  assert.deepEqual(stage.takeLog(), ['quick end shutdown'])
  assert.ok(stage.alive('slow'))
  const elsewhere = await stage.begin({ strategy: 'dynamic' }, 'elsewhere')
  const moved = elsewhere.startChild(stage.child('quick'))
  await stage.settle()
  assert.ok((await moved).ref)
  assert.ok(stage.alive('slow'))
  await stage.run(stopping)
  assert.deepEqual(stage.takeLog(), ['quick start', 'slow end shutdown', 'top end shutdown'])
})

test('§2.10 #110 (one node) of two that want one name exactly one holds it; the loser knows the winner and keeps its other keys until it dies', async () => {
  const stage = new Stage()
  const registry = new Registry(stage.processes, { name: 'names', keys: 'unique', partitions: 4 })
  await stage.supervise({ children: [{ id: 'names', type: 'supervisor', start: registry.start }] })
  const [winner, loser] = [await stage.probe(), await stage.probe({ trapExits: false })]
  registry.register(loser.ref, 'other')
  registry.register(winner.ref, 'name')
  assert.equal(refusalOf(() => registry.register(loser.ref, 'name'), 'registry.taken').fields.ref, winner.ref.id)
  assert.deepEqual(
    registry.lookup('name').map((entry) => entry.ref),
    [winner.ref],
  )
  assert.equal(registry.whereis('other'), loser.ref)
  stage.processes.exit(loser.ref, boom)
  await stage.quiet()
  assert.deepEqual(registry.lookup('other'), [])
  assert.equal(registry.whereis('name'), winner.ref)
})

test('§2.10 #112 (one node) a slow init that fails during start_child blocks nobody for ever, and a crash below rest_for_one is seen above', async () => {
  const stage = new Stage()
  const top = await stage.supervise({ strategy: 'dynamic', intensity: 1, period: hour })
  const failing = refusal(top.startChild(stage.child('a', { plan: ['throw'], slowStart: 1000 })), 'child.start_failed')
  const queued = top.startChild(stage.child('b'))
  await stage.run(failing)
  assert.ok((await stage.run(queued)).ref)
  assert.deepEqual(await counts(stage, top), [1, 1, 0, 1])
  const nested: ChildSpec = {
    id: 'nested',
    type: 'supervisor',
    start: startSupervisor({ strategy: 'rest_for_one', intensity: 0, children: [stage.child('x'), stage.child('y')] }),
  }
  await stage.run(top.startChild(nested))
  await stage.end('x')
  assert.equal((await stage.run(top.history())).restarts.at(-1)?.reason.type, 'gave_up')
  assert.equal(stage.starts('y'), 2)
  await stage.end('y')
  const end = stage.endOf(top.target)
  assert.equal(end?.type, 'gave_up')
})
