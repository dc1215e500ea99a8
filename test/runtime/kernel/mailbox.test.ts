/**
 * Owns: what a mailbox and its queue keep: order, bound, overflow, the urgent lane.
 * Does not own: who reads it (process-cell.test.ts).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Mailbox, type Overflow, Queue } from '../../../runtime/kernel/mailbox.ts'

const drain = <T>(box: { shift(): T | undefined }): T[] => {
  const all: T[] = []
  for (let entry = box.shift(); entry !== undefined; entry = box.shift()) all.push(entry)
  return all
}

const operation = fc.oneof(
  fc.record({ op: fc.constant('push' as const), value: fc.integer() }),
  fc.record({ op: fc.constant('unshift' as const), value: fc.integer() }),
  fc.record({ op: fc.constant('shift' as const) }),
  fc.record({ op: fc.constant('peek' as const) }),
  fc.record({ op: fc.constant('remove' as const), value: fc.integer({ min: 2, max: 5 }) }),
)

test('MB1 a queue does what a plain list does, whatever is done to it in which order', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = new Queue<number>()
      const list: number[] = []
      for (const step of operations) {
        if (step.op === 'push') assert.equal(list.push(step.value) && queue.push(step.value), undefined)
        else if (step.op === 'unshift') assert.equal(list.unshift(step.value) && queue.unshift(step.value), undefined)
        else if (step.op === 'shift') assert.equal(queue.shift(), list.shift())
        else if (step.op === 'peek') assert.equal(queue.peek(), list[0])
        else {
          const kept = list.filter((value) => value % step.value !== 0)
          assert.equal(
            queue.remove((value) => value % step.value === 0),
            list.length - kept.length,
          )
          list.splice(0, list.length, ...kept)
        }
        assert.equal(queue.size, list.length)
      }
      assert.deepEqual(drain(queue), list)
    }),
  )
})

test('MB1 a queue keeps its order over growth, wrap-around and the return of its memory', () => {
  const queue = new Queue<number>()
  let next = 0
  let expected = 0
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 5000; i++) queue.push(next++)
    for (let i = 0; i < 4000; i++) assert.equal(queue.shift(), expected++)
  }
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) assert.equal(entry, expected++)
  assert.equal(expected, next)
  queue.push(1)
  assert.deepEqual(drain(queue), [1])
})

const overflows: { readonly [O in Overflow]: { readonly told: string; readonly left: number[]; readonly thrownOut: number[] } } =
  {
    refuse: { told: 'refused', left: [1, 2], thrownOut: [] },
    'drop-new': { told: 'dropped-new', left: [1, 2], thrownOut: [] },
    'drop-oldest': { told: 'dropped-oldest', left: [2, 3], thrownOut: [1] },
  }

for (const [overflow, expected] of Object.entries(overflows)) {
  test(`MB2 a full mailbox that answers with ${overflow} never grows and says what it did`, () => {
    const box = new Mailbox<number>(2, overflow as Overflow)
    const thrownOut: number[] = []
    assert.equal(box.push(1), 'accepted')
    assert.equal(box.push(2), 'accepted')
    assert.equal(
      box.push(3, (oldest) => thrownOut.push(oldest)),
      expected.told,
    )
    assert.equal(box.size, 2)
    assert.deepEqual(thrownOut, expected.thrownOut)
    assert.deepEqual(drain(box), expected.left)
  })
}

test('MB3 signals are taken by a full mailbox, and urgent ones overtake messages', () => {
  const box = new Mailbox<string>(1, 'refuse')
  box.push('message')
  box.pushSignal('exit')
  box.pushUrgent('stop')
  assert.equal(box.push('late'), 'refused')
  assert.equal(box.peek(), 'stop')
  assert.deepEqual(drain(box), ['stop', 'message', 'exit'])
})

test('MB3 drop-oldest throws out the oldest message, never a signal that waits before it', () => {
  const box = new Mailbox<string>(3, 'drop-oldest', (entry) => entry.startsWith('signal'))
  const thrownOut: string[] = []
  box.pushSignal('signal 1')
  box.push('a')
  box.pushSignal('signal 2')
  assert.equal(
    box.push('b', (oldest) => thrownOut.push(oldest)),
    'dropped-oldest',
  )
  assert.deepEqual(thrownOut, ['a'])
  assert.deepEqual(drain(box), ['signal 1', 'signal 2', 'b'])
})

test('MB2 MB3 whatever is pushed, no more messages wait than the limit and no signal is lost', () => {
  const push = fc.record({ lane: fc.constantFrom('message', 'signal', 'urgent'), id: fc.nat() })
  fc.assert(
    fc.property(
      fc.array(push, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Overflow>('refuse', 'drop-new', 'drop-oldest'),
      (pushes, limit, overflow) => {
        const box = new Mailbox<{ lane: string; id: number }>(limit, overflow, (entry) => entry.lane !== 'message')
        let gone = 0
        const signals = pushes.filter((entry) => entry.lane !== 'message').length
        for (const entry of pushes) {
          if (entry.lane === 'urgent') box.pushUrgent(entry)
          else if (entry.lane === 'signal') box.pushSignal(entry)
          else if (box.push(entry) !== 'accepted') gone++
        }
        const left = drain(box)
        const messages = left.filter((entry) => entry.lane === 'message').length
        assert.ok(messages <= limit, `${messages} messages wait, the limit is ${limit}`)
        assert.equal(left.length - messages, signals)
        assert.equal(left.length + gone, pushes.length)
      },
    ),
  )
})
