/**
 * Owns: the proof of embedding: Troupe inside a host's process, with the host's pool, logger and other Troupes beside it.
 * Does not own: what actors do.
 * Invariants: MA1, MA2, MA3, TC1.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { assign, setup } from 'xstate'
import { z } from 'zod'
import { createTroupe, defineActor, reply, TroupeError } from '#troupe'
import { dropSchema, testPostgres, testSchema } from './support/postgres.ts'
import { inTime, waitFor } from './support/wait.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-main-'))
const url = await testPostgres()
const schemas: string[] = []
after(async () => {
  rmSync(base, { recursive: true, force: true })
  for (const schema of schemas) await dropSchema(url, schema)
})
function newSchema(): string {
  const schema = testSchema()
  schemas.push(schema)
  return schema
}

const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number().int() }), get: z.object({}) },
  replies: { add: z.number(), get: z.number() },
  logic: setup({}).createMachine({
    context: { n: 0 },
    on: {
      add: { actions: [assign({ n: ({ context, event }) => context.n + event.by }), reply(({ context }) => context.n)] },
      get: { actions: reply(({ context }) => context.n) },
    },
  }),
})
const silentActor = defineActor({
  kind: 'silent',
  version: 1,
  messages: { get: z.object({}) },
  replies: { get: z.number() },
  logic: { initial: () => 0, transition: (n) => n },
})

/** What the process has open that could keep it alive, by kind. */
const open = (): string => process.getActiveResourcesInfo().sort().join(' ')
/** What the test runner itself has open. */
const idle = open()
const closed = (): Promise<string> => waitFor('everything to be closed', open, (now) => now === idle, { within: 5000 })
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit', 'beforeExit'] as const
const listeners = (): readonly number[] => signals.map((name) => process.listenerCount(name))

for (const [name, place] of Object.entries({
  memory: () => ({ store: 'memory' }),
  folder: () => ({ store: join(base, 'folder') }),
  server: () => ({ store: url, schema: newSchema() }),
})) {
  test(`MA1 MA2 ${name}: nothing global is touched, and after stop nothing is open`, async () => {
    const heard = listeners()
    const troupe = await createTroupe({ actors: [counter], ...place() })
    assert.deepEqual(listeners(), heard)
    const cart = troupe.actor(counter, 'cart-7')
    await cart.tell({ type: 'add', by: 2 })
    assert.equal(await cart.ask({ type: 'get' }, { deadline: '5s' }), 2)
    await troupe.stop()
    await troupe.stop()
    await closed()
    await assert.rejects(cart.tell({ type: 'add', by: 1 }), { code: 'system.stopped' })
  })
}

test('a watch sees the present state, then each newer one, and ends with the Troupe', async () => {
  const troupe = await createTroupe({ actors: [counter], store: 'memory' })
  const cart = troupe.actor(counter, 'cart-7')
  await cart.tell({ type: 'add', by: 2 })
  const seen: unknown[] = []
  const watching = (async () => {
    for await (const snapshot of cart.watch()) {
      const { n } = (snapshot as { readonly context: { readonly n: number } }).context
      seen.push(n)
      if (n === 2) await cart.tell({ type: 'add', by: 3 })
      else void troupe.stop()
    }
  })()
  await inTime('the end of the watch', watching)
  assert.deepEqual(seen, [2, 5])
})

test('MA1 a pool and a logger of the host stay the host’s', async () => {
  const pool = new pg.Pool({ connectionString: url })
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const troupe = await createTroupe({ actors: [counter], store: pool, schema: newSchema(), logger })
  assert.equal(await troupe.actor(counter, 'a').ask({ type: 'add', by: 4 }), 4)
  await troupe.stop()
  assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }])
  assert.equal(pool.idleCount, pool.totalCount, 'every connection was given back')
  await pool.end()
  assert.ok(lines.some((line) => (JSON.parse(line) as { readonly event?: string; readonly msg?: string }).msg !== undefined))
})

test('two Troupes live side by side in one process, each with its own actors', async () => {
  const [one, two] = await Promise.all([
    createTroupe({ actors: [counter], store: 'memory' }),
    createTroupe({ actors: [counter], store: url, schema: newSchema() }),
  ])
  await one.actor(counter, 'x').tell({ type: 'add', by: 1 })
  assert.deepEqual(await Promise.all([one, two].map((troupe) => troupe.actor(counter, 'x').ask({ type: 'get' }))), [1, 0])
  await one.stop()
  assert.equal(await two.actor(counter, 'x').ask({ type: 'add', by: 7 }), 7)
  await two.stop()
})

test('a stop during an ask answers it with a typed failure', async () => {
  const troupe = await createTroupe({ actors: [silentActor], store: 'memory' })
  const asked = troupe.actor(silentActor, 's').ask({ type: 'get' }, { deadline: '60s' })
  const failed = asked.catch((error: unknown) => error)
  await troupe.actor(silentActor, 's').tell({ type: 'get' })
  await troupe.stop()
  const error = await inTime('an answer', failed)
  assert.ok(TroupeError.is(error), String(error))
  assert.match(error.code, /^(actor|system)\.stopped$/)
})

test('MA3 a start that fails leaves nothing running', async () => {
  const owner = await createTroupe({ store: url, schema: newSchema() })
  const schema = schemas.at(-1)!
  await assert.rejects(createTroupe({ store: url, schema, patience: 0 }), { code: 'partition.held' })
  await assert.rejects(createTroupe({ store: url, schema, partitions: 7 }), { code: 'store.installation' })
  await owner.stop()
  const other = defineActor({ kind: 'counter', version: 1, messages: {}, logic: { initial: () => 0, transition: (n) => n } })
  await assert.rejects(createTroupe({ actors: [counter, other], store: 'memory' }), { code: 'actor.duplicate_kind' })
  await assert.rejects(createTroupe({ store: 'postgres://127.0.0.1:1/none' }), { code: 'store.unreachable' })
  await closed()
})

test('TC1 a configuration that is wrong is refused before anything is opened, with the nearest name', async () => {
  const wrong: readonly [object, RegExp][] = [
    [{ stoer: 'memory' }, /Did you mean "store"\?/],
    [{ store: 7 }, /store is not valid: expected a folder/],
    [{ partitions: 0 }, /partitions is not valid: expected a whole number from 1 to 65536, got 0/],
    [{ lease: 'soon' }, /lease is not valid: expected a duration/],
    [{ logger: console.log }, /logger is not valid: expected a pino logger/],
    [{ model: { url: 'x' } }, /model is not valid: expected "bundled" or \{ baseUrl, model/],
    [{ durability: 'always' }, /durability is not valid: expected "process" or "power"/],
    [{ actors: [{ kind: 'counter' }] }, /actors is not valid: expected a list of behaviours/],
  ]
  for (const [config, expected] of wrong) {
    await assert.rejects(createTroupe(config as never), (error: unknown) => {
      assert.ok(TroupeError.is(error, 'config.invalid'), String(error))
      assert.match(`${error.message} ${error.remedy}`, expected)
      return true
    })
  }
})

test('a behaviour that was not given is refused by its kind', async () => {
  const troupe = await createTroupe({ store: 'memory' })
  assert.throws(() => troupe.actor(counter, 'x'), { code: 'actor.unknown_kind' })
  await troupe.stop()
})
