/**
 * Owns: tasks and partition supervisors: otp-semantics §2.10, rows 101 to 106.
 * Does not own: rows about several nodes (one-node.test).
 * Invariants: TK1, TK2, TK3, PS1, PS2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killed, normal, type Ref, shutdown } from '#runtime'
import { type ChildSpec, PartitionSupervisor, type RunningSupervisor, type TaskMessage, Tasks } from '#supervisors'
import { boom, counts, type Probe, refusal, refusalOf, Stage } from './stage.ts'

async function scene(maxChildren = Number.POSITIVE_INFINITY) {
  const stage = new Stage()
  const supervisor: RunningSupervisor = await stage.supervise({ strategy: 'dynamic', maxChildren, intensity: 9 }, 'tasks')
  const owner: Probe = await stage.probe({ trapExits: false, name: 'owner' })
  return { stage, supervisor, owner, tasks: new Tasks(stage.context, supervisor.target) }
}

test('§2.10 #101 a task gives its value, then a Down with normal; it is listed while it runs; only `async` links (TK1)', async () => {
  for (const kind of ['async', 'asyncNolink'] as const) {
    const { stage, supervisor, owner, tasks } = await scene()
    const task = await stage.run(tasks[kind](owner.ref, () => stage.sleep(100).then(() => 42), { messages: true }))
    await stage.quiet()
    assert.deepEqual(
      owner.got.map((s) => (s.signal === 'message' ? (s.message as TaskMessage).value : s.signal === 'down' && s.reason.type)),
      [42, 'normal'],
    )
    assert.equal(await stage.run(tasks.await(task, owner.ref)), 42)
    const looping = await stage.run(tasks[kind](owner.ref, () => new Promise(() => undefined)))
    assert.deepEqual(await counts(stage, supervisor), [1, 1, 0, 1])
    stage.processes.exit(looping.ref, boom)
    await stage.quiet()
    assert.equal(stage.processes.alive(owner.ref), kind === 'asyncNolink', kind)
  }
})

test('§2.10 #101 a linked task ends with its owner, an unlinked one does not', async () => {
  for (const kind of ['async', 'asyncNolink'] as const) {
    const { stage, owner, tasks } = await scene()
    let aborted = false
    const work = (signal: AbortSignal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
      })
    const task = await stage.run(tasks[kind](owner.ref, work))
    stage.processes.exit(owner.ref, killed)
    await stage.quiet()
    assert.equal(stage.processes.alive(task.ref), kind === 'asyncNolink')
    assert.equal(aborted, kind === 'async')
  }
})

test('§2.10 #102 after a wait that timed out neither the value nor the Down arrives (TK2)', async () => {
  const { stage, owner, tasks } = await scene()
  const starting = tasks.asyncNolink(owner.ref, () => stage.sleep(100).then(() => 42), { messages: true })
  await stage.settle()
  const task = await starting
  const waiting = refusal(tasks.await(task, owner.ref, 0), 'task.timeout')
  await stage.sources.advance(0)
  await waiting
  await stage.quiet()
  assert.equal(stage.processes.alive(task.ref), false)
  assert.deepEqual(owner.got, [])
})

test('§2.10 #102 only the owner may wait; a yield that comes too early may be repeated', async () => {
  const { stage, owner, tasks } = await scene()
  const stranger = await stage.probe()
  const task = await stage.run(tasks.asyncNolink(owner.ref, () => 42))
  for (const call of ['await', 'yield', 'shutdown'] as const)
    await stage.run(refusal(tasks[call](task, stranger.ref) as Promise<unknown>, 'task.not_owner'))
  assert.deepEqual(await stage.run(tasks.yield(task, owner.ref)), { outcome: 'value', value: 42 })
  const slow = await stage.begin({ strategy: 'dynamic' }).then((s) => new Tasks(stage.context, s.target))
  const late = await slow.asyncNolink(owner.ref, () => stage.sleep(1000).then(() => 'late'))
  const early = slow.yield(late, owner.ref, 10)
  await stage.sources.advance(10)
  assert.equal(await early, undefined)
  assert.deepEqual(await stage.run(slow.yield(late, owner.ref)), { outcome: 'value', value: 'late' })
})

test('§2.10 #103 a task that throws, rejects or is stopped fails its caller with the reason, or gives it as data', async () => {
  const { stage, owner, tasks } = await scene()
  const works: [() => unknown, string][] = [
    [
      () => {
        throw new Error('thrown')
      },
      'thrown',
    ],
    [() => Promise.reject(new Error('rejected')), 'rejected'],
    [
      () => {
        throw 'ball'
      },
      '"ball"',
    ],
  ]
  for (const [work, message] of works) {
    const task = await stage.run(tasks.asyncNolink(owner.ref, work))
    const { fields } = await stage.run(refusal(tasks.await(task, owner.ref), 'task.failed'))
    assert.equal((fields.reason as { error: { message: string } }).error.message, message)
  }
  const stopped = await stage.run(tasks.asyncNolink(owner.ref, () => new Promise(() => undefined)))
  stage.processes.exit(stopped.ref, boom)
  assert.deepEqual(await stage.run(tasks.yield(stopped, owner.ref)), { outcome: 'exit', reason: boom })
  assert.ok(stage.processes.alive(owner.ref))
})

test('§2.10 #104 a full supervisor refuses; a brutal task is killed at its supervisor’s end; a permanent one is restarted', async () => {
  const full = await scene(1)
  await full.stage.run(full.tasks.asyncNolink(full.owner.ref, () => new Promise(() => undefined)))
  await full.stage.run(
    refusal(
      full.tasks.async(full.owner.ref, () => 1),
      'child.limit',
    ),
  )
  const { stage, supervisor, owner, tasks } = await scene()
  const task = await stage.run(tasks.asyncNolink(owner.ref, () => new Promise(() => undefined), { shutdown: 'brutal_kill' }))
  stage.follow('task', task.ref)
  await stage.run(supervisor.stop(shutdown))
  assert.deepEqual(stage.endOf(task.ref), killed)
  const other = await scene()
  let runs = 0
  const work = () => {
    if (++runs === 1) throw new Error('once')
    return new Promise(() => undefined)
  }
  await other.stage.run(other.tasks.start(work, { restart: 'permanent' }))
  await other.stage.quiet()
  assert.deepEqual([runs, await counts(other.stage, other.supervisor)], [2, [1, 1, 0, 1]])
})

test('a shutdown of a task takes the value that it already has, and otherwise ends it without one', async () => {
  const { stage, owner, tasks } = await scene()
  const done = await stage.run(tasks.asyncNolink(owner.ref, () => 42))
  assert.deepEqual(await stage.run(tasks.shutdown(done, owner.ref)), { outcome: 'value', value: 42 })
  const stuck = await stage.run(tasks.async(owner.ref, () => new Promise(() => undefined)))
  assert.equal(await stage.run(tasks.shutdown(stuck, owner.ref, 'brutal_kill')), undefined)
  assert.deepEqual([stage.processes.alive(stuck.ref), stage.processes.alive(owner.ref)], [false, true])
})

async function partitions(count: number, more: Partial<ConstructorParameters<typeof PartitionSupervisor>[1]> = {}) {
  const stage = new Stage()
  const seen: unknown[][] = []
  const start: ChildSpec['start'] = (starter, ...args) => {
    seen.push([...args])
    return starter.spawn({ handle() {} }, { name: 'partition' })
  }
  const workers = new PartitionSupervisor(stage.processes, {
    name: 'workers',
    child: { start, args: ['base'] },
    partitions: count,
    ...more,
  })
  await stage.supervise({ children: [{ id: 'workers', type: 'supervisor', start: workers.start }] })
  return { stage, workers, seen }
}

test('§2.10 #105 integer keys go to |key| mod n, others by hash; arguments can differ by partition (PS1)', async () => {
  const { workers, seen } = await partitions(3, { withArguments: (args, partition) => [...args, partition] })
  assert.deepEqual(seen, [
    ['base', 0],
    ['base', 1],
    ['base', 2],
  ])
  assert.deepEqual(
    [0, 1, 2, 3, -1].map((key) => workers.partition(key)),
    [0, 1, 2, 0, 1],
  )
  assert.equal(workers.ref(3), workers.ref(0))
  assert.equal(workers.ref(-1), workers.ref(1))
  assert.equal(workers.ref('some text'), workers.ref('some text'))
  const broken = {
    name: 'w',
    child: { start: () => ({ started: 'ignore' as const }) },
    partitions: 2,
    withArguments: () => 7 as never,
  }
  const stage = new Stage()
  const bad = new PartitionSupervisor(stage.processes, broken)
  const boot = refusal(stage.begin({ children: [{ id: 'w', start: bad.start }] }), 'server.start_failed')
  assert.match((await stage.run(boot)).message, /withArguments/)
})

test('§2.10 #106 resizing down, up and to nothing: n are active, all specs stay, keys reach exactly n (PS2)', async () => {
  const { stage, workers } = await partitions(8)
  let previous = 8
  for (const size of [7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 3, 7, 1, 8, 2, 0, 5]) {
    assert.equal(await stage.run(workers.resize(size)), previous)
    previous = size
    const { active, specs } = await stage.run(workers.client().countChildren())
    assert.deepEqual([active, specs], [size, 8])
    if (size === 0) refusalOf(() => workers.ref('key'), 'partitions.none')
    else assert.equal(new Set(Array.from({ length: 200 }, (_, key) => workers.ref(key).id)).size, size)
  }
  for (const size of [9, -1, 1.5]) await refusal(workers.resize(size), 'partitions.size')
  refusalOf(
    () => new PartitionSupervisor(stage.processes, { name: 'w', child: { start: () => assert.fail() }, partitions: 0 }),
    'partitions.size',
  )
})

test('a partition that crashes is found again under its keys after its restart', async () => {
  const { stage, workers } = await partitions(2)
  const before: Ref = workers.ref(1)
  stage.processes.exit(before, killed)
  refusalOf(() => workers.ref(1), 'partitions.none')
  await stage.quiet()
  assert.notEqual(workers.ref(1).id, before.id)
  assert.equal(normal.type, 'normal')
})
