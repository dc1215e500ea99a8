/**
 * Owns: bad input by name, as an app meets it through the door: each gives its error of a catalogue with a remedy, and nothing is lost.
 * Does not own: models and data sets (test/bridge, test/actors), raw errors of databases (test/store).
 */

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { createTroupe, type Troupe, type TroupeConfig } from '#main'
import { type AnyBehaviour, defineActor, TroupeError } from '#runtime'
import { storeErrors } from '#store'
import { FaultPlan, faultyStore } from '../support/faulty-store.ts'
import { inTime, waitFor } from '../support/wait.ts'
import { labActor, memoryStore } from './delivery/lab.ts'

const base = mkdtempSync(join(tmpdir(), 'troupe-bad-'))
const running: Troupe[] = []
after(async () => {
  for (const troupe of running) await troupe.stop()
  rmSync(base, { recursive: true, force: true })
})

async function start(config: Partial<TroupeConfig> = {}, actors: readonly AnyBehaviour[] = [labActor()]): Promise<Troupe> {
  const troupe = await createTroupe({ actors, store: 'memory', partitions: 8, ...config })
  running.push(troupe)
  return troupe
}

const a = { kind: 'lab', key: 'a' }
const say = (type: string, members: object = {}) => ({ type, ...members }) as never
const counterOf = (version: number, messages = { add: z.object({}) }) =>
  defineActor({ kind: 'counter', version, messages, logic: { initial: () => 0, transition: (n: number) => n } })

interface Case {
  readonly what: string
  readonly code: string
  /** What the message or the remedy must say. */
  readonly says: RegExp
  readonly run: () => Promise<unknown>
  readonly cause?: string
}

const cases: readonly Case[] = [
  {
    what: 'an unknown kind',
    code: 'actor.unknown_kind',
    says: /Did you mean "lab"/,
    run: async () => (await start()).system.tell({ kind: 'labb', key: 'x' }, say('get')),
  },
  {
    what: 'an unknown message type',
    code: 'message.unknown_type',
    says: /Did you mean "add"/,
    run: async () => (await start()).system.tell(a, say('ad', { by: 1 })),
  },
  {
    what: 'a message that does not fit its schema',
    code: 'message.invalid',
    says: /at by: .*number.*got "2"/,
    run: async () => (await start()).system.ask(a, say('add', { by: '2' })),
  },
  {
    what: 'a message that JSON cannot say',
    code: 'message.not_json',
    says: /message\.value.*bigint/,
    run: async () => (await start()).system.tell(a, say('answer', { value: 1n })),
  },
  {
    what: 'a message over 1 MiB',
    code: 'message.too_large',
    says: /at most 1048576/,
    run: async () => (await start()).system.tell(a, say('note', { text: 'x'.repeat(1_048_577) })),
  },
  {
    what: 'a full mailbox',
    code: 'mailbox.full',
    says: /full \(2 messages\).*mailbox\.limit/,
    run: async () => {
      const { system } = await start({}, [labActor(undefined, { mailbox: { limit: 2, overflow: 'refuse' } })])
      return Promise.all(Array.from({ length: 10 }, () => system.tell(a, say('add', { by: 1 }))))
    },
  },
  {
    what: 'a stop during an ask',
    code: 'system.stopped',
    says: /stopped/,
    run: async () => {
      const troupe = await start()
      const waiting = troupe.system.ask(a, say('keep'), { deadline: 'infinity' })
      await waitFor('the token', async () => ((await troupe.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
      await Promise.allSettled([waiting, troupe.stop()])
      return waiting
    },
  },
  {
    what: 'a tell after the stop',
    code: 'system.stopped',
    says: /createTroupe/,
    run: async () => {
      const troupe = await start()
      await troupe.stop()
      return troupe.system.tell(a, say('get'))
    },
  },
  {
    what: 'a deadline in the past',
    code: 'deadline.invalid',
    says: /-5.*milliseconds/,
    run: async () => (await start()).system.ask(a, say('get'), { deadline: -5 }),
  },
  {
    what: 'a deadline that passes',
    code: 'ask.deadline',
    says: /within 30 ms.*idempotencyKey/,
    run: async () => (await start()).system.ask(a, say('silent'), { deadline: 30 }),
  },
  {
    what: 'an address without a key',
    code: 'address.invalid',
    says: /key/,
    run: async () => {
      const actor = labActor()
      return (await start({}, [actor])).actor(actor, '')
    },
  },
  {
    what: 'a message to an address without a key',
    code: 'address.invalid',
    says: /key/,
    run: async () => (await start()).system.tell({ kind: 'lab', key: '' }, say('get')),
  },
  {
    what: 'an idempotency key that is used for another message',
    code: 'idempotency.conflict',
    says: /new key/,
    run: async () => {
      const { system } = await start()
      await system.tell(a, say('add', { by: 1 }), { idempotencyKey: 'k' })
      return system.tell(a, say('add', { by: 2 }), { idempotencyKey: 'k' })
    },
  },
  {
    what: 'a duplicate kind with another version',
    code: 'actor.duplicate_kind',
    says: /version 1, the other 2/,
    run: () => start({}, [counterOf(1), counterOf(2)]),
  },
  {
    what: 'two behaviours with one version but another shape',
    code: 'actor.duplicate_kind',
    says: /version 1 but different messages/,
    run: () => start({}, [counterOf(1), counterOf(1, { add: z.object({}), get: z.object({}) } as never)]),
  },
  {
    what: 'a behaviour whose version is no number',
    code: 'behaviour.invalid',
    says: /version/,
    run: async () => counterOf('one' as never),
  },
  {
    what: 'a kind that is no identifier',
    code: 'address.invalid',
    says: /kind/,
    run: async () =>
      defineActor({ kind: '7up', version: 1, messages: {}, logic: { initial: () => 0, transition: (n: number) => n } }),
  },
  {
    what: 'a snapshot without upcaster',
    code: 'actor.quarantined',
    says: /version 1.*no upcaster.*upcaster/,
    run: async () => {
      const store = memoryStore()
      const first = await start({ store })
      await first.system.tell(a, say('add', { by: 1 }))
      await first.stop()
      return (await start({ store }, [labActor(undefined, { version: 2 })])).system.ask(a, say('get'))
    },
  },
  {
    what: 'a snapshot over the limit',
    code: 'actor.crashed',
    cause: 'snapshot.too_large',
    says: /nothing of that turn/,
    run: async () => (await start({ limits: { snapshotBytes: 500 } })).system.tell(a, say('grow', { bytes: 1000 })),
  },
  {
    what: 'a database that cannot be reached',
    code: 'store.unreachable',
    says: /database runs/,
    run: () => start({ store: 'postgres://nobody@127.0.0.1:1/none' }),
  },
  {
    what: 'a folder that is a file',
    code: 'store.not_writable',
    says: /file/,
    run: () => {
      writeFileSync(join(base, 'file'), '')
      return start({ store: join(base, 'file') })
    },
  },
  {
    what: 'a folder that another process uses',
    code: 'store.locked',
    says: /process \d+/,
    run: async () => {
      await start({ store: join(base, 'held') })
      return start({ store: join(base, 'held') })
    },
  },
  {
    what: 'a store that was set up with another number of partitions',
    code: 'store.installation',
    says: /partitions 8/,
    run: async () => {
      const store = memoryStore()
      await start({ store })
      return start({ store, partitions: 9 })
    },
  },
  {
    what: 'partitions that a living owner holds',
    code: 'partition.held',
    says: /held by the living owner first/,
    run: async () => {
      const store = memoryStore()
      await start({ store, node: 'first' })
      return start({ store, node: 'second', patience: 50 })
    },
  },
  {
    what: 'an invalid configuration key',
    code: 'config.invalid',
    says: /stroe.*Did you mean "store"/,
    run: () => start({ stroe: './x' } as never),
  },
  {
    what: 'a limit that is not known',
    code: 'config.invalid',
    says: /limits\.mesageBytes.*messageBytes/,
    run: () => start({ limits: { mesageBytes: 5 } as never }),
  },
  {
    what: 'a limit that is no number of bytes',
    code: 'config.invalid',
    says: /limits\.snapshotBytes/,
    run: () => start({ limits: { snapshotBytes: 'much' as never } }),
  },
  {
    what: 'actors that are no behaviours',
    code: 'config.invalid',
    says: /actors/,
    run: () => start({}, [{ kind: 'lab' } as never]),
  },
]

for (const { what, code, says, run, cause } of cases) {
  test(`${what} is ${code}${cause ? ` because of ${cause}` : ''}, with a remedy`, async () => {
    const error: unknown = await inTime(
      'the refusal',
      run().then(
        () => undefined,
        (thrown) => thrown,
      ),
      20_000,
    )
    assert.ok(TroupeError.is(error, code), `it was ${String(error)}`)
    assert.match(`${error.message} ${error.remedy}`, says)
    assert.ok(error.remedy.length > 0)
    if (cause) assert.equal((error.cause as { code?: string }).code, cause)
  })
}

test('what was refused was not applied, and what was taken was', async () => {
  const { system, store } = await start({}, [labActor(undefined, { mailbox: { limit: 5, overflow: 'refuse' } })])
  const results = await Promise.allSettled([
    ...Array.from({ length: 20 }, () => system.tell(a, say('add', { by: 1 }))),
    system.tell(a, say('add', { by: 'x' })),
    system.tell(a, say('add', { by: 1, text: 'x'.repeat(2_000_000) })),
  ])
  const taken = results.filter((result) => result.status === 'fulfilled').length
  assert.ok(taken >= 5)
  assert.equal(await system.ask(a, say('get')), taken)
  assert.deepEqual(await store.deadLetters({ limit: 10 }), [])
})

for (const [what, error] of Object.entries({
  'a database that is full': () => storeErrors.make('store.full', { where: 'test', problem: 'No space left on device' }),
  'a database that ran out of memory': () =>
    storeErrors.make('store.out_of_memory', { where: 'test', problem: 'memory access out of bounds' }),
  'a database that is away': () => storeErrors.make('store.unreachable', { where: 'test', problem: 'ECONNREFUSED' }),
})) {
  test(`${what} loses nothing: every message waits and is applied when it is well again, and the operator hears`, async () => {
    const plan = new FaultPlan()
    const store = faultyStore(memoryStore(), plan)
    const heard: string[] = []
    const troupe = await start({
      store,
      telemetry: { emit: (name, _m, metadata) => void (name === 'store.failed' && heard.push(JSON.stringify(metadata))) },
    })
    await troupe.system.tell(a, say('add', { by: 1 }))
    plan.arm({ at: 'before commit', action: 'fail', times: 4, error })
    const results = await inTime(
      'the tells',
      Promise.all(Array.from({ length: 5 }, () => troupe.system.ask(a, say('add', { by: 1 })))),
      20_000,
    )
    assert.deepEqual(results, [2, 3, 4, 5, 6])
    assert.ok(heard.length >= 4)
  })
}

test('a folder that may not be written is store.not_writable, and nothing is left locked', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may write everywhere')
  const folder = mkdtempSync(join(base, 'locked-'))
  chmodSync(folder, 0o500)
  await assert.rejects(start({ store: join(folder, 'x') }), { code: 'store.not_writable' })
})
