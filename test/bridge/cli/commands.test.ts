/**
 * Owns: the proof of each command in a process of its own, on a folder and on a Postgres server; and of what it says where it cannot work.
 * Does not own: the demo (demo.test.ts), parsing (cli.test.ts).
 * Invariants: SV3, RD2, XC1, AM1, CI2.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { createTroupe } from '#troupe'
import { typeTroupe } from '../../support/command-line.ts'
import { dropSchema, testPostgres, testSchema } from '../../support/postgres.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-commands-'))
const url = await testPostgres()
const schema = testSchema()
after(async () => {
  rmSync(base, { recursive: true, force: true })
  await dropSchema(url, schema)
})
const fixtures = join(import.meta.dirname, 'fixtures/tally-actors.ts')
const own = ['--actors', fixtures]

const places: { readonly [name: string]: readonly string[] } = {
  folder: ['--store', join(base, 'store')],
  server: ['--store', url, '--schema', schema],
}

for (const [name, place] of Object.entries(places)) {
  const type = (line: string, ...more: string[]) => typeTroupe([...line.split(' '), ...more, ...place])
  const data = async (line: string, ...more: string[]) => (await type(line, ...more, '--json')).json()

  test(`${name}: a message that was told is there for the next process, and a key is applied once`, async () => {
    assert.equal((await type('ps')).exit, 4, 'a store that is not there is not made by looking')
    assert.match((await type('migrate')).out, /is at 0001_initial/)
    assert.equal((await type('tell tally/a add by=2', ...own)).exit, 0)
    for (let time = 0; time < 2; time++)
      assert.deepEqual(await data('ask tally/a add by=3 --key k1', ...own), { asked: 'tally/a', answer: 5 })
    const other = await type('ask tally/a add by=4 --key k1', ...own)
    assert.deepEqual([other.exit, /code: idempotency\.conflict/.test(other.err)], [1, true])
    const shown = (await data('show tally/a')) as { readonly data: number; readonly sequence: number }
    assert.deepEqual([shown.data, shown.sequence > 0], [5, true])
    assert.match((await type('ps')).out, /tally +1\b/)
  })

  test(`${name}: RD2 a dead letter is listed with its cause, stays one when it fails again, and is gone when it is taken`, async () => {
    const env = { TALLY_FAINTS: '1' }
    const fainted = await typeTroupe(['ask', 'tally/b', 'faint', ...own, ...place], { env })
    assert.equal(fainted.exit, 1)
    assert.match(fainted.err, /because: the tally faints[\s\S]*code: actor\.crashed/)
    const redrive = ['dead-letters', 'redrive', '--all', ...own, ...place]
    assert.equal((await typeTroupe(redrive, { env })).exit, 1)
    const { deadLetters } = (await data('dead-letters')) as { readonly deadLetters: readonly { readonly message: unknown }[] }
    assert.deepEqual(
      deadLetters.map(({ message }) => message),
      [{ type: 'faint' }],
    )
    assert.match((await typeTroupe(redrive)).out, /1 dead letter sent again/)
    assert.deepEqual(await data('dead-letters'), { deadLetters: [] })
  })

  test(`${name}: SV3 a question without an answer ends at its deadline, and looking does not go on with it`, async () => {
    const asked = await type('ask slow/x get --deadline 300ms', ...own)
    assert.deepEqual([asked.exit, /code: ask\.deadline/.test(asked.err)], [1, true])
    const { effects } = (await data('show slow/x')) as { readonly effects: readonly { readonly src: string }[] }
    assert.deepEqual(
      effects.map(({ src }) => src),
      ['wait'],
    )
  })

  // What is refused before the store is asked is the same for every store.
  test(`${name}: XC1 what cannot be done has an exit code, a catalogued error and a remedy, and never a stack`, async () => {
    const lines: readonly [string, number, string][] = [
      ['run nope', 3, 'program.unknown'],
      ['show nope', 3, 'cli.execution_not_found'],
      ['show tally/nobody', 3, 'actor.not_found'],
      ['ask tally/a get', 3, 'actor.unknown_kind'],
      [`tell tally/a ad --actors ${fixtures}`, 2, 'message.unknown_type'],
      [`tell tally/a add by=two --actors ${fixtures}`, 2, 'message.invalid'],
      ['ask tally/a get --actors ./nowhere.ts', 2, 'cli.actors_unreadable'],
      [`ask tally/a get --actors ${join(import.meta.dirname, '../../support/wait.ts')}`, 2, 'cli.actors_missing'],
    ]
    for (const [line, exit, code] of name === 'folder' ? lines : lines.slice(0, 2)) {
      const typed = await type(line)
      assert.deepEqual([typed.exit, typed.out], [exit, ''], `${line}\n${typed.err}`)
      assert.match(typed.err, new RegExp(`→ [\\s\\S]*code: ${code}\\n$`))
      assert.doesNotMatch(typed.err, /^ +at /m)
    }
  })
}

test('FL1 a folder in use is refused with the process that uses it, by looking and by working', async () => {
  const folder = join(base, 'store')
  const troupe = await createTroupe({ store: folder })
  try {
    for (const line of ['ps', 'demo triage', 'demo triage --fresh']) {
      const { exit, err } = await typeTroupe([...line.split(' '), '--store', folder])
      assert.deepEqual([exit, err.includes(`process ${process.pid}`)], [4, true], `${line}: ${err}`)
    }
  } finally {
    await troupe.stop()
  }
})

test('SV3 a server whose actors are owned may be looked at, and who owns them is told', async () => {
  const troupe = await createTroupe({ store: url, schema, node: 'the-owner' })
  try {
    assert.match((await typeTroupe(['ps', ...places.server!])).out, /the-owner runs 256 partitions/)
    assert.equal((await typeTroupe(['show', 'tally/a', ...places.server!])).exit, 0)
    const asked = await typeTroupe(['ask', 'tally/a', 'get', ...own, ...places.server!])
    assert.equal(asked.exit, 4)
    assert.match(`${asked.out}${asked.err}`, /Waiting for the-owner[\s\S]*code: partition\.held/)
  } finally {
    await troupe.stop()
  }
})

test('a database that is down, refuses, is newer or is a file is told with exit code 4 and no password', async () => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`insert into "${schema}".migrations (name, timestamp) values ('9999_future', '2030-01-01')`)
  await client.end()
  writeFileSync(join(base, 'file'), '')
  const cases: readonly [readonly string[], string][] = [
    [['ps', '--store', 'postgres://troupe:geheim@127.0.0.1:1/none'], 'store.unreachable'],
    [['ps', '--store', url.replace(/\/[^/]*$/, '/no_such_database')], 'store.refused'],
    [['ps', ...places.server!], 'store.newer'],
    [['demo', 'triage', '--store', join(base, 'file', 'below')], 'store.not_writable'],
    [['ps', '--store', join(base, 'nowhere')], 'cli.store_missing'],
  ]
  for (const [line, code] of cases) {
    const { exit, out, err } = await typeTroupe(line)
    assert.equal(exit, 4, `${line.join(' ')}: ${err}`)
    assert.match(err, new RegExp(`→ [\\s\\S]*code: ${code}`))
    assert.doesNotMatch(`${out}${err}`, /geheim|^ +at /m)
  }
  const doctor = await typeTroupe(['doctor', ...places.server!])
  assert.deepEqual([doctor.exit, /newer/.test(doctor.out)], [6, true])
})
