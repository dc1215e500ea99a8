/**
 * Owns: tests of calls to language models: answers, failures by kind, tries, waits, deadlines, cancellation.
 * Does not own: the decision to try again (retry-policy.test).
 * Invariants: MP1, MP2, MP3, PM1, PM2, PM3, RS1, SE1.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { FailureKind, ModelAnswer, ModelRequest } from '../../../actors/index.ts'
import { createProviderModel, type ProviderModelOptions } from '../../../bridge/models/provider-model.ts'
import { realSources, type Telemetry, TroupeError } from '../../../runtime/index.ts'
import { type ScriptedAnswer, type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { waitFor } from '../../support/wait.ts'

const request: ModelRequest = {
  model: 'test/some/model',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ],
  settings: { temperature: 0, max_tokens: 50, rollout_id: 3 },
}

interface Emitted {
  readonly name: string
  readonly measurements: object
  readonly metadata: object
}

/** Runs `use` against a server with a script; retries are fast. */
async function against(
  script: readonly ScriptedAnswer[],
  use: (
    call: (changes?: Partial<ModelRequest>, options?: object) => Promise<ModelAnswer>,
    server: ScriptedModel,
    emitted: Emitted[],
  ) => Promise<void>,
  options: Partial<ProviderModelOptions> = {},
): Promise<void> {
  const server = await startScriptedModel(script)
  const emitted: Emitted[] = []
  const telemetry: Telemetry = { emit: (name, measurements, metadata) => void emitted.push({ name, measurements, metadata }) }
  const model = createProviderModel({
    sources: realSources(),
    telemetry,
    providers: { test: { baseUrl: server.baseUrl, apiKey: 'secret-key' } },
    retry: { retries: 2, initial: 1, jitter: 0 },
    ...options,
  })
  try {
    await use((changes = {}, call = {}) => model.call({ ...request, ...changes }, call), server, emitted)
  } finally {
    await server.stop()
  }
}

function failure(answer: ModelAnswer) {
  assert.ok(!answer.ok, 'the call answered')
  return answer.failure
}

test('an answer comes with its text, finish reason, usage and time', () =>
  against([{ kind: 'text', text: 'Hello', finish: 'length' }], async (call, server, emitted) => {
    const answer = await call()
    assert.ok(answer.ok)
    const { milliseconds, ...rest } = answer.response
    assert.deepEqual(rest, {
      model: 'scripted-1',
      completions: [{ text: 'Hello', finishReason: 'length' }],
      usage: { inputTokens: 11, outputTokens: 7 },
      retries: 0,
    })
    assert.ok(milliseconds > 0)
    assert.equal(server.requests[0]!.headers.authorization, 'Bearer secret-key')
    assert.deepEqual(
      emitted.map(({ name, metadata }) => [name, metadata]),
      [['model.called', { model: 'test/some/model', outcome: 'answered' }]],
    )
  }))

test('the provider gets messages and settings, but never rollout_id (PM2)', () =>
  against([{ kind: 'text', text: 'x' }], async (call, server) => {
    await call({
      settings: { temperature: 0.5, max_tokens: 9, stop: ['END'], seed: 4, top_p: 0.9, rollout_id: 1, top_k: 5, cache: false },
    })
    const { body } = server.requests[0]!
    assert.deepEqual(body, {
      model: 'some/model',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      stop: ['END'],
      seed: 4,
      top_k: 5,
    })
  }))

test('a response format reaches the provider as it was asked', () =>
  against([{ kind: 'text', text: '{}' }], async (call, server) => {
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false }
    await call({ settings: { response_format: { type: 'json_schema', json_schema: { name: 'Out', schema, strict: true } } } })
    await call({ settings: { response_format: { type: 'json_object' } } })
    assert.deepEqual(
      server.requests.map(({ body }) => body.response_format),
      [{ type: 'json_schema', json_schema: { name: 'Out', schema, strict: true } }, { type: 'json_object' }],
    )
  }))

test('several completions are several calls whose usage is summed', () =>
  against(
    [
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
    ],
    async (call, server) => {
      const answer = await call({ settings: { n: 2 } }, { idempotencyKey: 'k1' })
      assert.ok(answer.ok)
      assert.deepEqual(
        answer.response.completions.map(({ text }) => text),
        ['a', 'b'],
      )
      assert.deepEqual(answer.response.usage, { inputTokens: 22, outputTokens: 14 })
      assert.deepEqual(
        server.requests.map(({ headers }) => headers['idempotency-key']),
        ['k1', 'k1-1'],
      )
    },
  ))

test('messages reach the provider byte for byte, blanks and line ends at their edges too (PM3)', () =>
  against([{ kind: 'text', text: 'x' }], async (call, server) => {
    const messages = [
      { role: 'system', content: ' Your input fields are:\n' },
      { role: 'user', content: '[[ ## q ## ]]\n\u00e9\ud83d\ude00\t\r\n ' },
      { role: 'assistant', content: '[[ ## a ## ]]\nx\n\n[[ ## completed ## ]]\n' },
      { role: 'user', content: '\n' },
    ] as const
    assert.ok((await call({ messages })).ok)
    assert.deepEqual(server.requests[0]!.body.messages, messages)
  }))

test('settings keep their own names; unset ones and ours are left out, exact numbers are numbers (RS1, PM2)', () =>
  against([{ kind: 'text', text: 'x' }], async (call, server) => {
    await call({
      settings: {
        max_completion_tokens: 5,
        temperature: { $float: '0.0' },
        seed: { $int: '7' },
        stop: null,
        api_key: 'k',
        logprobs: true,
      },
    })
    const { model: _model, messages: _messages, ...settings } = server.requests[0]!.body
    assert.deepEqual(settings, { max_completion_tokens: 5, temperature: 0, seed: 7, logprobs: true })
  }))

test('a call is told to its provider by its key, and every try of it by the same (MP3)', () =>
  against(
    [
      { kind: 'status', status: 500 },
      { kind: 'text', text: 'x' },
    ],
    async (call, server) => {
      assert.ok((await call({}, { idempotencyKey: 'k1' })).ok)
      assert.deepEqual(
        server.requests.map(({ headers }) => headers['idempotency-key']),
        ['k1', 'k1'],
      )
    },
  ))

test('opening a model does not load the SDK (SE1)', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    const asked = new Set()
    registerHooks({ resolve: (name, context, next) => { asked.add(name); return next(name, context) } })
    const { openModel } = await import(${JSON.stringify(new URL('../../../bridge/models/open-model.ts', import.meta.url).href)})
    const parts = { sources: { clock: {}, random: {}, ids: {} }, telemetry: { emit() {} } }
    openModel('bundled', parts)
    openModel({ baseUrl: 'http://127.0.0.1:1/v1', model: 'small' }, parts)
    console.log([...asked].filter((name) => name === 'ai' || name.startsWith('@ai-sdk')).join(), asked.size > 10)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(stdout, ' true\n')
})

test('usage that the provider does not give is absent, not 0', () =>
  against(
    [
      {
        kind: 'garbage',
        body: JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }] }),
      },
    ],
    async (call) => {
      const answer = await call()
      assert.ok(answer.ok)
      assert.deepEqual(answer.response.usage, {})
    },
  ))

const tooLong = JSON.stringify({
  error: { message: "This model's maximum context length is 8192 tokens", code: 'context_length_exceeded' },
})
const kinds: readonly (readonly [name: string, answer: ScriptedAnswer, kind: FailureKind, requests: number])[] = [
  ['401', { kind: 'status', status: 401 }, 'unauthorized', 1],
  ['403', { kind: 'status', status: 403 }, 'unauthorized', 1],
  ['429', { kind: 'status', status: 429 }, 'rate_limited', 3],
  ['500', { kind: 'status', status: 500 }, 'server_error', 3],
  ['503 in HTML', { kind: 'status', status: 503, body: '<html>busy</html>' }, 'server_error', 3],
  ['504', { kind: 'status', status: 504 }, 'timeout', 3],
  ['400', { kind: 'status', status: 400 }, 'refused', 1],
  ['404', { kind: 'status', status: 404 }, 'refused', 1],
  ['400 about the length', { kind: 'status', status: 400, body: tooLong }, 'context_length', 1],
  ['garbage', { kind: 'garbage', body: '<html>hello</html>' }, 'invalid_response', 3],
  ['JSON that is no completion', { kind: 'garbage', body: '{"answer":42}' }, 'invalid_response', 3],
  ['no choices', { kind: 'garbage', body: '{"choices":[]}' }, 'invalid_response', 3],
  ['half an answer', { kind: 'half' }, 'invalid_response', 3],
  ['a cut connection', { kind: 'cut' }, 'unreachable', 3],
  ['a filtered answer', { kind: 'text', text: '', finish: 'content_filter' }, 'refused', 1],
]

for (const [name, answer, kind, requests] of kinds)
  test(`${name} is the failure ${kind} after ${requests} of 3 allowed tries (MP2, PM1)`, () =>
    against([answer], async (call, server) => {
      const failed = failure(await call())
      assert.equal(failed.kind, kind, failed.reason)
      assert.equal(failed.tries, requests)
      assert.equal(server.requests.length, requests)
      assert.ok(!failed.reason.includes('secret-key'))
    }))

test('nobody listening is the failure unreachable', () =>
  against([], async (call, server) => {
    await server.stop()
    assert.equal(failure(await call()).kind, 'unreachable')
  }))

test('a failure that passes is tried again until it answers, each wait told', () =>
  against(
    [{ kind: 'status', status: 500 }, { kind: 'half' }, { kind: 'text', text: 'at last' }],
    async (call, server, emitted) => {
      const answer = await call()
      assert.ok(answer.ok)
      assert.equal(answer.response.completions[0]!.text, 'at last')
      assert.equal(answer.response.retries, 2)
      assert.equal(server.requests.length, 3)
      assert.deepEqual(
        emitted.map(({ name }) => name),
        ['model.retried', 'model.retried', 'model.called'],
      )
    },
  ))

test('what the provider asks to wait is waited', () =>
  against(
    [
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '60' } },
      { kind: 'text', text: 'x' },
    ],
    async (call, _server, emitted) => {
      const answer = await call()
      assert.ok(answer.ok)
      assert.deepEqual(emitted[0]!.measurements, { attempt: 1, delay: 60 })
      assert.ok(answer.response.milliseconds >= 60)
    },
  ))

test('a wait beyond the deadline is not begun: the failure is told at once (MP1)', () =>
  against([{ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }], async (call) => {
    const failed = failure(await call({}, { deadline: 5000 }))
    assert.equal(failed.kind, 'rate_limited')
    assert.equal(failed.retryAfter, 3_600_000)
    assert.equal(failed.tries, 1)
  }))

test('a provider that never answers is a time-out at the deadline, and its connection is let go (MP1)', () =>
  against([{ kind: 'hang' }], async (call, server) => {
    const failed = failure(await call({}, { deadline: 80 }))
    assert.equal(failed.kind, 'timeout')
    assert.equal(failed.tries, 1)
    assert.equal(server.requests.length, 1)
  }))

test('the model’s own limit holds where the call has no deadline', () =>
  against([{ kind: 'hang' }], async (call) => assert.equal(failure(await call()).kind, 'timeout'), { timeout: 60 }))

test('a cancelled call settles with cancelled, in a wait, in a try and before it', () =>
  against(
    [{ kind: 'status', status: 429, headers: { 'retry-after': '60' } }, { kind: 'hang' }],
    async (call, server, emitted) => {
      const waiting = new AbortController()
      const first = call({}, { signal: waiting.signal })
      await waitFor('the wait for a retry', () => emitted.length === 1)
      waiting.abort()
      assert.equal(failure(await first).kind, 'cancelled')
      const trying = new AbortController()
      const second = call({}, { signal: trying.signal })
      await waitFor('the second request', () => server.requests.length === 2)
      trying.abort()
      assert.equal(failure(await second).kind, 'cancelled')
      await waitFor('the server to lose its client', () => server.abandoned() === 1)
      assert.equal(failure(await call({}, { signal: AbortSignal.abort() })).kind, 'cancelled')
      assert.equal(server.requests.length, 2)
    },
  ))

test('a model of an unknown provider is refused, naming the known ones', () =>
  against([], async (call, server) => {
    const failed = failure(await call({ model: 'tset/x' }))
    assert.equal(failed.kind, 'refused')
    assert.match(failed.reason, /known are: test/)
    assert.equal(server.requests.length, 0)
  }))

test('an address that is none is refused when the model is made', () => {
  const make = () =>
    createProviderModel({ sources: realSources(), telemetry: { emit() {} }, providers: { x: { baseUrl: 'localhost' } } })
  assert.throws(make, (error) => TroupeError.is(error, 'model.config'))
})
