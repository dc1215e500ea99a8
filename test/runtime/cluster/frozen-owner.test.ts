/** T4 with two real processes, each a whole Troupe on one Postgres. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTroupe } from '#main'
import { dropSchema, testPostgres, testSchema } from '../../support/postgres.ts'
import { waitFor } from '../../support/wait.ts'
import { tally } from './tally.ts'

test('T4: an owner that was frozen past its lease changes no row when it thaws, and its callers get actor.fenced', async () => {
  const url = await testPostgres()
  const schema = testSchema()
  const program = fileURLToPath(new URL('owner.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify({ store: url, schema })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => void lines.push(line))
  try {
    await waitFor(
      'the owner to be at work',
      () => lines.length,
      (count) => count > 5,
      { within: 30_000 },
    )
    child.kill('SIGSTOP')
    const successor = await createTroupe({
      actors: [tally],
      store: url,
      schema,
      node: 'successor',
      lease: '10s',
      patience: '20s',
      partitions: 4,
    })
    const actor = successor.actor(tally, 'one')
    const taken = await actor.ask({ type: 'add' })
    const heard = lines.length
    child.kill('SIGCONT')
    await waitFor(
      'the thawed owner to be refused',
      () => lines.filter((line) => line === 'refused actor.fenced').length,
      (count) => count >= 3,
      { within: 30_000 },
    )
    // What it said after it thawed holds no answer that a commit of its own would have been needed for.
    const answers = lines
      .slice(heard)
      .filter((line) => line.startsWith('ok'))
      .map((line) => Number(line.slice(3)))
    assert.ok(
      answers.every((count) => count < taken),
      `answered ${answers.join(', ')} after ${taken} was taken over`,
    )
    assert.equal(await actor.ask({ type: 'get' }), taken, 'the row is as the successor left it')
    await waitFor(
      'the thawed owner to end by itself',
      () => child.exitCode,
      (code) => code === 0,
      { within: 30_000 },
    )
    await successor.stop()
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await dropSchema(url, schema)
  }
})
