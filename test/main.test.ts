import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { openStore } from '#store'
import { createTroupe, defineActor, realSources, type TroupeConfig, TroupeError, telemetryEvents } from '#troupe'
import { waitFor } from './support/wait.ts'

const adder = () =>
  defineActor({
    kind: 'adder',
    version: 1,
    messages: { add: z.object({ by: z.number() }) },
    replies: { add: z.number() },
    logic: {
      initial: () => 0,
      transition(n: number, message, turn) {
        turn.reply(n + message.by)
        return n + message.by
      },
    },
  })
const counter = adder()

async function refusal(config: TroupeConfig): Promise<TroupeError> {
  const error = await createTroupe(config).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(TroupeError.is(error), `expected a refusal, got ${String(error)}`)
  return error
}

const signals = ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection', 'exit'] as const
const listeners = (): readonly number[] => signals.map((name) => process.listenerCount(name))

test('MA1 MA2 embedding takes no signal of its host, and a stop leaves no handle open', async () => {
  const before = { resources: process.getActiveResourcesInfo().length, listeners: listeners() }
  const troupe = await createTroupe({ actors: [counter], store: 'memory' })
  assert.equal(await troupe.actor(counter, 'c1').ask({ type: 'add', by: 2 }), 2)
  assert.deepEqual(listeners(), before.listeners)
  await troupe.stop()
  await troupe.stop()
  await waitFor('no handle to be left', () => process.getActiveResourcesInfo().length <= before.resources)
})

test('MA2 a store of the host stays open, and holds what a next life goes on with', async () => {
  const store = await openStore('memory', { sources: realSources() })
  for (const expected of [1, 2]) {
    const troupe = await createTroupe({ actors: [counter], store })
    assert.equal(await troupe.actor(counter, 'c1').ask({ type: 'add', by: 1 }), expected)
    await troupe.stop()
  }
  await store.close()
})

test('MA3 a start that fails leaves nothing running, and the next one has its place', async () => {
  const store = await openStore('memory', { sources: realSources() })
  const first = await createTroupe({ actors: [counter], store, node: 'a' })
  const before = process.getActiveResourcesInfo().length
  assert.equal((await refusal({ actors: [counter], store, node: 'b', patience: '50ms' })).code, 'partition.held')
  assert.ok(process.getActiveResourcesInfo().length <= before)
  await first.stop()
  const second = await createTroupe({ actors: [counter], store, node: 'b', patience: '50ms' })
  await second.stop()
  await store.close()
})

test('a configuration key that does not exist is refused with the nearest one', async () => {
  const error = await refusal({ stroe: 'memory' } as TroupeConfig)
  assert.equal(error.code, 'config.invalid')
  assert.match(error.remedy, /"store"/)
})

test('two behaviours of one kind and version are refused by name before anything is started', async () => {
  const error = await refusal({ actors: [counter, adder()], store: 'memory' })
  assert.equal(error.code, 'actor.duplicate_kind')
  assert.match(error.message, /"adder".*both have version 1/)
})

test('a telemetry sink of the host hears events of the catalogue', async () => {
  const heard = new Set<string>()
  const troupe = await createTroupe({ actors: [counter], store: 'memory', telemetry: { emit: (name) => heard.add(name) } })
  await troupe.actor(counter, 'c1').tell({ type: 'add', by: 1 })
  await troupe.stop()
  assert.ok(heard.size > 0 && [...heard].every((name) => name in telemetryEvents), [...heard].join(', '))
})
