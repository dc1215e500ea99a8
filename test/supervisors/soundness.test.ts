/**
 * Owns: what must hold after any sequence of ends and calls, whatever the strategy: nobody is lost, nobody is listed who is dead.
 * Does not own: which restart follows from which end (strategies, conformance).
 * Invariants: S4, S5, S17, S19.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ExitReason, killed, normal, shutdown, TroupeError } from '#runtime'
import type { Backoff, ChildSpec, Restart, RunningSupervisor } from '#supervisors'
import { boom, type Plan, type Script, Stage, shutdownX } from './stage.ts'

const ids = ['a', 'b', 'c', 'd'] as const
type Id = (typeof ids)[number]
const ends = [normal, shutdown, shutdownX, boom] as const

const id = fc.constantFrom(...ids)
const script = fc.record({
  plan: fc
    .array(fc.constantFrom<Plan>('ok', 'ok', 'ok', 'ignore', 'error', 'throw'), { maxLength: 4 })
    .map((plan) => [...plan, 'ok' as const]),
  trap: fc.boolean(),
})
const restart = fc.constantFrom<Restart>('permanent', 'transient', 'temporary')
type Action =
  | { readonly do: 'end'; readonly id: Id; readonly reason: ExitReason }
  | { readonly do: 'start'; readonly id: Id; readonly script: Script; readonly restart: Restart }
  | { readonly do: 'kill'; readonly id: Id }
  | { readonly do: 'terminate'; readonly id: Id }
  | { readonly do: 'restart'; readonly id: Id }
  | { readonly do: 'delete'; readonly id: Id }

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('end' as const), id, reason: fc.constantFrom(...ends) }),
  fc.record({ do: fc.constant('start' as const), id, script, restart }),
  fc.record({ do: fc.constantFrom('kill' as const, 'terminate' as const, 'restart' as const, 'delete' as const), id }),
)

type Doings = {
  readonly [D in Action['do']]: (stage: Stage, top: RunningSupervisor, s: Extract<Action, { do: D }>) => Promise<unknown>
}

const doings: Doings = {
  end: async (stage, _top, s) => stage.has(s.id) && stage.end(s.id, s.reason),
  kill: async (stage, _top, s) => stage.has(s.id) && stage.kill(s.id),
  start: (stage, top, s) => stage.run(top.startChild(stage.child(s.id, s.script, { restart: s.restart }))),
  terminate: (stage, top, s) => stage.run(top.terminateChild(s.id)),
  restart: (stage, top, s) => stage.run(top.restartChild(s.id)),
  delete: (stage, top, s) => stage.run(top.deleteChild(s.id)),
}

async function perform(stage: Stage, top: RunningSupervisor, step: Action): Promise<void> {
  try {
    await (doings[step.do] as (stage: Stage, top: RunningSupervisor, s: Action) => Promise<unknown>)(stage, top, step)
  } catch (error) {
    assert.ok(TroupeError.is(error), `not a catalogued error: ${String(error)}`)
  }
}

/** No dead one is listed as running, no living one is unlisted, and the counts agree with the rows. */
async function sound(stage: Stage, top: RunningSupervisor): Promise<void> {
  const living = stage.processes.list().filter((info) => info.ref.id !== top.target.id)
  if (!stage.processes.alive(top.target)) return assert.deepEqual(living, [], `left behind: ${stage.log.join(', ')}`)
  const rows = await stage.run(top.whichChildren())
  const listed = rows.flatMap((row) => (typeof row.ref === 'object' ? [row.ref.id] : []))
  assert.deepEqual(listed.sort(), living.map((info) => info.ref.id).sort(), stage.log.join(', '))
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length)
  const { specs, active } = await stage.run(top.countChildren())
  assert.deepEqual([specs, active], [rows.length, listed.length])
}

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const
interface Scenario {
  readonly strategy: (typeof strategies)[number]
  readonly intensity: number
  readonly backoff: Backoff | undefined
  readonly actions: readonly Action[]
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  strategy: fc.constantFrom(...strategies),
  intensity: fc.integer({ min: 0, max: 6 }),
  backoff: fc.option(fc.constant({ initial: 10, max: 100, jitter: 0.5 }), { nil: undefined }),
  actions: fc.array(action, { maxLength: 25 }),
})

async function play({ strategy, intensity, backoff, actions }: Scenario): Promise<string[]> {
  const stage = new Stage()
  const children: ChildSpec[] = ['a', 'b'].map((name) => stage.child(name))
  const top = await stage.supervise({ strategy, intensity, period: 3_600_000, children, ...(backoff && { backoff }) })
  for (const step of actions) {
    if (!stage.processes.alive(top.target)) break
    await perform(stage, top, step)
    await stage.quiet()
    await sound(stage, top)
  }
  await stage.run(top.stop(shutdown))
  assert.deepEqual(stage.processes.list(), [])
  return stage.log
}

test('whatever ends and whatever is called, everybody who lives is listed and nobody is left at the end', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => void (await play(given))),
    { numRuns: 300 },
  )
})

test('the same actions give the same events: nothing depends on real time or chance', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => assert.deepEqual(await play(given), await play(given))),
    { numRuns: 50 },
  )
})

test('a supervisor that is killed at any moment leaves nobody behind', async () => {
  const moments = fc.record({
    strategy: fc.constantFrom(...strategies),
    at: fc.nat(700),
    slow: fc.nat(200),
    slowStart: fc.nat(200),
  })
  await fc.assert(
    fc.asyncProperty(moments, async ({ strategy, at, slow, slowStart }) => {
      const stage = new Stage()
      const children = ids.map((name) => stage.child(name, { slow, slowStart }))
      const top = await stage.supervise({ strategy, intensity: 9, period: 3_600_000, children })
      stage.endSoon('b')
      await stage.sources.advance(at)
      stage.processes.exit(top.target, killed)
      await stage.quiet()
      assert.deepEqual(stage.processes.list(), [], stage.log.join(', '))
    }),
    { numRuns: 200 },
  )
})
