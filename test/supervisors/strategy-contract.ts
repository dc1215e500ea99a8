/**
 * Owns: the contract suite of strategies: what every strategy must decide, and a model of what each takes along.
 * Does not own: the strategies.
 * Invariants: S6, S7, S8.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ExitReason, isClean, killed, normal, type Ref, shutdown } from '#runtime'
import type { AutoShutdown, FullChildSpec, Restart } from '#supervisors'
import { type Child, Children } from '../../supervisors/children.ts'
import type { Strategy, StrategyState, SupervisorDecision } from '../../supervisors/strategy.ts'
import { boom, shutdownX } from './stage.ts'

/** What a strategy under test takes along: ids that are stopped and started, in order, for a list of children and the index of the dead one. */
export type Model = (
  children: readonly Child[],
  dead: number,
) => { readonly stop: readonly unknown[]; readonly start: readonly unknown[] }

const restarts: readonly Restart[] = ['permanent', 'transient', 'temporary']
const reasons: readonly ExitReason[] = [normal, shutdown, shutdownX, boom, killed, { type: 'gave_up', child: 'x', history: [] }]
const modes: readonly AutoShutdown[] = ['never', 'any_significant', 'all_significant']

const ref = (id: number): Ref => ({ id, address: undefined, label: `p#${id}` })
const spec = (id: string, restart: Restart, significant = false): FullChildSpec => ({
  id,
  restart,
  significant,
  start: () => ({ started: 'ignore' }),
  args: [],
  shutdown: 5000,
  type: 'worker',
})

function childrenOf(kinds: readonly Restart[], significant = false): Children {
  const children = new Children()
  for (const [index, restart] of kinds.entries()) {
    children.add(`c${index}`, spec(`c${index}`, restart, significant && restart !== 'permanent'), [])
    children.started(`c${index}`, ref(index + 1))
  }
  return children
}

function stateOf(children: Children, more: Partial<StrategyState> = {}): StrategyState {
  const limit = { intensity: 3, period: 1000 }
  return { children, window: [], limit, autoShutdown: 'never', backoff: undefined, ...more }
}

const kinds = (decisions: readonly SupervisorDecision[]): string[] => decisions.map((d) => d.decision)
const exited = (child: Child, reason: ExitReason, now = 0) => ({ event: 'exited', child, reason, now }) as const
const is = <D extends SupervisorDecision['decision']>(
  d: SupervisorDecision,
  of: D,
): d is Extract<SupervisorDecision, { decision: D }> => d.decision === of

/** Registers the suite for one strategy. */
export function strategyContract(strategy: Strategy, model: Model): void {
  const name = strategy.name

  test(`${name}: the table of restart types and reasons decides who is restarted (otp-semantics 1.3, S7)`, () => {
    for (const restart of restarts)
      for (const reason of reasons) {
        const children = childrenOf(['permanent', restart, 'permanent'])
        const dead = children.get('c1') as Child
        const decided = strategy.decide(stateOf(children), exited(dead, reason))
        const again = restart === 'permanent' || (restart === 'transient' && !isClean(reason))
        assert.equal(kinds(decided).includes('restart'), again, `${restart} ${reason.type}`)
        assert.equal(kinds(decided).includes('report'), restart === 'permanent' || !isClean(reason))
        if (again) continue
        const kept = strategy.keepsSpecs && restart !== 'temporary'
        assert.equal(kinds(decided).at(-1), kept ? 'clear' : 'forget')
      }
  })

  test(`${name}: what a restart takes along, stopped youngest first and started oldest first`, () => {
    const lists = fc.array(fc.constantFrom(...restarts), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(lists, fc.nat(), fc.boolean(), (list, at, retried) => {
        const children = childrenOf(list)
        const all = [...children]
        const dead = all[at % all.length] as Child
        fc.pre(dead.spec.restart !== 'temporary')
        const event = retried ? ({ event: 'retry', child: dead, reason: boom, now: 0 } as const) : exited(dead, boom)
        const restart = strategy.decide(stateOf(children), event).find((d) => is(d, 'restart'))
        assert.ok(restart && is(restart, 'restart'))
        const expected = model(all, all.indexOf(dead))
        assert.deepEqual(
          restart.stop.map((c) => c.key),
          expected.stop,
        )
        assert.deepEqual(
          restart.start.map((c) => c.key),
          expected.start,
        )
      }),
    )
  })

  test(`${name}: deciding is pure: nothing is changed, and the same question has the same answer (S6)`, () => {
    const children = childrenOf(['permanent', 'transient', 'temporary'])
    const state = stateOf(children, { window: Object.freeze([1, 2]) })
    for (const child of [...children])
      for (const reason of reasons) {
        const before = JSON.stringify([...children])
        assert.deepEqual(strategy.decide(state, exited(child, reason, 5)), strategy.decide(state, exited(child, reason, 5)))
        assert.equal(JSON.stringify([...children]), before)
      }
  })

  test(`${name}: every attempt counts once, and the one too many gives up instead (S8)`, () => {
    const children = childrenOf(['permanent', 'permanent', 'permanent'])
    const dead = children.get('c0') as Child
    let window: readonly number[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      const event =
        attempt === 1 ? exited(dead, boom, attempt) : ({ event: 'retry', child: dead, reason: boom, now: attempt } as const)
      const decided = strategy.decide(stateOf(children, { window }), event)
      const counted = decided.filter((d) => is(d, 'count'))
      assert.equal(counted.length, 1)
      window = counted[0]?.window ?? []
      assert.equal(window.length, attempt)
    }
    const last = strategy.decide(stateOf(children, { window }), exited(dead, boom, 4))
    assert.equal(kinds(last).at(-1), 'give_up')
    assert.equal(kinds(last).includes('restart'), false)
    assert.ok(kinds(strategy.decide(stateOf(children, { window }), exited(dead, boom, 1004))).includes('restart'))
  })

  test(`${name}: a start that fails is reported, marked and tried again; one that declines is not (RF1, SG8)`, () => {
    const child = childrenOf(['permanent']).get('c0') as Child
    const state = stateOf(childrenOf(['permanent']))
    const failed = strategy.decide(state, { event: 'start_failed', child, reason: boom })
    assert.deepEqual(kinds(failed), ['report', 'mark_restarting', 'retry'])
    const declined = strategy.decide(state, { event: 'declined', child })
    assert.deepEqual(kinds(declined), [strategy.keepsSpecs ? 'clear' : 'forget'])
  })

  test(`${name}: with backoff an exit only marks and waits; the attempt that follows counts`, () => {
    const children = childrenOf(['permanent'])
    const child = children.get('c0') as Child
    const state = stateOf(children, { backoff: { initial: 10, max: 100 } })
    assert.deepEqual(kinds(strategy.decide(state, exited(child, boom))), ['report', 'mark_restarting', 'retry'])
    const retry = strategy.decide(state, { event: 'retry', child, reason: boom, now: 10 })
    assert.deepEqual(kinds(retry), ['count', 'restart'])
  })

  test(`${name}: only the unrestarted end of a significant child can end the supervisor (EEP 56)`, () => {
    for (const autoShutdown of modes)
      for (const restart of ['transient', 'temporary'] as const)
        for (const reason of reasons)
          for (const significant of [true, false]) {
            const children = childrenOf([restart, restart], significant)
            const [first, second] = [...children] as [Child, Child]
            const ends = (child: Child) =>
              kinds(strategy.decide(stateOf(children, { autoShutdown }), exited(child, reason))).includes('shut_down')
            const final = significant && autoShutdown !== 'never' && (restart === 'temporary' || isClean(reason))
            assert.equal(ends(first), final && autoShutdown === 'any_significant')
            children.stopped(first.key)
            assert.equal(ends(second), final)
            children.restarting(first.key, boom)
            assert.equal(ends(second), final && autoShutdown === 'any_significant', 'one that is restarting is active (A1)')
          }
  })
}
