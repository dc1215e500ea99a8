/**
 * Owns: callbacks of request and reply servers: otp-semantics §2.8, rows 84 and 87 to 89.
 * Does not own: supervisors.
 * Invariants: GS1, GS2, GS3, RQ1, RQ2, P3, P5.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, normal, type Ref } from '#runtime'
import { cast, type GenServer, genServer, getStatus, type ServerStatus } from '#supervisors'
import { plain, start } from './scripted-server.ts'
import { refusal, Stage, spawned } from './stage.ts'

test('§2.8 #84 a continue runs right after init and after each callback, before what waits in the mailbox; it may chain and stop (GS1)', async () => {
  const stage = new Stage()
  const log: string[] = []
  const name = address('server', 'continue')
  const callbacks: GenServer<number> = {
    init: () => {
      cast(stage.processes, name, 'during init')
      return { init: 'ok', state: 0, after: { continue: 'init' } }
    },
    handleCall: (request, _from, n) => {
      log.push(`call ${request}`)
      return { next: 'reply', reply: 'ok', state: n, after: { continue: `after ${request}` } }
    },
    handleCast: (message, n) => {
      log.push(`cast ${message}`)
      return { next: 'noreply', state: n, after: { continue: `after ${message}` } }
    },
    handleInfo: (_info, n) => ({ next: 'noreply', state: n, after: { continue: 'stop' } }),
    handleContinue: (term, n) => {
      log.push(`continue ${term}`)
      if (term === 'stop') return { next: 'stop', reason: normal, state: n }
      return term === 'after one' ? { next: 'noreply', state: n, after: { continue: 'chained' } } : { next: 'noreply', state: n }
    },
  }
  const acknowledged = stage.processes.spawn(genServer(stage.context, callbacks), { address: name }).then((result) => {
    log.push('ack')
    return result
  })
  const started = await stage.run(acknowledged)
  assert.ok(started.started === 'ok')
  const { ref } = started
  const answers = Promise.all([stage.processes.call(ref, 'one'), stage.processes.call(ref, 'two')])
  await stage.run(answers)
  stage.processes.send(ref, { type: 'info' })
  cast(stage.processes, ref, 'too late')
  await stage.quiet()
  assert.deepEqual(log, [
    'ack',
    'continue init',
    'cast during init',
    'continue after during init',
    'call one',
    'continue after one',
    'continue chained',
    'call two',
    'continue after two',
    'continue stop',
  ])
  assert.equal(stage.processes.alive(ref), false)
})

test('§2.8 #87 an inactivity timeout fires once; a status query does not cancel it, a request does (GS2)', async () => {
  const arming = (stage: Stage, log: unknown[]): GenServer<number> => ({
    ...plain(stage, log),
    init: () => ({ init: 'ok', state: 0, after: { timeout: 500 } }),
  })
  const quiet = new Stage()
  const fired: unknown[] = []
  const ref = await start(quiet, arming(quiet, fired))
  await quiet.sources.advance(300)
  const status = getStatus(quiet.processes, ref)
  await quiet.settle()
  assert.equal((await status).state, 0)
  await quiet.sources.advance(199)
  assert.deepEqual(fired, [])
  await quiet.quiet()
  assert.deepEqual(fired, ['timeout'])
  const busy = new Stage()
  const none: unknown[] = []
  const other = await start(busy, arming(busy, none))
  await busy.sources.advance(300)
  const answer = busy.processes.call(other, 'echo')
  await busy.settle()
  assert.equal(await answer, 0)
  await busy.quiet()
  assert.deepEqual(none, [])
})

test('§2.8 #88 missing callbacks: an info is dropped with a report, a call, cast or continue crashes, terminate is optional', async () => {
  const stage = new Stage()
  const bare: GenServer<number> = { init: () => ({ init: 'ok', state: 0 }) }
  const ref = await start(stage, bare)
  stage.processes.send(ref, { type: 'stray' })
  await stage.quiet()
  assert.ok(stage.processes.alive(ref))
  assert.equal(
    stage.emitted.some((e) => e.metadata.context === 'unexpected_message'),
    true,
  )
  assert.deepEqual(await stage.run(stage.processes.stop(ref, normal)), normal)
  const ways: ((ref: Ref) => void)[] = [
    (server) => cast(stage.processes, server, 'x'),
    (server) => void stage.processes.call(server, 'x').catch(() => 'the exit reason is looked at below'),
  ]
  for (const way of ways) {
    const server = await start(stage, bare)
    stage.follow('server', server)
    way(server)
    await stage.quiet()
    const end = stage.endOf(server)
    assert.equal(end?.type === 'crashed' && end.error.code, 'server.no_callback')
  }
  const continuing = await start(stage, { init: () => ({ init: 'ok', state: 0, after: { continue: 1 } }) })
  await stage.quiet()
  assert.equal(stage.processes.alive(continuing), false)
  const noInit = await stage.processes.spawn(genServer(stage.context, {} as GenServer<number>))
  assert.equal(noInit.started, 'error')
  const broken = await start(stage, {
    ...bare,
    terminate: () => {
      throw new TypeError('no such function')
    },
  })
  const end = await stage.run(stage.processes.stop(broken, normal))
  assert.equal(end.type === 'crashed' && end.error.message, 'no such function')
})

test('§2.8 #89 status and crash reports show what formatStatus lets through, or a placeholder when it fails; the reason is unchanged', async () => {
  const stage = new Stage()
  const secret = 12345
  const cases: [NonNullable<GenServer<number>['formatStatus']>, unknown][] = [
    [(status) => ({ ...status, state: 'hidden' }), 'hidden'],
    [
      () => {
        throw new Error('cannot format')
      },
      'formatStatus failed: cannot format',
    ],
  ]
  for (const [formatStatus, shown] of cases) {
    const reports: ServerStatus[] = []
    const callbacks = { ...plain(stage), init: () => ({ init: 'ok' as const, state: secret }), formatStatus }
    const ref = await spawned(stage.processes, genServer(stage.context, callbacks, { onCrash: (r) => reports.push(r) }))
    assert.equal((await stage.run(getStatus(stage.processes, ref))).state, shown)
    const { fields } = await stage.run(refusal(stage.processes.call(ref, 'crash'), 'actor.stopped'))
    assert.equal((fields.exit as { error: { message: string } }).error.message, 'crash')
    assert.equal(reports[0]?.state, shown)
    assert.equal(JSON.stringify(stage.emitted).includes(String(secret)), false)
  }
  const worse: GenServer<number> = {
    ...plain(stage),
    terminate: () => {
      throw new Error('worse')
    },
  }
  const ref = await start(stage, worse)
  const { fields } = await stage.run(refusal(stage.processes.call(ref, 'crash'), 'actor.stopped'))
  assert.equal((fields.exit as { error: { message: string } }).error.message, 'worse')
})

test('§2.8 #89 a stop with reply answers after terminate, also when terminate fails (GS3)', async () => {
  const stage = new Stage()
  const log: unknown[] = []
  const ref = await start(stage, plain(stage, log))
  const answer = stage.processes.call(ref, 'stop').then((value) => log.push(value))
  await stage.run(answer)
  assert.deepEqual(log, [['terminate', 'shutdown'], 'stopped'])
  const failing: GenServer<number> = {
    ...plain(stage),
    terminate: () => {
      throw new Error('late')
    },
  }
  assert.equal(await stage.run(stage.processes.call(await start(stage, failing), 'stop')), 'stopped')
})
