/**
 * Owns: tests of the bundled model's journal: no answer is computed twice for one key, whatever ends the process; damage is told.
 * Does not own: what is answered (bundled-model.test).
 * Invariants: AJ1, AJ2, AJ3, BS2, BS3, BS4.
 */

import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AnswerJournal } from '../../../bridge/models/answer-journal.ts'
import { type BundledModelOptions, type RunningBundledModel, startBundledModel } from '../../../bridge/models/bundled-server.ts'
import { journalName, openModel } from '../../../bridge/models/open-model.ts'
import { realSources, silentTelemetry, TroupeError } from '../../../runtime/index.ts'
import { inTime, waitFor } from '../../support/wait.ts'

const hello = { model: 'naive-bayes', messages: [{ role: 'user', content: 'Hello there.' }] }
const other = { model: 'naive-bayes', messages: [{ role: 'user', content: 'Good evening.' }] }

async function inFolder(use: (journal: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-journal-'))
  try {
    await use(join(folder, 'answers.jsonl'), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Post = (body: object, key?: string) => Promise<{ readonly status: number; readonly text: string }>

async function serving(
  options: Partial<BundledModelOptions>,
  use: (model: RunningBundledModel, post: Post) => Promise<void>,
): Promise<void> {
  const model = await startBundledModel({ sources: realSources(), ...options })
  try {
    await use(model, async (body, key) => {
      const response = await fetch(`${model.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
        body: JSON.stringify(body),
      })
      return { status: response.status, text: await response.text() }
    })
  } finally {
    await inTime('the stop of the model', model.stop())
  }
}

test('a key that was answered gets the same answer again, also from the next process, and nothing is computed (BS4)', () =>
  inFolder(async (journal) => {
    let first = ''
    await serving({ journal }, async (model, post) => {
      first = (await post(hello, 'k1')).text
      assert.equal((await post(hello, 'k1')).text, first)
      await post(other, 'k2')
      assert.deepEqual(model.stats(), {
        requests: 3,
        computed: 2,
        replayed: 1,
        recorded: 2,
        repeatedKeys: 0,
        repeatedDigests: 0,
      })
    })
    await serving({ journal }, async (model, post) => {
      assert.equal((await post(hello, 'k1')).text, first)
      const streamed = (await post({ ...other, stream: true }, 'k2')).text
      assert.match(streamed, /"content":"Good"/)
      const { requests, computed, replayed, recorded } = model.stats()
      assert.deepEqual({ requests, computed, replayed, recorded }, { requests: 2, computed: 0, replayed: 2, recorded: 2 })
    })
  }))

test('the answer is in the file before it leaves (AJ1, BS2)', () =>
  inFolder(async (journal) => {
    await serving({ journal }, async (_model, post) => {
      const { text } = await post(hello, 'k1')
      const [line, ...rest] = (await readFile(journal, 'utf8')).split('\n')
      assert.deepEqual(rest, [''])
      const { key, id, choices } = JSON.parse(line!)
      assert.deepEqual([key, id, choices[0].text], ['k1', JSON.parse(text).id, JSON.parse(text).choices[0].message.content])
    })
  }))

test('equal keys at the same time are computed once (BS4)', () =>
  serving({ latencyMs: 20 }, async (model, post) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(hello, 'k1')))
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    const { computed, replayed } = model.stats()
    assert.deepEqual({ computed, replayed }, { computed: 1, replayed: 7 })
  }))

test('what is asked twice under two keys, or without one, is computed twice and counted as repeated', () =>
  serving({}, async (model, post) => {
    await post(hello, 'k1')
    await post(hello, 'k2')
    await post(hello)
    await post(hello)
    const { computed, repeatedKeys, repeatedDigests } = model.stats()
    assert.deepEqual({ computed, repeatedKeys, repeatedDigests }, { computed: 4, repeatedKeys: 1, repeatedDigests: 3 })
  }))

test('a key that was used for another request is refused with 422', () =>
  serving({}, async (model, post) => {
    await post(hello, 'k1')
    const { status, text } = await post(other, 'k1')
    assert.equal(status, 422)
    assert.match(JSON.parse(text).error.message, /key of its own/)
    assert.equal(model.stats().computed, 1)
  }))

test('a client that goes away during the wait finds its answer under its key', () =>
  serving({ latencyMs: 30 }, async (model, post) => {
    const controller = new AbortController()
    const gone = fetch(`${model.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k1' },
      body: JSON.stringify(hello),
      signal: controller.signal,
    })
    await inTime('a connection', fetch(`${model.baseUrl}/models`))
    controller.abort()
    await assert.rejects(gone)
    assert.equal((await post(hello, 'k1')).status, 200)
    await waitFor(
      'one computed answer',
      () => model.stats().computed,
      (computed) => computed === 1,
    )
  }))

test('a stop during the wait ends it, computes nothing and leaves nothing open (BS3)', async () => {
  const model = await startBundledModel({ sources: realSources(), latencyMs: 60_000 })
  const asked = fetch(`${model.baseUrl}/chat/completions`, { method: 'POST', body: JSON.stringify(hello) })
  asked.catch(() => undefined)
  await inTime('a connection', fetch(`${model.baseUrl}/models`))
  await inTime('the stop of the model', model.stop())
  await assert.rejects(asked)
  assert.equal(model.stats().computed, 0)
})

test('a line that a crash cut off is cut away, and the next answer stands on a line of its own (AJ2)', () =>
  inFolder(async (journal) => {
    await serving({ journal }, async (_model, post) => void (await post(hello, 'k1')))
    await appendFile(journal, '{"key":"k9","dig')
    await serving({ journal }, async (model, post) => {
      assert.equal(model.stats().recorded, 1)
      await post(other, 'k9')
    })
    const lines = (await readFile(journal, 'utf8')).split('\n')
    assert.deepEqual(
      lines.slice(0, -1).map((line) => JSON.parse(line).key),
      ['k1', 'k9'],
    )
  }))

test('a file of one line that was cut off is an empty journal (AJ2)', () =>
  inFolder(async (journal) => {
    await writeFile(journal, 'x'.repeat(200_000))
    const opened = await AnswerJournal.open(journal)
    assert.equal(opened.totals.recorded, 0)
    await opened.close()
    assert.equal(await readFile(journal, 'utf8'), '')
  }))

for (const [name, line] of [
  ['no JSON', 'hello\n'],
  ['another JSON', '{"key":"k1"}\n'],
] as const)
  test(`a whole line that is ${name} is told with its number, and the file is left as it is (AJ2)`, () =>
    inFolder(async (journal) => {
      await writeFile(journal, line)
      await assert.rejects(AnswerJournal.open(journal), (error) => TroupeError.is(error, 'model.journal_damaged'))
      assert.equal(await readFile(journal, 'utf8'), line)
    }))

test('a journal that cannot be opened is told; a call of the opened model then fails as data, and later ones try again', () =>
  inFolder(async (_journal, folder) => {
    await assert.rejects(AnswerJournal.open(folder), (error) => TroupeError.is(error, 'model.journal_failed'))
    const missing = join(folder, 'later')
    const model = openModel('bundled', { sources: realSources(), telemetry: silentTelemetry, folder: missing })
    const request = { model: model.choice.model, messages: [{ role: 'user' as const, content: 'Hello.' }], settings: {} }
    const answer = await model.port.call(request)
    assert.equal(answer.ok ? 'answered' : answer.failure.kind, 'unreachable')
    await assert.rejects(model.served(), (error) => TroupeError.is(error, 'model.journal_failed'))
    await mkdir(missing)
    assert.ok((await model.port.call(request, { idempotencyKey: 'k1' })).ok)
    assert.deepEqual(await model.served(), { calls: 1, repeated: 0 })
    await model.stop()
    assert.match(await readFile(join(missing, journalName), 'utf8'), /^\{"key":"k1"/)
  }))

test('many answers at once are all on their lines (AJ1)', () =>
  inFolder(async (journal) => {
    await serving({ journal }, async (_model, post) => {
      await Promise.all(Array.from({ length: 60 }, (_, i) => post(i % 2 === 0 ? hello : other, `k${i}`)))
    })
    const keys = (await readFile(journal, 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).key)
    assert.equal(new Set(keys).size, 60)
  }))
