/**
 * Owns: a real Postgres for tests: the one of TROUPE_TEST_POSTGRES_URL, or an embedded server of this process.
 * Does not own: the server's process (postgres-keeper).
 * Invariants: TP1 one server per process tree: whoever starts one passes its URL on by the environment. TP2 each test works in a schema of its own.
 */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

const variable = 'TROUPE_TEST_POSTGRES_URL'

export interface TestPostgres {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts an embedded server that ends with this process at the latest. A test runner passes the URL on as TROUPE_TEST_POSTGRES_URL. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // In a group of its own, so that Ctrl-C in a terminal reaches it only through its closing input.
    detached: true,
  })
  let errors = ''
  keeper.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const exited = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    keeper.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve((JSON.parse(text) as { url: string }).url)
    })
    keeper.once('error', reject)
    keeper.once('exit', (code) => reject(new Error(`The keeper of Postgres ended with ${code}: ${errors}`)))
  })
  keeper.unref()
  for (const stream of [keeper.stdin, keeper.stdout, keeper.stderr]) (stream as unknown as { unref(): void }).unref()
  const stop = async (): Promise<void> => {
    keeper.ref()
    keeper.stdin.end()
    await exited
  }
  return { url, stop }
}

let shared: Promise<string> | undefined

/** The URL of a Postgres that tests may use; started at the first call if the environment names none. */
export function testPostgres(): Promise<string> {
  const given = process.env[variable]
  if (given) return Promise.resolve(given)
  shared ??= startTestPostgres().then(({ url }) => {
    process.env[variable] = url
    return url
  })
  return shared
}

let count = 0

/** A name for a schema that no other test has. */
export function testSchema(): string {
  return `test_${process.pid}_${process.hrtime.bigint().toString(36)}_${count++}`
}

/** Drops a schema and all in it. */
export async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`drop schema if exists "${schema}" cascade`)
  await client.end()
}
