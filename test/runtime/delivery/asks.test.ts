/**
 * Owns: how a waiting call is settled.
 * Does not own: how answers travel (durable.test.ts, volatile.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Asks } from '../../../runtime/delivery/asks.ts'
import { Deadlines } from '../../../runtime/kernel/deadlines.ts'
import type { ReplyToken } from '../../../runtime/kernel/envelope.ts'
import { errorData, TroupeError } from '../../../runtime/kernel/errors.ts'
import { kernelErrors } from '../../../runtime/kernel/kernel-errors.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'
import type { TelemetryName } from '../../../runtime/kernel/telemetry.ts'

const to = { kind: 'k', key: '1' }
const code = (expected: string) => (error: unknown) => TroupeError.is(error, expected)

function world() {
  const sources = simulatedSources()
  const emitted: TelemetryName[] = []
  const deadlines = new Deadlines(sources.clock)
  const make = (): Asks => new Asks(`node.${sources.ids.next()}`, deadlines, { emit: (name) => void emitted.push(name) })
  const asks = make()
  const ask = (within = 1000, signal?: AbortSignal): { token: ReplyToken; answer: Promise<unknown> } => {
    let token: ReplyToken | undefined
    const answer = asks.open({ to, type: 'get', within, signal }, (given) => {
      token = given
    })
    return { token: token as ReplyToken, answer }
  }
  return { sources, asks, ask, emitted, make }
}

test('AS1 an ask is settled by its answer, by an error of who was asked, or by its deadline', async () => {
  const { sources, asks, ask } = world()
  const good = ask()
  const bad = ask()
  const late = assert.rejects(ask(50).answer, code('ask.deadline'))
  assert.ok(asks.answer(good.token, { ok: true, value: 7 }, to))
  asks.answer(bad.token, { ok: false, error: errorData(kernelErrors.make('actor.not_found', { address: 'k/1' })) }, to)
  assert.equal(await good.answer, 7)
  await assert.rejects(bad.answer, code('actor.not_found'))
  await sources.advance(100)
  await late
  assert.equal(asks.size, 0)
})

test('AS2 an answer after the deadline, and a second one, are dropped and counted', async () => {
  const { sources, asks, ask, emitted } = world()
  const late = ask(50)
  const refused = assert.rejects(late.answer, code('ask.deadline'))
  await sources.advance(100)
  await refused
  assert.equal(asks.answer(late.token, { ok: true, value: 1 }, to), false)
  const twice = ask()
  assert.equal(asks.answer(twice.token, { ok: true, value: 1 }, to), true)
  assert.equal(asks.answer(twice.token, { ok: true, value: 2 }, to), false)
  assert.equal(await twice.answer, 1)
  assert.deepEqual(emitted, ['reply.late', 'reply.late'])
})

test('AS3 a token of an earlier process of the same node answers nobody in this one', async () => {
  const { asks, ask, make } = world()
  let old: ReplyToken | undefined
  const gone = make()
  const before = gone.open({ to, type: 'get', within: 1000 }, (token) => {
    old = token
  })
  gone.failAll(new Error('the process ended'))
  await assert.rejects(before)
  const now = ask()
  assert.equal(asks.answer(old as ReplyToken, { ok: true, value: 'for the old one' }, to), false)
  asks.answer(now.token, { ok: true, value: 'for the new one' }, to)
  assert.equal(await now.answer, 'for the new one')
})

test('AS1 an ask that is aborted fails with the reason of its signal and waits no more', async () => {
  const { asks, ask } = world()
  const abort = new AbortController()
  const aborted = ask(1000, abort.signal)
  const reason = new Error('not wanted')
  abort.abort(reason)
  await assert.rejects(aborted.answer, reason)
  await assert.rejects(
    asks.open({ to, type: 'get', within: 1000, signal: abort.signal }, () => assert.fail('it was sent')),
    reason,
  )
  assert.equal(asks.size, 0)
})

test('AS1 what sending throws fails the ask; the end of an actor fails all that wait for it and no others', async () => {
  const { asks, ask } = world()
  await assert.rejects(
    asks.open({ to, type: 'get', within: 1000 }, () => {
      throw kernelErrors.make('mailbox.full', { address: 'k/1', limit: 1 })
    }),
    code('mailbox.full'),
  )
  const first = assert.rejects(ask().answer, code('actor.stopped'))
  const second = assert.rejects(ask().answer, code('actor.stopped'))
  let token: ReplyToken | undefined
  const other = asks.open({ to: { kind: 'k', key: '2' }, type: 'get', within: 1000 }, (given) => {
    token = given
  })
  asks.failFor(to, () => kernelErrors.make('actor.stopped', { address: 'k/1', reason: 'test' }))
  await Promise.all([first, second])
  asks.answer(token as ReplyToken, { ok: true, value: 1 }, to)
  assert.equal(await other, 1)
})

test('AS1 AS2 among thousands of calls that come, wait and end in any order, each gets its own answer', async () => {
  const { asks, ask, sources } = world()
  const slow = Array.from({ length: 50 }, () => ask(100_000))
  const answers: Promise<unknown>[] = []
  for (let i = 0; i < 5000; i++) {
    const { token, answer } = ask(100_000)
    sources.clock.immediate(() => asks.answer(token, { ok: true, value: i }, to))
    answers.push(answer)
    if (i % 97 === 0) await sources.settle()
  }
  await sources.settle()
  assert.deepEqual(
    await Promise.all(answers),
    answers.map((_, i) => i),
  )
  slow.forEach(({ token }, i) => void asks.answer(token, { ok: true, value: `slow ${i}` }, to))
  assert.deepEqual(
    await Promise.all(slow.map(({ answer }) => answer)),
    slow.map((_, i) => `slow ${i}`),
  )
  assert.equal(asks.size, 0)
})
