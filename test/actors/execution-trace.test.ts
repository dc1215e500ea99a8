/**
 * Owns: the proof of the sums over traces.
 * Does not own: executions.
 * Invariants: ET2, ET3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallTrace, durationOf, type ExecutionTrace, summaryOf, totalsOf } from '../../actors/execution-trace.ts'

const call = (change: Partial<CallTrace>): CallTrace => ({ model: 'm', messages: [], retries: 0, cache: 'miss', ...change })
const trace = (calls: readonly CallTrace[], change: Partial<ExecutionTrace> = {}): ExecutionTrace => ({
  execution: 'e1',
  program: 'p',
  version: 1,
  status: 'completed',
  createdAt: 0,
  startedAt: 100,
  endedAt: 150,
  inputs: {},
  steps: [{ step: 's', module: 'Predict', status: 'completed', startedAt: 100, endedAt: 150, inputs: {}, calls }],
  ...change,
})

test('ET3 a call that the cache answered costs nothing', () => {
  const tokens = { input: 10, output: 2 }
  const totals = totalsOf(
    trace([
      call({ tokens, cost: 0.5, retries: 2 }),
      call({ tokens, cost: 0.5, cache: 'hit' }),
      call({ tokens, cost: 0.5, cache: 'joined' }),
      call({ tokens, cost: 0.25, cache: 'off', resumed: true }),
    ]),
  )
  assert.deepEqual(totals, {
    calls: 4,
    paid: 2,
    hits: 1,
    joined: 1,
    retries: 2,
    resumed: 1,
    failed: 0,
    tokens: { input: 20, output: 4 },
    unknownTokens: 0,
    cost: 0.75,
    unknownCost: 0,
  })
})

test('ET2 what is not known is counted as unknown', () => {
  const totals = totalsOf(trace([call({}), call({ tokens: { input: 1, output: 1 } }), call({ cost: 1 })]))
  assert.deepEqual([totals.unknownTokens, totals.unknownCost, totals.cost], [2, 2, 1])
})

test('a summary counts every status and takes latencies of ended executions only', () => {
  const running = trace([], { status: 'running' })
  const { endedAt: _, ...open } = running
  const summary = summaryOf([trace([call({})]), trace([], { status: 'failed', endedAt: 300 }), open])
  assert.deepEqual(summary.statuses, { pending: 0, running: 1, completed: 1, failed: 1, cancelled: 0 })
  assert.deepEqual([summary.executions, summary.totals.calls, summary.latency?.count, summary.latency?.max], [3, 1, 2, 200])
  assert.equal(durationOf(open), undefined)
})
