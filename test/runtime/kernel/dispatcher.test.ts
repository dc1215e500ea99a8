/**
 * Owns: who runs when: fair shares, the event loop's turn, one run at a time.
 * Does not own: what a turn does.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Dispatcher, type Runnable } from '../../../runtime/kernel/dispatcher.ts'
import { createProcesses } from '../../../runtime/kernel/process-table.ts'
import { type Clock, realSources, simulatedSources } from '../../../runtime/kernel/sources.ts'
import { waitFor } from '../../support/wait.ts'

/** A runnable with `work` pieces to do; each calls `done`. */
function worker(work: number, done: () => void): Runnable {
  let left = work
  return {
    run(share) {
      for (let i = 0; i < share && left > 0; i++) {
        left--
        done()
      }
      return left > 0
    },
  }
}

/** A simulated clock on which every piece of work takes `cost` milliseconds, counted between turns of the event loop. */
function costly(cost: number): { clock: Clock; settle: () => Promise<void>; spend: () => void; longest: () => number } {
  const sources = simulatedSources()
  let time = 0
  let since = 0
  let longest = 0
  const clock: Clock = {
    ...sources.clock,
    monotonic: () => time,
    immediate: (run) =>
      sources.clock.immediate(() => {
        since = time
        run()
      }),
  }
  return {
    clock,
    settle: sources.settle,
    spend: () => {
      time += cost
      longest = Math.max(longest, time - since)
    },
    longest: () => longest,
  }
}

test('D1 a process that has used its share goes behind all others that wait', async () => {
  const sources = simulatedSources()
  const dispatcher = new Dispatcher(sources.clock, { share: 2 })
  const order: string[] = []
  for (const name of ['a', 'b', 'c']) dispatcher.schedule(worker(name === 'a' ? 5 : 2, () => order.push(name)))
  await sources.settle()
  assert.equal(order.join(''), 'aabbccaaa')
})

test('D1 what is scheduled by a process runs after those that wait already', async () => {
  const sources = simulatedSources()
  const dispatcher = new Dispatcher(sources.clock)
  const order: string[] = []
  dispatcher.schedule(
    worker(1, () => {
      order.push('first')
      dispatcher.schedule(worker(1, () => order.push('child')))
    }),
  )
  dispatcher.schedule(worker(1, () => order.push('second')))
  await sources.settle()
  assert.deepEqual(order, ['first', 'second', 'child'])
})

test('D1 nothing is lost among thousands of processes that come and go', async () => {
  const sources = simulatedSources()
  const dispatcher = new Dispatcher(sources.clock, { share: 3 })
  let done = 0
  for (let i = 0; i < 5000; i++) {
    dispatcher.schedule(worker(1 + (i % 7), () => done++))
    if (i % 1000 === 0) await sources.settle()
  }
  await sources.settle()
  assert.equal(
    done,
    Array.from({ length: 5000 }, (_, i) => 1 + (i % 7)).reduce((a, b) => a + b),
  )
})

for (const cost of [0.001, 0.1, 1]) {
  test(`D2 the event loop gets its turn at least every slice while messages of ${cost} ms flood it`, async () => {
    const world = costly(cost)
    const dispatcher = new Dispatcher(world.clock, { slice: 4 })
    let done = 0
    const pieces = cost < 0.01 ? 200_000 : 4000
    const processes = createProcesses({
      sources: { ...simulatedSources(), clock: world.clock },
      dispatcher,
    })
    for (let p = 0; p < 4; p++) {
      const started = processes.spawn({
        handle: () => undefined,
        receive: () => {
          world.spend()
          done++
        },
      })
      const result = await started
      assert.ok(result.started === 'ok')
      const cell = processes.cell(result.ref)
      for (let i = 0; i < pieces / 4; i++) cell?.postRaw(i)
    }
    await world.settle()
    assert.equal(done, pieces)
    // A run that is under way when the slice ends may still do 16 messages, because the clock is not read at each.
    const bound = 4 + 16 * cost + 8 * cost
    assert.ok(world.longest() <= bound, `the event loop waited ${world.longest()} ms, at most ${bound} are allowed`)
  })
}

test('D2 a timer is on time while an actor is flooded for ever, and so is another actor', async () => {
  const sources = realSources()
  const processes = createProcesses({ sources })
  let stop = false
  const busy = await processes.spawn({
    handle: () => undefined,
    // It feeds itself: its mailbox is never empty.
    receive: () => void (stop || flood?.postRaw(0)),
  })
  const other = await processes.spawn({ handle: (signal) => void (signal.signal === 'call' && signal.reply('pong')) })
  assert.ok(busy.started === 'ok' && other.started === 'ok')
  const flood = processes.cell(busy.ref)
  for (let i = 0; i < 100; i++) flood?.postRaw(0)
  const late: number[] = []
  for (let i = 0; i < 20; i++) {
    const due = sources.clock.monotonic() + 5
    await new Promise<void>((resolve) => sources.clock.schedule(5, resolve))
    late.push(sources.clock.monotonic() - due)
    const asked = sources.clock.monotonic()
    assert.equal(await processes.call(other.ref, 'ping'), 'pong')
    late.push(sources.clock.monotonic() - asked)
  }
  stop = true
  const median = late.sort((a, b) => a - b)[Math.floor(late.length / 2)]!
  // Generous for machines that are busy with other work; without D2 it would never end.
  assert.ok(median < 50, `half of the timers and calls were late by ${median} ms or more`)
  await waitFor('the flood to end', () => processes.list().every((one) => one.mailbox === 0))
})

test('D3 a process that is scheduled again while it waits or runs still runs once at a time', async () => {
  const sources = simulatedSources()
  const processes = createProcesses({ sources })
  let inside = 0
  let most = 0
  let handled = 0
  const started = await processes.spawn({
    handle: () => undefined,
    receive: async () => {
      most = Math.max(most, ++inside)
      await Promise.resolve()
      inside--
      handled++
    },
  })
  assert.ok(started.started === 'ok')
  for (let i = 0; i < 100; i++) {
    processes.cell(started.ref)?.postRaw(i)
    if (i % 10 === 0) await sources.settle()
  }
  await sources.settle()
  assert.deepEqual([most, handled], [1, 100])
})
