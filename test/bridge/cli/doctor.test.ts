/**
 * Owns: the proof of doctor's checks against real folders, servers and interpreters.
 * Does not own: the store's own errors.
 * Invariants: FI1, CK1, MK1, MK2.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderCheck, isOlder, nodeCheck, pythonCheck, storeCheck } from '../../../bridge/cli/doctor/checks.ts'
import { type Check, findings } from '../../../bridge/cli/doctor/finding.ts'
import { modelCheck } from '../../../bridge/cli/doctor/model-check.ts'
import { realSources } from '../../../runtime/kernel/sources.ts'

const { clock } = realSources()
const look = async (check: Check) => (await findings([check]))[0]!

async function withServer<R>(listener: RequestListener, use: (url: string) => Promise<R>): Promise<R> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('an old Node is a problem with the version that is needed', async () => {
  assert.equal((await look(nodeCheck('24.1.0'))).status, 'ok')
  const found = await look(nodeCheck('20.20.2'))
  assert.equal(found.status, 'problem')
  assert.match(found.found, /20\.20\.2 is too old; 22\.18\.0/)
  assert.deepEqual(
    [isOlder('22.9.9', '22.18.0'), isOlder('22.18.0', '22.18.0'), isOlder('23.0', '22.18.0')],
    [true, false, false],
  )
})

test('CK1 a folder is found writable, or the one above it, and nothing is made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-doctor-'))
  try {
    assert.match((await look(folderCheck(folder))).found, /is writable/)
    assert.match((await look(folderCheck(join(folder, 'a', 'b')))).found, /can be made/)
    await writeFile(join(folder, 'file'), '')
    const found = await look(folderCheck(join(folder, 'file', 'x')))
    assert.equal(found.status, 'problem')
    assert.match(found.found, /is a file/)
    assert.match(found.remedy!, /--store/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('FI1 what a check throws is a finding, also when it is no error of ours', async () => {
  const found = await look(storeCheck(() => Promise.reject(new Error('odd'))))
  assert.deepEqual([found.check, found.status, found.found], ['Database', 'problem', 'odd'])
  assert.ok(found.remedy)
  const pending = { store: 'postgres', where: 'db', version: '0001', pending: ['0002'], milliseconds: 3 } as const
  assert.match((await look(storeCheck(async () => pending))).found, /1 migration to apply/)
})

test('the model endpoint answers, takes the key and has the model', async () => {
  assert.match((await look(modelCheck({}, clock))).found, /bundled model/)
  const seen: (string | undefined)[] = []
  const listener: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: [{ id: 'qwen3:8b' }, null, { id: 7 }] }))
  }
  await withServer(listener, async (modelUrl) => {
    assert.equal(
      (await look(modelCheck({ modelUrl: `${modelUrl}/`, modelKey: 'secret', model: 'qwen3:8b' }, clock))).status,
      'ok',
    )
    const wrong = await look(modelCheck({ modelUrl, model: 'qwen3:8' }, clock))
    assert.match(wrong.remedy!, /Did you mean "qwen3:8b"/)
    assert.ok(!JSON.stringify(wrong).includes('secret'), 'MK2 the key is never printed')
  })
  assert.deepEqual(seen, ['GET /v1/models Bearer secret', 'GET /v1/models undefined'], 'MK1 no model is called')
})

test('a model endpoint that refuses or does not answer is a problem with a remedy', async () => {
  const answers: [number, RegExp][] = [
    [401, /TROUPE_MODEL_KEY/],
    [404, /usually ends in \/v1/],
  ]
  for (const [status, remedy] of answers) {
    await withServer(
      (_request, response) => response.writeHead(status).end(),
      async (modelUrl) => assert.match((await look(modelCheck({ modelUrl }, clock))).remedy!, remedy),
    )
  }
  await withServer(
    (_request, response) => response.end('<html>'),
    async (modelUrl) => assert.equal((await look(modelCheck({ modelUrl }, clock))).status, 'ok'),
  )
  const gone = await withServer(
    () => undefined,
    async (modelUrl) => modelUrl,
  )
  const found = await look(modelCheck({ modelUrl: gone }, clock))
  assert.match(found.found, /ECONNREFUSED/)
  assert.match((await look(modelCheck({ modelUrl: 'no url' }, clock))).found, /does not answer/)
})

test('a missing Python is a warning, because only some programs need it', async () => {
  const found = await look(pythonCheck('python-that-is-not-there'))
  assert.equal(found.status, 'warning')
  assert.match(found.found, /was not found/)
  assert.match(found.remedy!, /pip install dspy/)
})
