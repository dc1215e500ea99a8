/**
 * Owns: that the checker sees each kind of violation, made by hand, and none where there is none.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openingBalance } from './actors.ts'
import { check, type Violation } from './checker.ts'
import type { Begun, Entry, Operation, Outcome, Tables } from './history.ts'

const ok = (value?: unknown): Outcome => ({ outcome: 'acknowledged', value })
const unknown: Outcome = { outcome: 'unknown' }
const refused: Outcome = { outcome: 'failed', code: 'actor.fenced' }

const add = (op: string, by = 1): Operation => ({ type: 'add', op, to: 'c', by, key: true, tell: false })
const get = (op: string): Operation => ({ type: 'get', op, to: 'c', key: false, tell: false })
const transfer = (op: string): Operation => ({ type: 'transfer', op, to: 'x', other: 'y', amount: 10, key: true, tell: false })
const arm = (op: string): Operation => ({ type: 'arm', op, to: 'a', delay: 5, key: true, tell: true })
const place = (op: string): Operation => ({ type: 'order', op, to: op, key: true, tell: false })
const run = (op: string): Operation => ({ type: 'run', op, to: 'w', key: true, tell: true })

interface World {
  entries: Entry[]
  begun: Begun[]
  facts: Tables['facts'][number][]
  actors: Tables['actors'][number][]
  deadLetters: Tables['deadLetters'][number][]
  left: Tables['left']
}

let clock = 0
const entry = (operation: Operation, result: Outcome): Entry => ({ operation, invoked: clock++, settled: clock++, result })
const fact = (kind: string, key: string, name: string, data: { op: string; [member: string]: number | string }) => ({
  address: { kind, key },
  name,
  data,
})
const actor = (kind: string, key: string, user: unknown) => ({
  address: { kind, key },
  status: 'active' as const,
  state: JSON.stringify({ user, next: 1, effects: {} }),
})

/** A run in which everything went well. */
function good(): World {
  clock = 0
  return {
    entries: [
      entry(add('op1'), ok(1)),
      entry(add('op2', 2), ok(3)),
      entry(get('op3'), ok(3)),
      entry(transfer('op4'), ok(true)),
      entry(arm('op5'), ok()),
      entry(run('op6'), ok()),
      entry(place('op9'), ok(true)),
      entry(add('op7'), unknown),
      entry({ ...add('op8'), key: false } as Operation, refused),
    ],
    begun: [
      { op: 'op6', life: 1 },
      { op: 'op6', life: 2 },
    ],
    facts: [
      fact('counter', 'c', 'added', { op: 'op1', n: 1 }),
      fact('counter', 'c', 'added', { op: 'op2', n: 3 }),
      fact('account', 'x', 'withdrawn', { op: 'op4', amount: 10 }),
      fact('account', 'y', 'deposited', { op: 'op4', amount: 10 }),
      fact('account', 'x', 'confirmed', { op: 'op4' }),
      fact('alarm', 'a', 'armed', { op: 'op5' }),
      fact('alarm', 'a', 'rang', { op: 'op5', late: 3 }),
      fact('worker', 'w', 'asked', { op: 'op6' }),
      fact('worker', 'w', 'result', { op: 'op6', life: 2 }),
      fact('order', 'op9', 'placed', { op: 'op9' }),
      fact('order', 'op9', 'delivered', { op: 'op9' }),
    ],
    actors: [
      actor('counter', 'c', 3),
      actor('account', 'x', { balance: openingBalance - 10, waiting: {} }),
      actor('account', 'y', { balance: openingBalance + 10, waiting: {} }),
    ],
    deadLetters: [],
    left: { outbox: 0, timers: 0, effects: 0 },
  }
}

const without = (world: World, name: string): void => {
  world.facts = world.facts.filter((one) => one.name !== name)
}
const double = (world: World, name: string): void => {
  world.facts.push(world.facts.find((one) => one.name === name)!)
}

test('CH1 a run in which everything went well has no violation', () => {
  const world = good()
  assert.deepEqual(check(world, world), [])
})

const broken: readonly {
  readonly what: string
  readonly rules: readonly Violation['rule'][]
  readonly by: (world: World) => void
}[] = [
  { what: 'an acknowledged message that was not applied', rules: ['lost', 'reply'], by: (w) => w.facts.shift() },
  { what: 'a message that was applied twice', rules: ['twice'], by: (w) => double(w, 'added') },
  {
    what: 'an unknown message that was applied twice',
    rules: ['twice'],
    by: (w) =>
      w.facts.push(fact('counter', 'c', 'added', { op: 'op7', n: 3 }), fact('counter', 'c', 'added', { op: 'op7', n: 3 })),
  },
  {
    what: 'a refused message that was applied',
    rules: ['ghost'],
    by: (w) => w.facts.push(fact('counter', 'c', 'added', { op: 'op8', n: 3 })),
  },
  {
    what: 'a message that nobody sent',
    rules: ['ghost'],
    by: (w) => w.facts.push(fact('counter', 'c', 'added', { op: 'op99', n: 3 })),
  },
  { what: 'an answer that the tables do not know', rules: ['reply'], by: (w) => Object.assign(w.entries[0]!, { result: ok(2) }) },
  { what: 'a state that lost a turn', rules: ['lost'], by: (w) => Object.assign(w.actors[0]!, actor('counter', 'c', 1)) },
  {
    what: 'a read that missed what was acknowledged before',
    rules: ['stale'],
    by: (w) => Object.assign(w.entries[2]!, { result: ok(1) }),
  },
  {
    what: 'money that was made',
    rules: ['sum'],
    by: (w) => Object.assign(w.actors[1]!, actor('account', 'x', { balance: openingBalance, waiting: {} })),
  },
  { what: 'a deposit that never came', rules: ['transfer'], by: (w) => without(w, 'deposited') },
  { what: 'a deposit that came twice', rules: ['transfer'], by: (w) => double(w, 'deposited') },
  { what: 'a deposit that was never withdrawn', rules: ['lost', 'transfer'], by: (w) => without(w, 'withdrawn') },
  { what: 'a confirmation that never came', rules: ['transfer'], by: (w) => without(w, 'confirmed') },
  {
    what: 'a transfer that still waits',
    rules: ['transfer'],
    by: (w) => Object.assign(w.actors[1]!, actor('account', 'x', { balance: openingBalance - 10, waiting: { op4: {} } })),
  },
  { what: 'an order that was never delivered', rules: ['order'], by: (w) => without(w, 'delivered') },
  { what: 'an order that was delivered twice', rules: ['order'], by: (w) => double(w, 'delivered') },
  { what: 'a timer that never rang', rules: ['timer'], by: (w) => without(w, 'rang') },
  { what: 'a timer that rang twice', rules: ['timer'], by: (w) => double(w, 'rang') },
  { what: 'a timer that rang early', rules: ['timer'], by: (w) => Object.assign(w.facts[6]!.data as object, { late: -1 }) },
  { what: 'an effect without a result', rules: ['effect'], by: (w) => without(w, 'result') },
  { what: 'an effect with two results', rules: ['effect'], by: (w) => double(w, 'result') },
  {
    what: 'an effect that was begun again after its result',
    rules: ['repeated'],
    by: (w) => w.begun.push({ op: 'op6', life: 3 }),
  },
  { what: 'an effect that was begun twice in one life', rules: ['repeated'], by: (w) => w.begun.push({ op: 'op6', life: 2 }) },
  {
    what: 'a row that was left in the outbox',
    rules: ['left'],
    by: (w) => Object.assign(w, { left: { outbox: 1, timers: 0, effects: 0 } }),
  },
  {
    what: 'a dead letter',
    rules: ['dead'],
    by: (w) => w.deadLetters.push({ address: { kind: 'counter', key: 'c' }, reason: 'x', envelope: '{}' }),
  },
]

for (const { what, rules, by } of broken) {
  test(`CH1 the checker sees ${what}`, () => {
    const world = good()
    by(world)
    assert.deepEqual([...new Set(check(world, world).map((violation) => violation.rule))].sort(), [...rules].sort())
  })
}
