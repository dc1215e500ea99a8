/**
 * Owns: registries: otp-semantics §2.9 as ordinary tests.
 * Does not own: addresses of actors.
 * Invariants: RG1–RG5, KL1, KL2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killed, normal, type Ref, type Signal } from '#runtime'
import { Registry, type RegistryNotice, type RegistryOptions } from '#supervisors'
import { boom, type Probe, refusal, refusalOf, Stage } from './stage.ts'

interface Scene {
  readonly stage: Stage
  readonly registry: Registry
  readonly a: Probe
  readonly b: Probe
}

async function scene(options: Partial<RegistryOptions> = {}): Promise<Scene> {
  const stage = new Stage()
  const registry = new Registry(stage.processes, { name: 'names', keys: 'unique', ...options })
  await stage.supervise({ intensity: 9, children: [{ id: 'names', type: 'supervisor', start: registry.start }] })
  return {
    stage,
    registry,
    a: await stage.probe({ name: 'a', trapExits: false }),
    b: await stage.probe({ name: 'b', trapExits: false }),
  }
}

const die = async (stage: Stage, ref: Ref): Promise<void> => {
  stage.processes.exit(ref, killed)
  await stage.quiet()
}

/** Whether the end of the registry's partitions would reach `ref`: the only sign of a link from outside. */
async function diesWithRegistry({ stage, registry }: Scene, ref: Ref): Promise<boolean> {
  for (const partition of registry.partitionRefs) if (partition) stage.processes.exit(partition, killed)
  await stage.quiet()
  return !stage.processes.alive(ref)
}

test('§2.9 #91 a unique key has one holder; a second registration by itself or another tells who, and changes nothing (RG1, RG3)', async () => {
  const { stage, registry, a, b } = await scene()
  registry.register(a.ref, 'k', 1)
  for (const owner of [a.ref, b.ref])
    assert.equal(refusalOf(() => registry.register(owner, 'k', 2), 'registry.taken').fields.ref, a.ref.id)
  assert.deepEqual([registry.keys(a.ref), registry.values(a.ref, 'k'), registry.keys(b.ref)], [['k'], [1], []])
  assert.deepEqual(registry.lookup('k'), [{ ref: a.ref, value: 1 }])
  assert.equal(await diesWithRegistry({ stage, registry, a, b }, b.ref), false, 'the loser must not be linked')
})

test('§2.9 #91 keys compare strictly: 1 and "1" are two, and structured keys are equal by their parts', async () => {
  const { registry, a, b } = await scene()
  registry.register(a.ref, 1)
  registry.register(b.ref, '1')
  registry.register(a.ref, { x: 1, y: [2] })
  assert.equal(registry.whereis({ y: [2], x: 1 }), a.ref)
  assert.deepEqual([registry.whereis(1), registry.whereis('1')], [a.ref, b.ref])
})

test('§2.9 #92 a dead holder is taken over even if the partition has not cleaned up yet (RG1, RG4)', async () => {
  const { stage, registry, a, b } = await scene()
  registry.register(a.ref, 'k', 'old')
  const partition = registry.partitionRefs[0] as Ref
  stage.processes.pause(partition)
  await die(stage, a.ref)
  assert.deepEqual(registry.lookup('k').length, 1, 'the dead one is still there')
  assert.equal(registry.whereis('k'), undefined, 'but it is not shown as alive')
  registry.register(b.ref, 'k', 'new')
  assert.deepEqual(registry.lookup('k'), [{ ref: b.ref, value: 'new' }])
  stage.processes.resume(partition)
  await stage.quiet()
  assert.deepEqual(registry.lookup('k'), [{ ref: b.ref, value: 'new' }], 'the late clean-up took the new one away')
})

test('§2.9 #93 when holders crash all tables are empty, for each kind of registry and number of partitions (RG4, RG5)', async () => {
  for (const options of [
    { keys: 'unique' },
    { keys: 'duplicate', spread: 'process' },
    { keys: 'duplicate', spread: 'key' },
  ] as const)
    for (const partitions of [1, 8]) {
      const { stage, registry, a, b } = await scene({ ...options, partitions })
      for (let i = 0; i < 5; i++) {
        registry.register(a.ref, `a${i}`)
        registry.register(b.ref, `b${i}`)
        if (options.keys === 'duplicate') registry.register(b.ref, `a${i}`)
      }
      await die(stage, a.ref)
      assert.deepEqual(registry.keys(a.ref), [])
      assert.equal(registry.count(), options.keys === 'duplicate' ? 10 : 5)
      await die(stage, b.ref)
      assert.deepEqual([registry.count(), registry.lookup('a0'), registry.lookup('b0')], [0, [], []])
    }
})

test('§2.9 #94 a holder is linked to the registry until its last key is gone (RG2)', async () => {
  for (const [left, dies] of [
    [2, true],
    [1, true],
    [0, false],
  ] as const) {
    const its = await scene()
    for (const key of ['one', 'two']) its.registry.register(its.a.ref, key)
    for (const key of ['one', 'two'].slice(0, 2 - left)) its.registry.unregister(its.a.ref, key)
    assert.equal(await diesWithRegistry(its, its.a.ref), dies, `${left} keys left`)
    assert.equal(its.registry.count(), 0)
    assert.ok(
      its.registry.partitionRefs.every((ref) => ref && its.stage.processes.alive(ref)),
      'its supervisor restarted it',
    )
  }
})

test('§2.9 #95 refused registrations leave no residue (RG3, RG5)', async () => {
  const { stage, registry, a, b } = await scene()
  registry.register(a.ref, 'k')
  for (let i = 0; i < 100; i++) refusalOf(() => registry.register(b.ref, 'k'), 'registry.taken')
  assert.deepEqual([registry.count(), registry.keys(b.ref)], [1, []])
  await die(stage, b.ref)
  assert.equal(registry.count(), 1)
  refusalOf(() => registry.register(b.ref, 'other'), 'registry.dead')
  assert.equal(registry.count(), 1)
})

test('§2.9 #96 a process started under a key is usable by it; a taken key refuses; a crash in init releases it', async () => {
  const { stage, registry } = await scene()
  const got: Signal[] = []
  const server = { handle: (signal: Signal) => void got.push(signal) }
  const started = await stage.run(registry.spawn(server, 'service', { value: 'about it' }))
  assert.ok(started.started === 'ok')
  registry.send('service', { type: 'hello' })
  await stage.quiet()
  assert.deepEqual([got.length, registry.lookup('service')[0]?.value], [1, 'about it'])
  assert.deepEqual(await stage.run(registry.spawn(server, 'service')), { started: 'already_started', ref: started.ref })
  const crashing = {
    ...server,
    init: () => {
      assert.ok(registry.whereis('broken'), 'the key is held before init runs')
      throw new Error('init')
    },
  }
  assert.equal((await stage.run(registry.spawn(crashing, 'broken'))).started, 'error')
  assert.equal(registry.whereis('broken'), undefined)
  refusalOf(() => registry.send('broken', { type: 'hello' }), 'registry.unknown')
  assert.equal((await stage.run(registry.spawn(server, 'broken'))).started, 'ok')
})

test('§2.9 #97 listeners hear of registrations and unregistrations in order, with the value', async () => {
  const stage = new Stage()
  const [listener, a] = [await stage.probe(), await stage.probe()]
  const registry = new Registry(stage.processes, { name: 'names', keys: 'unique', listeners: [listener.ref] })
  await stage.supervise({ children: [{ id: 'names', type: 'supervisor', start: registry.start }] })
  registry.register(a.ref, 'one', 'value')
  registry.register(a.ref, 'two')
  registry.unregister(a.ref, 'one')
  await die(stage, a.ref)
  const heard = listener.got.map((s) => (s.signal === 'message' ? (s.message as RegistryNotice) : undefined))
  assert.deepEqual(
    heard.map((n) => [n?.type, n?.key, n?.ref.id, n?.value]),
    [
      ['registry.registered', 'one', a.ref.id, 'value'],
      ['registry.registered', 'two', a.ref.id, undefined],
      ['registry.unregistered', 'one', a.ref.id, undefined],
      ['registry.unregistered', 'two', a.ref.id, undefined],
    ],
  )
})

test('§2.9 #98 duplicate keys: one entry per registration, dispatch sees all and is never called without any', async () => {
  for (const partitions of [1, 4])
    for (const parallel of [false, true]) {
      const { registry, a, b } = await scene({ keys: 'duplicate', partitions })
      registry.register(a.ref, 'k', 1)
      registry.register(a.ref, 'k', 2)
      registry.register(b.ref, 'k', 3)
      assert.deepEqual(
        [registry.keys(a.ref), registry.values(a.ref, 'k')],
        [
          ['k', 'k'],
          [1, 2],
        ],
      )
      const seen: unknown[] = []
      const visit = (entries: readonly { value: unknown }[]) => {
        assert.notEqual(entries.length, 0)
        seen.push(...entries.map((entry) => entry.value))
      }
      await registry.dispatch('k', visit, { parallel })
      assert.deepEqual(seen.sort(), [1, 2, 3])
      await registry.dispatch('nobody', () => assert.fail('called without an entry'), { parallel })
      registry.unregister(a.ref, 'k')
      assert.deepEqual([registry.keys(a.ref), registry.lookup('k').map((e) => e.value)], [[], [3]])
    }
})

test('§2.9 #99 a process takes away and changes only its own entries; a value of a duplicate key cannot be changed', async () => {
  const { registry, a, b } = await scene()
  registry.register(a.ref, 'k', 1)
  registry.unregister(b.ref, 'k')
  assert.equal(registry.lookup('k').length, 1)
  assert.equal(
    registry.updateValue(a.ref, 'k', (n) => Number(n) + 1),
    2,
  )
  refusalOf(() => registry.updateValue(b.ref, 'k', () => 9), 'registry.not_owner')
  assert.deepEqual(registry.values(a.ref, 'k'), [2])
  const duplicate = await scene({ keys: 'duplicate' })
  duplicate.registry.register(duplicate.a.ref, 'k')
  refusalOf(() => duplicate.registry.updateValue(duplicate.a.ref, 'k', () => 9), 'registry.duplicate')
  refusalOf(() => duplicate.registry.whereis('k'), 'registry.duplicate')
  await refusal(duplicate.registry.spawn({ handle() {} }, 'k'), 'registry.duplicate')
})

test('§2.9 #100 locks under different keys do not wait for each other', async () => {
  const { stage, registry, a, b } = await scene()
  const log: string[] = []
  const one = registry.lock(a.ref, 'one', () => stage.sleep(100).then(() => log.push('one')))
  const two = registry.lock(b.ref, 'two', () => log.push('two'))
  await stage.run(Promise.all([one, two]))
  assert.deepEqual(log, ['two', 'one'])
})

test('§2.9 #100 a lock is exclusive and first come, first served (KL1)', async () => {
  const { stage, registry } = await scene()
  const log: string[] = []
  let inside = 0
  const work = (name: string) => async () => {
    assert.equal(++inside, 1)
    await stage.sleep(10)
    inside--
    log.push(name)
    return name
  }
  const owners = await Promise.all(Array.from({ length: 5 }, () => stage.probe()))
  const held = owners.map((owner, i) => registry.lock(owner.ref, 'k', work(String(i))))
  assert.deepEqual(await stage.run(Promise.all(held)), ['0', '1', '2', '3', '4'])
  assert.deepEqual(log, ['0', '1', '2', '3', '4'])
})

test('§2.9 #100 a lock is released when its work throws', async () => {
  const { stage, registry, a, b } = await scene()
  const failing = registry.lock(a.ref, 'k', () => Promise.reject(new Error('inside')))
  const next = registry.lock(b.ref, 'k', () => 'got it')
  await assert.rejects(stage.run(failing), /inside/)
  assert.equal(await stage.run(next), 'got it')
})

test('§2.9 #100 a lock is released when its holder is killed (KL2)', async () => {
  const { stage, registry, a, b } = await scene()
  void registry.lock(a.ref, 'k', () => new Promise(() => undefined))
  const next = registry.lock(b.ref, 'k', () => 'got it')
  await stage.settle()
  stage.processes.exit(a.ref, killed)
  assert.equal(await stage.run(next), 'got it')
})

test('§2.9 #100 a killed waiter is passed over (KL2)', async () => {
  const { stage, registry, a, b } = await scene()
  const dead = await stage.probe()
  const log: string[] = []
  const first = registry.lock(a.ref, 'k', () => stage.sleep(100))
  void registry.lock(dead.ref, 'k', () => log.push('dead'))
  const last = registry.lock(b.ref, 'k', () => log.push('last'))
  await stage.settle()
  stage.processes.exit(dead.ref, killed)
  await stage.run(Promise.all([first, last]))
  assert.deepEqual(log, ['last'])
})

test('holders of a registry that ends with normal reasons are forgotten as well', async () => {
  const { stage, registry, a } = await scene()
  registry.register(a.ref, 'k')
  await stage.run(stage.processes.stop(a.ref, normal))
  assert.equal(registry.count(), 0)
  assert.equal(boom.type, 'stopped')
})
