/**
 * Owns: faults at every named point of the store, one after the other and all together, judged by the checker of the kill test.
 * Does not own: real kills (kill-*.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#runtime'
import { storeErrors } from '#store'
import type { Fault, FaultPoint, StoreOperation } from '../support/faulty-store.ts'
import { faultRun } from './fault-run.ts'

const seed = Number(process.env.TROUPE_CHAOS_SEED ?? Date.now() % 2 ** 31)

/** What the points are in the life of a message. */
const points: { readonly [O in StoreOperation]?: string } = {
  commit: 'the commit of turns',
  load: 'the load of an actor',
  reply: 'the look-up of an idempotency key',
  outbox: 'the outbox relay',
  timers: 'the read of timers',
  withEffects: 'the resumption of effects',
  claim: 'the claim of leases',
  leases: 'the look at leases',
  installation: 'the check of the installation',
}

for (const [operation, what] of Object.entries(points)) {
  for (const when of ['before', 'after'] as const) {
    for (const action of ['fail', 'hang'] as const) {
      const at = `${when} ${operation as StoreOperation}` as FaultPoint
      test(`T2 CO3 ${what} that ${action}s ${when} it is done loses nothing and repeats nothing`, async () => {
        const faults: Fault[] = [
          { at, action, times: 2 },
          { at, action, skip: 3, times: 2 },
        ]
        const report = await faultRun({ seed, faults })
        assert.deepEqual(report.violations, [], `seed ${seed}`)
        assert.equal(report.gaveUp, 0)
        if (operation !== 'leases') assert.ok(report.hits > 0, 'the fault never struck')
      })
    }
  }
}

test('T5 a commit that the store refuses for good, now and then, reaches only the turns in it', async () => {
  const error = () => storeErrors.make('store.failed', { operation: 'commit', sqlstate: 'XX000', problem: 'refused' })
  const report = await faultRun({
    seed,
    faults: [2, 5, 9, 14].map((skip) => ({ at: 'before commit', action: 'fail', skip, times: 1, error })),
  })
  assert.deepEqual(report.violations, [], `seed ${seed}`)
  assert.equal(report.gaveUp, 0)
  assert.ok(report.hits > 0)
})

for (const at of ['before commit', 'after commit', 'after load'] as const) {
  test(`T4 LK4 leases that are lost while a call hangs ${at}: whoever is told "fenced" was not applied, and the node goes on`, async () => {
    const faults: Fault[] = [
      { at: 'before renew', action: 'hang', times: 2 },
      { at, action: 'hang', skip: 2, times: 3 },
    ]
    const report = await faultRun({ seed, faults, hang: 900, lease: 400, perLife: 120 })
    assert.deepEqual(report.violations, [], `seed ${seed}`)
    assert.equal(report.gaveUp, 0)
    assert.ok(report.lost >= 8, `${report.lost} partitions were lost`)
  })
}

for (let storm = 0; storm < 6; storm++) {
  test(`T2 CO3 T6 T7 storm ${storm}: faults at all points at random`, async () => {
    const random = seededRandom(seed + storm)
    const upTo = (n: number): number => Math.floor(random.next() * n)
    const faults = Object.keys(points).flatMap((operation) =>
      Array.from({ length: 1 + upTo(3) }, (): Fault => {
        const when = upTo(2) === 0 ? 'before' : 'after'
        const at = `${when} ${operation as StoreOperation}` as FaultPoint
        return { at, action: upTo(3) === 0 ? 'hang' : 'fail', skip: upTo(20), times: 1 + upTo(3) }
      }),
    )
    const report = await faultRun({ seed: seed + storm, faults, perLife: 120 })
    assert.deepEqual(report.violations, [], `seed ${seed}, storm ${storm}`)
    assert.equal(report.gaveUp, 0)
  })
}
