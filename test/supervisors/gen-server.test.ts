/**
 * Owns: request and reply: otp-semantics §2.8 as ordinary tests.
 * Does not own: supervisors.
 * Invariants: GS1, GS2, GS3, RQ1, RQ2, P3, P5.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, type ExitReason, killed, normal, type Server } from '#runtime'
import { cast, type GenServer, genServer, Requests, type ServerStatus } from '#supervisors'
import { plain, start } from './scripted-server.ts'
import { boom, refusal, Stage, shutdownX, spawned } from './stage.ts'

test('§2.8 #74 anonymous, linked, watched and named servers start, answer, and are told of as ended with their reason', async () => {
  const stage = new Stage()
  const owner = await stage.probe()
  const name = address('server', 'one')
  for (const options of [{}, { parent: owner.ref }, { address: name }, { parent: owner.ref, address: name }]) {
    const ref = await start(stage, plain(stage), options)
    stage.processes.monitor(owner.ref, ref)
    assert.equal(await stage.run(stage.processes.call(options.address ?? ref, 'echo')), 0)
    if (options.address) {
      const second = await stage.processes.spawn(genServer(stage.context, plain(stage)), { address: name })
      assert.deepEqual(second, { started: 'already_started', ref })
    }
    assert.deepEqual(await stage.run(stage.processes.stop(ref, shutdownX)), shutdownX)
    await stage.run(refusal(stage.processes.call(options.address ?? ref, 'echo'), 'actor.not_found'))
    const expected = options.parent ? ['exit', 'down'] : ['down']
    await stage.quiet()
    assert.deepEqual(owner.got.map((s) => s.signal).sort(), expected.sort())
    for (const got of owner.got.splice(0)) if ('reason' in got) assert.deepEqual(got.reason, shutdownX)
  }
})

test('§2.8 #75 an init that is too slow fails the start with timeout, and the process is gone', async () => {
  const stage = new Stage()
  const slow: GenServer<number> = { ...plain(stage), init: async () => stage.sleep(1000).then(() => ({ init: 'ok', state: 0 })) }
  const name = address('server', 'slow')
  const starting = stage.processes.spawn(genServer(stage.context, slow), { startTimeout: 100, address: name })
  assert.deepEqual(await stage.run(starting), { started: 'error', reason: { type: 'timeout' } })
  assert.equal(stage.processes.whereis(name), undefined)
})

test('§2.8 #76 a start that stops, declines, answers wrongly, throws or is slow: the same answer every time, nothing is left', async () => {
  const stage = new Stage()
  const owner = await stage.probe()
  const inits: [string, () => unknown, string][] = [
    ['stop', () => ({ init: 'stop', reason: boom }), 'stopped'],
    ['ignore', () => ({ init: 'ignore' }), 'ignore'],
    ['wrong', () => 42, 'crashed'],
    ['throw', () => Promise.reject(new Error('no')), 'crashed'],
    ['slow', () => stage.sleep(1000), 'timeout'],
  ]
  for (const [name, init, expected] of inits)
    for (const options of [{}, { parent: owner.ref }, { parent: owner.ref, link: false }])
      for (let round = 0; round < 5; round++) {
        const callbacks = { ...plain(stage), init } as GenServer<number>
        const result = await stage.run(
          stage.processes.spawn(genServer(stage.context, callbacks), { ...options, startTimeout: 100 }),
        )
        assert.equal(result.started === 'error' ? result.reason.type : result.started, expected, name)
      }
  assert.deepEqual(owner.got, [])
  assert.deepEqual(
    stage.processes.list().map((info) => info.ref.id),
    [owner.ref.id],
  )
})

test('§2.8 #77 the name of a server that declines or fails is free the instant its start has an answer', async () => {
  const stage = new Stage()
  const name = address('server', 'one')
  for (let round = 0; round < 100; round++) {
    const init = () => (round % 2 ? { init: 'ignore' as const } : { init: 'stop' as const, reason: boom })
    const result = await stage.processes.spawn(genServer(stage.context, { ...plain(stage), init }), { address: name })
    assert.equal(result.started, round % 2 ? 'ignore' : 'error')
    assert.equal(stage.processes.whereis(name), undefined)
  }
})

test('§2.8 #78 stop ends with the asked reason, a second stop finds nobody, a bad timeout leaves it alive', async () => {
  const stage = new Stage()
  for (const reason of [normal, boom]) {
    const ref = await start(stage, plain(stage))
    await stage.run(refusal(stage.processes.stop(ref, reason, -1), 'deadline.invalid'))
    await stage.run(refusal(stage.processes.stop(ref, reason, Number.NaN), 'deadline.invalid'))
    assert.ok(stage.processes.alive(ref))
    assert.deepEqual(await stage.run(stage.processes.stop(ref, reason)), reason)
    assert.deepEqual(await stage.run(stage.processes.stop(ref, reason)), { type: 'noproc' })
  }
  const stuck = await start(stage, { ...plain(stage), terminate: () => new Promise(() => undefined) })
  await stage.run(refusal(stage.processes.stop(stuck, normal, 50), 'ask.deadline'))
})

test('§2.8 #79 clean ends make no crash report; a crash reports message, state and client, and the caller gets its reason', async () => {
  const stage = new Stage()
  const reports: ServerStatus[] = []
  const server = () => genServer(stage.context, plain(stage), { onCrash: (report) => reports.push(report) })
  const caller = await stage.probe()
  for (const request of ['stop', 'stopX']) {
    const ref = await spawned(stage.processes, server())
    const answer = stage.processes.call(ref, request)
    if (request === 'stop') assert.equal(await stage.run(answer), 'stopped')
    else assert.deepEqual((await stage.run(refusal(answer, 'actor.stopped'))).fields.exit, shutdownX)
  }
  const ref = await spawned(stage.processes, server())
  cast(stage.processes, ref, 5)
  const { fields } = await stage.run(refusal(stage.processes.call(ref, 'crash', { from: caller.ref }), 'actor.stopped'))
  assert.equal((fields.exit as unknown as ExitReason).type, 'crashed')
  assert.equal(reports.length, 1)
  assert.deepEqual([reports[0]?.state, reports[0]?.message, reports[0]?.client], [5, 'crash', caller.ref])
  assert.equal(stage.emitted.filter((e) => e.name === 'actor.crashed').length, 1)
})

test('§2.8 #80 answers come at once, later, or too late; a wrong result of a callback crashes the server by name', async () => {
  const stage = new Stage()
  const ref = await start(stage, plain(stage))
  assert.equal(await stage.run(stage.processes.call(ref, 'echo')), 0)
  assert.equal(await stage.run(stage.processes.call(ref, 'later')), 'later')
  assert.equal(await stage.run(stage.processes.call(ref, 'thrown')), 'thrown')
  await stage.run(refusal(stage.processes.call(ref, 'slow', { timeout: 50 }), 'ask.deadline'))
  const { fields } = await stage.run(refusal(stage.processes.call(ref, 'garbage'), 'actor.stopped'))
  assert.equal((fields.exit as { error: { code: string } }).error.code, 'server.bad_return')
})

test('§2.8 #81 calls to oneself, to one that never answers, to unknown and stopped ones fail by name', async () => {
  const stage = new Stage()
  const name = address('server', 'self')
  const ref = await start(stage, plain(stage), { address: name })
  for (const target of [ref, name]) await stage.run(refusal(stage.processes.call(target, 'echo', { from: ref }), 'ask.itself'))
  await stage.run(refusal(stage.processes.call(ref, 'never', { timeout: 10 }), 'ask.deadline'))
  await stage.run(refusal(stage.processes.call(address('server', 'unknown'), 'echo'), 'actor.not_found'))
  await stage.run(stage.processes.stop(ref))
  for (const target of [ref, name]) await stage.run(refusal(stage.processes.call(target, 'echo'), 'actor.not_found'))
})

test('§2.8 #82 an answer after the deadline reaches nobody, and the server stays healthy (P5)', async () => {
  const stage = new Stage()
  const caller = await stage.probe()
  const ref = await start(stage, plain(stage))
  await stage.run(refusal(stage.processes.call(ref, 'slow', { timeout: 50, from: caller.ref }), 'ask.deadline'))
  await stage.quiet()
  assert.deepEqual(caller.got, [])
  assert.equal(await stage.run(stage.processes.call(ref, 'echo')), 0)
})

test('§2.8 #83 several requests: answers in order of completion, deaths as data, and a deadline that keeps or abandons (RQ1, RQ2)', async () => {
  const stage = new Stage()
  const delayed = (ms: number): Server => ({
    handle: async (signal) => {
      if (signal.signal !== 'call') return
      await stage.sleep(ms)
      signal.reply(ms)
    },
  })
  const [slow, quick, dying] = [
    await spawned(stage.processes, delayed(300)),
    await spawned(stage.processes, delayed(100)),
    await spawned(stage.processes, delayed(10_000)),
  ]
  const requests = new Requests<string>(stage.processes, stage.sources.clock)
  for (const [label, ref] of [
    ['slow', slow],
    ['quick', quick],
    ['dying', dying],
  ] as const)
    requests.send(ref, 'go', label)
  stage.sources.clock.schedule(200, () => stage.processes.exit(dying, killed))
  const labels: string[] = []
  for (let i = 0; i < 3; i++) {
    const next = requests.receive()
    await stage.sources.advance(100)
    const response = await next
    assert.ok('label' in response)
    labels.push(`${response.label} ${response.response === 'reply' ? String(response.value) : response.error.code}`)
  }
  assert.deepEqual(labels, ['quick 100', 'dying actor.stopped', 'slow 300'])
  assert.deepEqual(await requests.receive(), { response: 'none_left' })
  requests.send(slow, 'go', 'kept')
  assert.deepEqual(await stage.run(Promise.race([requests.wait(10), stage.sleep(20)])), { response: 'timeout' })
  const kept = await stage.run(requests.wait())
  assert.equal('label' in kept && kept.label, 'kept')
  requests.send(slow, 'go', 'abandoned')
  assert.deepEqual(await stage.run(requests.receive(10)), { response: 'timeout' })
  await stage.quiet()
  assert.deepEqual([await requests.receive(), requests.size], [{ response: 'none_left' }, 0])
})

test('§2.8 #85 a call to oneself is refused at once, with and without a time limit', async () => {
  const stage = new Stage()
  const ref = await start(stage, plain(stage))
  for (const timeout of [1000, Number.POSITIVE_INFINITY]) {
    await refusal(stage.processes.call(ref, 'echo', { from: ref, timeout }), 'ask.itself')
    await refusal(stage.processes.call(ref, 'echo', { from: ref, timeout: Number.NaN }), 'deadline.invalid')
  }
})

test('§2.8 #86 a cast returns at once and always, also to the dead and the unknown', async () => {
  const stage = new Stage()
  const ref = await start(stage, plain(stage))
  for (let i = 0; i < 3; i++) cast(stage.processes, ref, 1)
  assert.equal(await stage.run(stage.processes.call(ref, 'echo')), 3)
  const stopping = await start(stage, { ...plain(stage), handleCast: (_m, n) => ({ next: 'stop', reason: normal, state: n }) })
  cast(stage.processes, stopping, 'stop')
  await stage.quiet()
  assert.equal(stage.processes.alive(stopping), false)
  cast(stage.processes, stopping, 1)
  cast(stage.processes, address('server', 'unknown'), 1)
})

test('§2.8 #90 a call does not slow down with a full mailbox of the caller', async () => {
  const stage = new Stage()
  const ref = await start(stage, plain(stage))
  const caller = await stage.probe()
  stage.processes.pause(caller.ref)
  const calls = async (): Promise<number> => {
    const began = process.cpuUsage()
    for (let i = 0; i < 2000; i++) await stage.processes.call(ref, 'echo', { from: caller.ref })
    const used = process.cpuUsage(began)
    return used.user + used.system
  }
  const running = async (): Promise<number> => {
    const done = calls()
    let settled = false
    void done.finally(() => {
      settled = true
    })
    while (!settled) await stage.settle()
    return done
  }
  await running()
  const empty = await running()
  for (let i = 0; i < 100_000; i++) stage.processes.send(caller.ref, { type: 'queued' })
  const full = await running()
  // The suite of OTP allows ten times; processor time of this process, so that other work on the machine does not count.
  assert.ok(full < 10 * Math.max(empty, 5000), `empty ${empty} µs, full ${full} µs`)
})
