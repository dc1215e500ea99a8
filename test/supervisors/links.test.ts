/**
 * Owns: links, monitors and exit signals, as supervision relies on them: otp-semantics 1.11.
 * Does not own: the process table's own tests (runtime).
 * Invariants: P1, P2, P3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, type ExitReason, killed, noproc, normal, shutdown } from '#runtime'
import { boom, Stage, spawned } from './stage.ts'

test('L1, L2 a link hands an abnormal end to a plain peer, a message to a trapping one, and nothing of a normal end to a plain one', async () => {
  const cases: [ExitReason, boolean][] = [
    [normal, true],
    [shutdown, false],
    [boom, false],
    [killed, false],
  ]
  for (const [reason, survives] of cases) {
    const stage = new Stage()
    const [dying, plain, trapping] = [await stage.probe(), await stage.probe({ trapExits: false }), await stage.probe()]
    for (const peer of [plain, trapping]) {
      stage.processes.link(dying.ref, peer.ref)
      stage.processes.link(peer.ref, dying.ref)
      stage.follow('peer', peer.ref)
    }
    if (reason.type === 'killed') stage.processes.exit(dying.ref, killed)
    else void stage.processes.stop(dying.ref, reason)
    await stage.quiet()
    assert.equal(stage.processes.alive(plain.ref), survives, reason.type)
    if (!survives) assert.deepEqual(stage.endOf(plain.ref), reason)
    assert.deepEqual(trapping.got, [{ signal: 'exit', from: dying.ref, reason }], 'at most one link per pair')
  }
})

test('L2 an exit signal from a stranger: normal is ignored by a plain process, killed cannot be trapped', async () => {
  const stage = new Stage()
  const [stranger, plain, trapping] = [await stage.probe(), await stage.probe({ trapExits: false }), await stage.probe()]
  for (const target of [plain, trapping]) stage.processes.exit(target.ref, normal, stranger.ref)
  await stage.quiet()
  assert.ok(stage.processes.alive(plain.ref))
  assert.equal(trapping.got.length, 1)
  stage.processes.exit(plain.ref, boom, stranger.ref)
  stage.processes.exit(trapping.ref, killed, stranger.ref)
  assert.deepEqual([stage.processes.alive(plain.ref), stage.processes.alive(trapping.ref)], [false, false])
})

test('L3 a link to a dead process gives a trapping one the exit noproc', async () => {
  const stage = new Stage()
  const [dead, trapping] = [await stage.probe(), await stage.probe()]
  stage.processes.exit(dead.ref, killed)
  stage.processes.link(trapping.ref, dead.ref)
  await stage.quiet()
  assert.deepEqual(trapping.got, [{ signal: 'exit', from: dead.ref, reason: noproc }])
})

test('L1 an unlinked peer hears nothing', async () => {
  const stage = new Stage()
  const [dying, peer] = [await stage.probe(), await stage.probe({ trapExits: false })]
  stage.processes.link(dying.ref, peer.ref)
  stage.processes.unlink(peer.ref, dying.ref)
  stage.processes.exit(dying.ref, killed)
  assert.ok(stage.processes.alive(peer.ref))
})

test('M-1, M-2 monitors stack, and the dead are told of at once with noproc', async () => {
  const stage = new Stage()
  const [watcher, target] = [await stage.probe(), await stage.probe()]
  const monitors = [stage.processes.monitor(watcher.ref, target.ref), stage.processes.monitor(watcher.ref, target.ref)]
  stage.processes.exit(target.ref, killed)
  const late = stage.processes.monitor(watcher.ref, target.ref)
  const unknown = stage.processes.monitor(watcher.ref, address('nobody', 'here'))
  await stage.quiet()
  const downs = watcher.got.map((s) => (s.signal === 'down' ? [s.monitor.id, s.reason.type] : []))
  assert.deepEqual(downs, [
    [monitors[0]?.id, 'killed'],
    [monitors[1]?.id, 'killed'],
    [late.id, 'noproc'],
    [unknown.id, 'noproc'],
  ])
})

test('M-3 taking a monitor back with flush removes a queued Down, without it leaves it; the answer tells which', async () => {
  for (const flush of [false, true]) {
    const stage = new Stage()
    const [watcher, target] = [await stage.probe(), await stage.probe()]
    const monitor = stage.processes.monitor(watcher.ref, target.ref)
    const other = stage.processes.monitor(watcher.ref, watcher.ref)
    stage.processes.pause(watcher.ref)
    stage.processes.exit(target.ref, killed)
    assert.equal(stage.processes.demonitor(monitor, flush), false)
    assert.equal(stage.processes.demonitor(other), true)
    stage.processes.resume(watcher.ref)
    await stage.quiet()
    assert.equal(watcher.got.length, flush ? 0 : 1)
  }
})

test('M-4 the name is free when the Down arrives (P3)', async () => {
  const stage = new Stage()
  const name = address('server', 'named')
  const target = await spawned(stage.processes, { handle() {} }, { address: name })
  const seen: unknown[] = []
  const watcher = await spawned(stage.processes, { handle: () => void seen.push(stage.processes.whereis(name)) })
  stage.processes.monitor(watcher, name)
  stage.processes.exit(target, killed)
  await stage.quiet()
  assert.deepEqual(seen, [undefined])
})

test('M-5 signals from one to another keep their order (P2)', async () => {
  const stage = new Stage()
  const [a, b] = [await stage.probe(), await stage.probe()]
  for (let i = 0; i < 50; i++) {
    stage.processes.send(b.ref, { type: `m${i}` }, a.ref)
    stage.processes.exit(b.ref, { type: 'shutdown', detail: i }, a.ref)
  }
  await stage.quiet()
  const order = b.got.map((s) =>
    s.signal === 'message' ? s.message.type : s.signal === 'exit' && s.reason.type === 'shutdown' ? s.reason.detail : '?',
  )
  assert.deepEqual(order, Array.from({ length: 50 }, (_, i) => [`m${i}`, i]).flat())
})

test('G21 a trapping child ends with its parent’s reason, even normal; a plain one outlives a normal end', async () => {
  for (const [reason, plainLives] of [
    [normal, true],
    [boom, false],
  ] as const) {
    const stage = new Stage()
    const parent = await stage.probe()
    const log: string[] = []
    const server = { handle() {}, terminate: (r: ExitReason) => void log.push(r.type) }
    const trapping = await spawned(stage.processes, server, { parent: parent.ref, trapExits: true })
    const plain = await spawned(stage.processes, server, { parent: parent.ref })
    await stage.run(stage.processes.stop(parent.ref, reason))
    assert.deepEqual([stage.processes.alive(trapping), stage.processes.alive(plain)], [false, plainLives])
    assert.deepEqual(log, [reason.type])
  }
})
