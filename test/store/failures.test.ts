/**
 * Owns: what stores say when something is wrong with a database or a configuration.
 * Does not own: folders (folder.test.ts), migrations (migrate.test.ts).
 * Invariants: DE1, DE2, DB2, PD1, SE1.
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import pg from 'pg'
import { errorData, realSources, TroupeError } from '#runtime'
import { openStore, type StorePlace } from '#store'
import { catalogued } from '../../store/driver-errors.ts'
import { StoreStage } from '../contract/store-stage.ts'
import { dropSchema, testPostgres, testSchema } from '../support/postgres.ts'

const url = await testPostgres()
const sources = realSources()
const schema = testSchema()
after(() => dropSchema(url, schema))

test('DE1: raw errors become the catalogued one that says what to do', () => {
  const cases: readonly (readonly [object, string, string])[] = [
    [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }, 'store.unreachable', 'later'],
    [{ code: '57P01', message: 'terminating connection due to administrator command' }, 'store.unreachable', 'later'],
    [{ code: '53300', message: 'too many clients' }, 'store.unreachable', 'later'],
    [{ message: 'Connection terminated unexpectedly' }, 'store.unreachable', 'later'],
    [{ message: 'Query read timeout' }, 'store.unreachable', 'later'],
    [{ code: '40P01', message: 'deadlock detected' }, 'store.busy', 'later'],
    [{ code: '40001', message: 'could not serialize access' }, 'store.busy', 'later'],
    [{ code: '53100', message: 'could not extend file' }, 'store.full', 'later'],
    [{ code: '58030', message: 'could not write block: No space left on device' }, 'store.full', 'later'],
    [{ code: 'ENOSPC', message: 'no space' }, 'store.full', 'later'],
    [{ code: '25006', message: 'cannot execute UPDATE in a read-only transaction' }, 'store.not_writable', 'never'],
    [{ code: '42501', message: 'permission denied' }, 'store.not_writable', 'never'],
    [{ code: '28P01', message: 'password authentication failed' }, 'store.refused', 'never'],
    [{ code: '3D000', message: 'database does not exist' }, 'store.refused', 'never'],
    [{ code: '53200', message: 'out of memory' }, 'store.out_of_memory', 'later'],
    [{ message: 'memory access out of bounds' }, 'store.out_of_memory', 'later'],
    [{ code: '22021', message: 'invalid byte sequence' }, 'store.failed', 'never'],
  ]
  for (const [raw, code, retry] of cases) {
    const error = catalogued(Object.assign(new Error(), raw), { where: 'here', operation: 'commit' })
    assert.deepEqual([error.code, error.retry], [code, retry], JSON.stringify(raw))
    assert.ok(error.cause)
  }
  assert.equal(catalogued('a thrown text', { where: 'here', operation: 'load' }).code, 'store.failed')
  const several = new AggregateError([Object.assign(new Error('connect ECONNREFUSED ::1'), { code: 'ECONNREFUSED' })])
  assert.equal(catalogued(several, { where: 'here', operation: 'load' }).code, 'store.unreachable')
})

test('a server that is not there, a wrong password and a database that does not exist are told apart', async () => {
  const opened = (place: string) => openStore(place, { sources, schema: 'troupe' })
  await assert.rejects(opened('postgres://u:pw@127.0.0.1:1/x'), { code: 'store.unreachable' })
  await assert.rejects(opened(url.replace(/:[^:@]+@/, ':wrong@')), { code: 'store.refused' })
  await assert.rejects(opened(url.replace(/\/[^/]+$/, '/nowhere')), (error: Error) => {
    assert.ok(TroupeError.is(error, 'store.refused'))
    assert.ok(!JSON.stringify({ ...errorData(error), cause: undefined }).includes(':troupe@'))
    return true
  })
})

test('a server that takes connections and never answers is given up after the patience', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const pool = new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 100 })
  await assert.rejects(openStore(pool, { sources }), { code: 'store.unreachable' })
  await pool.end()
  silent.close()
})

test('SE1: an answer that does not come in time leaves the commit open, and the session is not used again', async () => {
  const store = await openStore(url, { sources, schema, patience: 200, connections: 4 })
  const stage = await StoreStage.on(store)
  const blocker = new pg.Client({ connectionString: url })
  await blocker.connect()
  await blocker.query('begin')
  await blocker.query(`select * from "${schema}".leases where partition = ${stage.partition} for update`)
  await assert.rejects(stage.commit([stage.turn('a', { expected: 0 })]), { code: 'store.unreachable', retry: 'later' })
  await blocker.query('rollback')
  await blocker.end()
  // The lock is gone, so the statement that was given up is written after all, or was cancelled: both are within the promise.
  const outcome = await stage.commit([stage.turn('a', { expected: 0 })])
  assert.ok(outcome.result === 'committed' || outcome.result === 'stale', outcome.result)
  assert.equal(await stage.sequenceOf('a'), 1)
  await store.close()
})

test('connections that the server ends are replaced, and the next statement works', async () => {
  const store = await openStore(url, { sources, schema, connections: 2 })
  const stage = await StoreStage.on(store)
  await stage.commit([stage.turn('a', { expected: 0 })])
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'troupe' and pid <> pg_backend_pid()`,
  )
  await admin.end()
  let expected = 1
  for (let tries = 0; tries < 20 && expected === 1; tries++) {
    try {
      await stage.commit([stage.turn('a', { expected })])
      expected++
    } catch (error) {
      assert.ok(TroupeError.is(error, 'store.unreachable'), String(error))
    }
  }
  assert.equal(await stage.sequenceOf('a'), 2)
  await store.close()
})

test('PD1: a given pool keeps its settings, its parsers and its life', async () => {
  const pool = new pg.Pool({ connectionString: url, max: 3 })
  const store = await openStore(pool, { sources, schema, prepared: false })
  const stage = await StoreStage.on(store)
  assert.equal((await stage.commit([stage.turn('a', { expected: 0 })])).result, 'committed')
  assert.equal(store.parallel, 1)
  const { rows } = await pool.query('select 1::int8 as n, current_setting($1) as path', ['search_path'])
  assert.deepEqual(rows, [{ n: '1', path: '"$user", public' }])
  await store.close()
  assert.equal((await pool.query('select 1 as one')).rows[0].one, 1)
  await pool.end()
})

test('a configuration that names no store is refused by its key', async () => {
  const refused = (place: unknown, options: object = {}) =>
    assert.rejects(openStore(place as StorePlace, { sources, ...options }), { code: 'config.invalid' })
  await refused('mysql://localhost')
  await refused(' ')
  await refused({})
  await refused(undefined)
  await refused('memory', { schema: 'Nope!' })
  await refused(url, { connections: 1 })
})
