import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  crashed,
  describeExit,
  type ExitReason,
  isClean,
  killed,
  noproc,
  normal,
  shutdown,
} from '../../../runtime/kernel/exit.ts'

/** One of each kind, so that the compiler asks for a new one here. */
const all: { readonly [T in ExitReason['type']]: Extract<ExitReason, { type: T }> } = {
  normal: { type: 'normal' },
  shutdown: { type: 'shutdown', detail: { why: 'deploy' } },
  killed: { type: 'killed' },
  crashed: crashed(new Error('boom')) as Extract<ExitReason, { type: 'crashed' }>,
  stopped: { type: 'stopped', reason: 'bored' },
  gave_up: { type: 'gave_up', child: 'worker', history: [] },
  noproc: { type: 'noproc' },
  noconnection: { type: 'noconnection' },
  fenced: { type: 'fenced' },
  timeout: { type: 'timeout' },
}

test('X1: only normal and shutdown are clean', () => {
  const clean = Object.values(all).filter(isClean)
  assert.deepEqual(
    clean.map((reason) => reason.type),
    ['normal', 'shutdown'],
  )
  assert.ok(isClean(normal) && isClean(shutdown) && !isClean(killed) && !isClean(noproc))
})

test('every exit reason is plain data and has a line of its own for people', () => {
  const texts = Object.values(all).map((reason) => {
    assert.deepEqual(JSON.parse(JSON.stringify(reason)), reason)
    return describeExit(reason)
  })
  assert.equal(new Set(texts).size, texts.length)
  assert.deepEqual([texts[1], texts[3], texts[4]], ['shutdown ({"why":"deploy"})', 'crashed: boom', 'stopped: "bored"'])
  assert.equal(describeExit(shutdown), 'shutdown')
})

test('a crash keeps what was thrown, whatever it was', () => {
  for (const thrown of [new Error('x'), 'text', 7, null, undefined, { a: 1 }]) {
    const reason = crashed(thrown)
    assert.equal(reason.type, 'crashed')
    assert.deepEqual(JSON.parse(JSON.stringify(reason)), reason)
  }
})
