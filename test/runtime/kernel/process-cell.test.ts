/**
 * Owns: one process's life: init, signals, busy, crash, stop, kill, pause.
 * Does not own: names, links, monitors, calls (process-table.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExitReason, killed, normal } from '../../../runtime/kernel/exit.ts'
import type { ProcessSelf, Ref, Server } from '../../../runtime/kernel/process.ts'
import { createProcesses, type ProcessTable } from '../../../runtime/kernel/process-table.ts'
import { type SimulatedSources, simulatedSources } from '../../../runtime/kernel/sources.ts'

interface World {
  readonly sources: SimulatedSources
  readonly processes: ProcessTable
  start(server: Server, options?: Parameters<ProcessTable['spawn']>[1]): Promise<Ref>
  ends(ref: Ref): ExitReason[]
}

function world(): World {
  const sources = simulatedSources()
  const processes = createProcesses({ sources })
  return {
    sources,
    processes,
    async start(server, options) {
      const result = await processes.spawn(server, options)
      assert.ok(result.started === 'ok', JSON.stringify(result))
      return result.ref
    },
    ends(ref) {
      const ends: ExitReason[] = []
      processes.onExit(ref, (reason) => ends.push(reason))
      return ends
    },
  }
}

test('P6 while a promise of a process is pending its mailbox waits, and keeps its order', async () => {
  const { processes, sources, start } = world()
  const log: string[] = []
  let release: (() => void) | undefined
  const ref = await start({
    handle: (signal) => {
      if (signal.signal !== 'message') return undefined
      log.push(signal.message.type)
      if (signal.message.type !== 'slow') return undefined
      return new Promise<void>((resolve) => {
        release = resolve
      })
    },
  })
  for (const type of ['a', 'slow', 'b', 'c']) processes.send(ref, { type })
  await sources.settle()
  assert.deepEqual(log, ['a', 'slow'])
  release?.()
  await sources.settle()
  assert.deepEqual(log, ['a', 'slow', 'b', 'c'])
})

test('P6 a crash while it is busy ends it with the cause', async () => {
  const { processes, sources, start, ends } = world()
  const ref = await start({ handle: () => Promise.reject(new Error('boom')) })
  const seen = ends(ref)
  processes.send(ref, { type: 'x' })
  await sources.settle()
  assert.equal(seen[0]?.type, 'crashed')
  assert.ok(!processes.alive(ref))
})

test('P7 a process that is killed within its own handler dies once, and its terminate does not run', async () => {
  for (const after of ['return', 'stop', 'throw'] as const) {
    const { processes, sources, start, ends } = world()
    let self: ProcessSelf | undefined
    let terminated = 0
    let buried = 0
    const ref = await start({
      init: (given) => {
        self = given
        return { init: 'ok' }
      },
      handle: () => {
        if (after === 'stop') self?.stop(normal)
        processes.exit(ref, killed)
        if (after === 'throw') throw new Error('after the kill')
      },
      terminate: () => void terminated++,
    })
    const peer = await start({ handle: () => void buried++ }, { trapExits: true })
    processes.link(ref, peer)
    const seen = ends(ref)
    processes.send(ref, { type: 'x' })
    await sources.settle()
    assert.deepEqual([seen, terminated, buried], [[killed], 0, 1], `handler that ends with ${after}`)
  }
})

test('P7 what a dead process was doing has no effect any more', async () => {
  const { processes, sources, start, ends } = world()
  let reject: ((error: Error) => void) | undefined
  const ref = await start({
    handle: () =>
      new Promise<void>((_resolve, fail) => {
        reject = fail
      }),
    terminate: () => assert.fail('terminate ran'),
  })
  const seen = ends(ref)
  processes.send(ref, { type: 'x' })
  await sources.settle()
  processes.exit(ref, killed)
  reject?.(new Error('too late'))
  await sources.settle()
  assert.deepEqual(seen, [killed])
})

test('P1 a dead process takes nothing; a new life under its name has another ref', async () => {
  const { processes, sources, start } = world()
  const address = { kind: 'k', key: '1' }
  const first = await start({ handle: () => assert.fail('a dead process ran') }, { address })
  const cell = processes.cell(first)
  processes.exit(first, killed)
  assert.equal(cell?.postRaw('late'), 'refused')
  processes.send(first, { type: 'late' })
  const second = await start({ handle: () => undefined }, { address })
  assert.notEqual(second.id, first.id)
  await sources.settle()
  assert.deepEqual(processes.whereis(address), second)
})

test('a failed init frees the name and tells only the starter', async () => {
  const { processes } = world()
  const address = { kind: 'k', key: '1' }
  const fails: readonly [Server['init'], string][] = [
    [() => ({ init: 'error', reason: { type: 'stopped', reason: 'no' } }), 'error'],
    [() => ({ init: 'ignore' }), 'ignore'],
    [
      () => {
        throw new Error('boom')
      },
      'error',
    ],
    [() => Promise.reject(new Error('later boom')), 'error'],
  ]
  for (const [init, started] of fails) {
    const result = await processes.spawn({ ...(init ? { init } : {}), handle: () => undefined }, { address })
    assert.equal(result.started, started)
    assert.equal(processes.whereis(address), undefined)
  }
  assert.deepEqual(processes.list(), [])
})

test('a start that takes longer than its time-out fails with timeout, and a later init result has no effect', async () => {
  const { processes, sources } = world()
  let ready: (() => void) | undefined
  const starting = processes.spawn(
    {
      init: () =>
        new Promise((resolve) => {
          ready = () => resolve({ init: 'ok' })
        }),
      handle: () => undefined,
    },
    { startTimeout: 100 },
  )
  await sources.advance(200)
  assert.deepEqual(await starting, { started: 'error', reason: { type: 'timeout' } })
  ready?.()
  await sources.settle()
  assert.deepEqual(processes.list(), [])
})

test('messages that arrive during init wait and are handled after it', async () => {
  const { processes, sources } = world()
  const address = { kind: 'k', key: '1' }
  const log: string[] = []
  const starting = processes.spawn(
    {
      init: async () => {
        log.push('init')
        await Promise.resolve()
        return { init: 'ok' }
      },
      handle: (signal) => void log.push(signal.signal === 'message' ? signal.message.type : signal.signal),
    },
    { address },
  )
  processes.send(address, { type: 'early' })
  await starting
  await sources.settle()
  assert.deepEqual(log, ['init', 'early'])
})

test('a paused process keeps its messages and goes on where it was', async () => {
  const { processes, sources, start } = world()
  const log: string[] = []
  const ref = await start({ handle: (signal) => void (signal.signal === 'message' && log.push(signal.message.type)) })
  processes.pause(ref)
  processes.send(ref, { type: 'a' })
  await sources.settle()
  assert.deepEqual([log, processes.list()[0]?.status, processes.list()[0]?.mailbox], [[], 'paused', 1])
  processes.resume(ref)
  await sources.settle()
  assert.deepEqual(log, ['a'])
})

test('an orderly stop handles what came before it, then runs terminate, whose answer is the exit reason', async () => {
  const { processes, sources, start } = world()
  const log: string[] = []
  const ref = await start({
    handle: (signal) => void (signal.signal === 'message' && log.push(signal.message.type)),
    terminate: (reason) => {
      log.push(reason.type)
      return { type: 'stopped', reason: 'renamed' }
    },
  })
  processes.send(ref, { type: 'before' })
  const stopped = processes.stop(ref, { type: 'shutdown' })
  processes.send(ref, { type: 'after' })
  await sources.settle()
  assert.deepEqual(await stopped, { type: 'stopped', reason: 'renamed' })
  assert.deepEqual(log, ['before', 'shutdown'])
})

test('MB3 a stop reaches a process whose mailbox is flooded and drops its oldest', async () => {
  const { processes, sources, start } = world()
  const ref = await start(
    { handle: () => undefined, receive: () => undefined },
    { mailbox: { limit: 2, overflow: 'drop-oldest' } },
  )
  processes.pause(ref)
  const dropped: unknown[] = []
  const cell = processes.cell(ref)
  const stopped = processes.stop(ref, { type: 'shutdown' })
  for (let i = 0; i < 10; i++) cell?.postRaw(i, (oldest) => dropped.push(oldest))
  processes.resume(ref)
  await sources.settle()
  assert.deepEqual(await stopped, { type: 'shutdown' })
  assert.deepEqual(dropped, [0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('the fast lane hands out entries in order, takes several at once, and stops at a signal', async () => {
  const { processes, sources, start } = world()
  const log: unknown[] = []
  const ref = await start({
    handle: (signal) => void log.push(signal.signal),
    receive: (entry, take) => {
      const hand = [entry]
      for (let next = take(); next !== undefined; next = take()) hand.push(next)
      log.push(hand)
    },
  })
  const cell = processes.cell(ref)
  cell?.postRaw(1)
  cell?.postRaw(2)
  processes.send(ref, { type: 'signal' })
  cell?.postRaw(3)
  await sources.settle()
  assert.deepEqual(log, [[1, 2], 'message', [3]])
})

test('D3 a process that posts to itself while it runs is queued once, however often it does', async () => {
  const { processes, sources, start } = world()
  let handled = 0
  const ref = await start({
    handle: () => undefined,
    receive: () => {
      handled++
      if (handled < 5000) processes.cell(ref)?.postRaw(0)
    },
  })
  processes.cell(ref)?.postRaw(0)
  processes.cell(ref)?.postRaw(0)
  await sources.settle()
  assert.equal(handled, 5001)
})
