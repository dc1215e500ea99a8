/**
 * Owns: names, links, monitors, calls of processes.
 * Does not own: supervision (test/supervisors).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TroupeError } from '../../../runtime/kernel/errors.ts'
import { killed, noproc, normal } from '../../../runtime/kernel/exit.ts'
import type { Ref, Server, Signal } from '../../../runtime/kernel/process.ts'
import { createProcesses } from '../../../runtime/kernel/process-table.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'

function world() {
  const sources = simulatedSources()
  const processes = createProcesses({ sources })
  const start = async (server: Server, options?: Parameters<typeof processes.spawn>[1]): Promise<Ref> => {
    const result = await processes.spawn(server, options)
    assert.ok(result.started === 'ok')
    return result.ref
  }
  const probe = async (trapExits = true): Promise<{ ref: Ref; got: Signal[] }> => {
    const got: Signal[] = []
    return { ref: await start({ handle: (signal) => void got.push(signal) }, { trapExits }), got }
  }
  return { sources, processes, start, probe }
}

const code = (expected: string) => (error: unknown) => TroupeError.is(error, expected)

test('P4 a name has one living holder: a second start gets the ref of the first', async () => {
  const { processes, start } = world()
  const address = { kind: 'k', key: '1' }
  const first = await start({ handle: () => undefined }, { address })
  const second = await processes.spawn({ handle: () => undefined }, { address })
  assert.deepEqual(second, { started: 'already_started', ref: first })
})

test('P3 the name of a dead process is free before its links and monitors hear of it', async () => {
  const { processes, sources, start } = world()
  const address = { kind: 'k', key: '1' }
  const target = await start({ handle: () => undefined }, { address })
  const seen: (string | undefined)[] = []
  const watcher = await start(
    { handle: (signal) => void seen.push(`${signal.signal} ${processes.whereis(address)?.label}`) },
    { trapExits: true },
  )
  processes.link(watcher, target)
  processes.monitor(watcher, address)
  processes.exit(target, killed)
  await sources.settle()
  assert.deepEqual(seen, ['exit undefined', 'down undefined'])
})

test('a monitor tells the end once, with the reason; of nobody, at once with noproc', async () => {
  const { processes, sources, probe } = world()
  const watcher = await probe()
  const target = await probe(false)
  const monitor = processes.monitor(watcher.ref, target.ref)
  processes.exit(target.ref, { type: 'stopped', reason: 'x' })
  processes.monitor(watcher.ref, target.ref)
  await sources.settle()
  const downs = watcher.got.map((signal) => signal.signal === 'down' && signal.reason)
  assert.deepEqual(downs, [{ type: 'stopped', reason: 'x' }, noproc])
  assert.equal(processes.demonitor(monitor), false)
})

test('a monitor that was taken back says nothing, also when its Down is already queued', async () => {
  const { processes, sources, probe } = world()
  const watcher = await probe()
  const one = await probe(false)
  const two = await probe(false)
  const first = processes.monitor(watcher.ref, one.ref)
  const second = processes.monitor(watcher.ref, two.ref)
  assert.equal(processes.demonitor(first), true)
  processes.exit(one.ref, killed)
  processes.exit(two.ref, killed)
  processes.demonitor(second, true)
  await sources.settle()
  assert.deepEqual(watcher.got, [])
})

test('a link ends both, unless one traps exits or the end is normal', async () => {
  const { processes, sources, probe } = world()
  const trapping = await probe()
  const plain = await probe(false)
  const third = await probe(false)
  processes.link(trapping.ref, third.ref)
  processes.link(plain.ref, third.ref)
  processes.exit(third.ref, { type: 'stopped', reason: 'x' })
  await sources.settle()
  assert.deepEqual([processes.alive(trapping.ref), processes.alive(plain.ref)], [true, false])
  assert.equal(trapping.got[0]?.signal, 'exit')
  const quiet = await probe(false)
  const fourth = await probe(false)
  processes.link(quiet.ref, fourth.ref)
  await Promise.all([processes.stop(fourth.ref, normal), sources.settle()])
  assert.ok(processes.alive(quiet.ref))
})

test('P2 the signals of one process arrive in the order in which they were sent', async () => {
  const { processes, sources, probe } = world()
  const { ref, got } = await probe()
  const sender = await probe()
  processes.send(ref, { type: 'one' }, sender.ref)
  processes.link(sender.ref, ref)
  processes.exit(sender.ref, killed)
  processes.send(ref, { type: 'two' })
  await sources.settle()
  assert.deepEqual(
    got.map((signal) => (signal.signal === 'message' ? signal.message.type : signal.signal)),
    ['one', 'exit', 'two'],
  )
})

test('a call is answered, fails typed when nobody is there, when it asks itself, when the target ends, and at its deadline', async () => {
  const { processes, sources, start, probe } = world()
  const echo = await start({ handle: (signal) => void (signal.signal === 'call' && signal.reply(signal.request)) })
  const deaf = await probe()
  const gone = await probe()
  processes.exit(gone.ref, killed)
  assert.equal(await processes.call(echo, 7), 7)
  await assert.rejects(processes.call(gone.ref, 'x'), code('actor.not_found'))
  await assert.rejects(processes.call({ kind: 'k', key: 'nobody' }, 'x'), code('actor.not_found'))
  await assert.rejects(processes.call(echo, 'x', { from: echo }), code('ask.itself'))
  await assert.rejects(processes.call(echo, 'x', { timeout: -1 }), code('deadline.invalid'))
  await assert.rejects(processes.call(echo, 'x', { timeout: Number.NaN }), code('deadline.invalid'))
  const late = assert.rejects(processes.call(deaf.ref, 'x', { timeout: 100 }), code('ask.deadline'))
  const stopped = assert.rejects(processes.call(deaf.ref, 'x', { timeout: 10_000 }), code('actor.stopped'))
  await sources.advance(200)
  processes.exit(deaf.ref, killed)
  await Promise.all([late, stopped])
})

test('P5 an answer after the deadline reaches nobody, and a second answer has no effect', async () => {
  const { processes, sources, start } = world()
  const calls: (Signal & { signal: 'call' })[] = []
  const ref = await start({ handle: (signal) => void (signal.signal === 'call' && calls.push(signal)) })
  const late = assert.rejects(processes.call(ref, 'late', { timeout: 50 }), code('ask.deadline'))
  const twice = processes.call(ref, 'twice', { timeout: 5000 })
  await sources.advance(100)
  await late
  calls[0]?.reply('too late')
  calls[1]?.reply('first')
  calls[1]?.reply('second')
  calls[1]?.fail(new Error('third'))
  assert.equal(await twice, 'first')
})

test('a child whose parent died before it could be linked does not stay behind', async () => {
  const { processes, sources, probe } = world()
  const parent = await probe()
  processes.exit(parent.ref, killed)
  await processes.spawn({ handle: () => undefined }, { parent: parent.ref })
  await sources.settle()
  assert.deepEqual(processes.list(), [])
})

test('no table keeps anything of processes that are gone', async () => {
  const { processes, sources, probe } = world()
  const watcher = await probe()
  for (let i = 0; i < 100; i++) {
    const one = await probe(false)
    processes.monitor(watcher.ref, one.ref)
    processes.monitor(one.ref, watcher.ref)
    processes.link(one.ref, watcher.ref)
    processes.exit(one.ref, killed)
  }
  await sources.settle()
  const cell = processes.cell(watcher.ref)
  assert.deepEqual([cell?.takeLinks().length, cell?.watchers.size, cell?.watching.size, processes.list().length], [0, 0, 0, 1])
})
