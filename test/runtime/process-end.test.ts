/**
 * Owns: that a process in which Troupe ran ends by itself after stop, on each store, and after a start that failed.
 * Does not own: what is open inside one process (test/main.test.ts).
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const program = fileURLToPath(new URL('./process-end-child.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'troupe-end-'))
const schema = testSchema()
const url = await testPostgres()
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await dropSchema(url, schema)
})

/** Runs the program to its end; a process that does not end is killed after a minute and fails the test. */
function run(store: string, how: 'works' | 'fails'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, store, schema, how],
      { timeout: 60_000, killSignal: 'SIGKILL' },
      (error, out, problems) => (error ? reject(new Error(`${error.message}: ${problems}`)) : resolve(out)),
    )
  })
}

const stores = { memory: 'memory', pglite: folder, postgres: url }

for (const [name, store] of Object.entries(stores)) {
  test(`MA2 a process that worked on ${name} ends by itself after stop: no open handle keeps it`, async () => {
    assert.match(await run(store, 'works'), /^stopped after \d+ ms\n$/)
  })

  test(`MA3 a process whose start failed on ${name} ends by itself`, async () => {
    assert.match(await run(store, 'fails'), /^refused: (config|actor|store)\./)
  })
}
