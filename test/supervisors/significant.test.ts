/**
 * Owns: significant children and auto shutdown: otp-semantics §2.6 as ordinary tests.
 * Does not own: the golden traces of the same rules (conformance).
 * Invariants: S7.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normal, shutdown } from '#runtime'
import { type AutoShutdown, type ChildSpec, type Restart, startSupervisor, superviseAll } from '#supervisors'
import { boom, refusal, Stage } from './stage.ts'

const hour = 3_600_000
const limits = { intensity: 50, period: hour }
const ways = ['api', 'kill', 'abnormal', 'normal'] as const

async function endBy(
  stage: Stage,
  way: (typeof ways)[number],
  id: string,
  terminate: (id: string) => Promise<unknown>,
): Promise<void> {
  const doing: { readonly [W in (typeof ways)[number]]: () => Promise<unknown> } = {
    api: () => stage.run(terminate(id)),
    kill: () => stage.kill(id),
    abnormal: () => stage.end(id, boom),
    normal: () => stage.end(id, normal),
  }
  await doing[way]()
}

const significant = (stage: Stage, id: string, restart: Restart): ChildSpec => stage.child(id, {}, { restart, significant: true })

test('§2.6 #59 a child that is not significant never ends its supervisor, whatever the mode and its end', async () => {
  for (const autoShutdown of ['never', 'any_significant', 'all_significant'] as AutoShutdown[])
    for (const restart of ['temporary', 'transient'] as const)
      for (const way of ways) {
        const stage = new Stage()
        const top = await stage.supervise({
          ...limits,
          autoShutdown,
          children: [stage.child('c', {}, { restart }), stage.child('p')],
        })
        await endBy(stage, way, 'c', top.terminateChild)
        assert.ok(stage.alive('top') && stage.alive('p'), `${autoShutdown} ${restart} ${way}`)
      }
})

test('§2.6 #60 significant temporary children: any end but a call ends the supervisor, with `all` only the last one', async () => {
  for (const way of ways) {
    const any = new Stage()
    const children = (stage: Stage) => [
      significant(stage, 's1', 'temporary'),
      significant(stage, 's2', 'temporary'),
      stage.child('p'),
    ]
    const top = await any.supervise({ ...limits, autoShutdown: 'any_significant', children: children(any) })
    await endBy(any, way, 's1', top.terminateChild)
    assert.equal(any.alive('top'), way === 'api', `any ${way}`)
    if (way !== 'api') assert.deepEqual([any.endOf(top.target), any.alive('p'), any.alive('s2')], [shutdown, false, false])
    const all = new Stage()
    const other = await all.supervise({ ...limits, autoShutdown: 'all_significant', children: children(all) })
    await endBy(all, way, 's1', other.terminateChild)
    assert.ok(all.alive('top'), `all ${way}`)
    await endBy(all, way, 's2', other.terminateChild)
    assert.equal(all.alive('top'), way === 'api')
  }
})

test('§2.6 #61 significant transient children: a crash restarts, a clean end ends the supervisor, with `all` only the last one', async () => {
  for (const way of ways) {
    const any = new Stage()
    const children = (stage: Stage) => [
      significant(stage, 's1', 'transient'),
      significant(stage, 's2', 'transient'),
      stage.child('p'),
    ]
    const top = await any.supervise({ ...limits, autoShutdown: 'any_significant', children: children(any) })
    await endBy(any, way, 's1', top.terminateChild)
    assert.equal(any.alive('top'), way !== 'normal', `any ${way}`)
    if (way === 'kill' || way === 'abnormal') assert.equal(any.starts('s1'), 2)
    const all = new Stage()
    const other = await all.supervise({ ...limits, autoShutdown: 'all_significant', children: children(all) })
    await endBy(all, way, 's1', other.terminateChild)
    assert.ok(all.alive('top'), `all ${way}`)
    await endBy(all, way, 's2', other.terminateChild)
    assert.equal(all.alive('top'), way !== 'normal')
  }
})

test('§2.6 #61 with `all`, who was stopped by a call is not waited for, but a stop by call never triggers (A1)', async () => {
  for (const [first, second, alive] of [
    ['api', 'normal', false],
    ['normal', 'api', true],
  ] as const) {
    const stage = new Stage()
    const children = [significant(stage, 's1', 'transient'), significant(stage, 's2', 'transient')]
    const top = await stage.supervise({ ...limits, autoShutdown: 'all_significant', children })
    await endBy(stage, first, 's1', top.terminateChild)
    await endBy(stage, second, 's2', top.terminateChild)
    assert.equal(stage.alive('top'), alive, `${first} then ${second}`)
  }
})

test('§2.6 #62 dynamic strategies with auto shutdown, or with a significant template, are refused at the start', async () => {
  const stage = new Stage()
  const template = stage.child('t', {}, { restart: 'transient' })
  for (const spec of [
    { strategy: 'simple_one_for_one', autoShutdown: 'any_significant', template },
    { strategy: 'dynamic', autoShutdown: 'all_significant' },
    { strategy: 'simple_one_for_one', template: { ...template, significant: true } },
  ]) {
    const { fields } = await stage.run(refusal(superviseAll(stage.context, spec as never), 'server.start_failed'))
    const { code } = (fields.reason as { error: { code: string } }).error
    assert.match(code, /^(supervisor|childspec)\.combination$/)
  }
})

test('§2.6 #63 significant siblings that a restart of a plain child takes along never end the supervisor', async () => {
  for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const)
    for (const autoShutdown of ['any_significant', 'all_significant'] as const) {
      const stage = new Stage()
      const children = [
        significant(stage, 's1', 'transient'),
        significant(stage, 't1', 'temporary'),
        stage.child('plain'),
        significant(stage, 's2', 'transient'),
        significant(stage, 't2', 'temporary'),
      ]
      await stage.supervise({ ...limits, strategy, autoShutdown, children })
      await stage.kill('plain')
      assert.ok(
        stage.alive('top') && stage.alive('plain') && stage.alive('s1') && stage.alive('s2'),
        `${strategy} ${autoShutdown}`,
      )
    }
})

test('§2.6 #64 the end escalates through significant supervisors, and stops at one that is not', async () => {
  for (const escalates of [true, false]) {
    const stage = new Stage()
    const worker = stage.child('w', {}, { restart: 'transient', significant: true })
    const b: ChildSpec = {
      id: 'b',
      type: 'supervisor',
      restart: 'transient',
      significant: escalates,
      start: startSupervisor({ autoShutdown: 'any_significant', children: [worker] }),
    }
    const a = await stage.supervise({ autoShutdown: 'any_significant', children: [b] }, 'a')
    await stage.end('w', normal)
    assert.equal(stage.alive('a'), !escalates)
    if (!escalates)
      assert.deepEqual(
        (await stage.run(a.whichChildren())).map((row) => row.ref),
        [undefined],
      )
  }
})
