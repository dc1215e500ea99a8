/**
 * Owns: what must hold after a chaos run, whatever was killed or failed when.
 * Does not own: running (chaos-run), reading the tables (tables).
 * Invariants: CH1 it is pure: the same history and tables give the same violations.
 */

import { openingBalance } from './actors.ts'
import type { Begun, Entry, History, Tables } from './history.ts'

/** A broken promise: its name, and what was seen. */
export interface Violation {
  readonly rule:
    | 'lost'
    | 'twice'
    | 'ghost'
    | 'reply'
    | 'stale'
    | 'sum'
    | 'transfer'
    | 'timer'
    | 'order'
    | 'effect'
    | 'repeated'
    | 'left'
    | 'dead'
  readonly about: string
}

/** How often each operation has a fact of a name. */
class Counts {
  readonly #of = new Map<string, Map<string, number>>()

  constructor(facts: Tables['facts']) {
    for (const { name, data } of facts) {
      const { op } = data as { op: string }
      const counts = this.#of.get(name) ?? new Map<string, number>()
      this.#of.set(name, counts.set(op, (counts.get(op) ?? 0) + 1))
    }
  }

  of(name: string, op: string): number {
    return this.#of.get(name)?.get(op) ?? 0
  }

  all(name: string): IterableIterator<[string, number]> {
    return (this.#of.get(name) ?? new Map<string, number>()).entries()
  }
}

/** The fact that says that an operation was applied. */
const applied: { readonly [T in Entry['operation']['type']]: readonly string[] } = {
  add: ['added'],
  get: [],
  transfer: ['withdrawn', 'refused'],
  arm: ['armed'],
  run: ['asked'],
  order: ['placed'],
}

/** All broken promises; none when all is well. */
export function check(history: Pick<History, 'entries' | 'begun'>, tables: Tables): Violation[] {
  const counts = new Counts(tables.facts)
  return [
    ...applications(history.entries, counts),
    ...replies(history.entries, tables),
    ...transfers(counts, tables),
    ...orders(counts),
    ...timers(counts),
    ...effects(history.begun, counts, tables),
    ...leftovers(tables),
  ]
}

/** Acknowledged = once; failed = not at all; unknown = at most once. */
function applications(entries: readonly Entry[], counts: Counts): Violation[] {
  const found: Violation[] = []
  const known = new Set(entries.map((entry) => entry.operation.op))
  for (const { operation, result } of entries) {
    const names = applied[operation.type]
    if (names.length === 0) continue
    const times = names.reduce((sum, name) => sum + counts.of(name, operation.op), 0)
    const about = `${operation.type} ${operation.op} to ${operation.to}: ${result.outcome}, applied ${times} times`
    if (times > 1) found.push({ rule: 'twice', about })
    if (times === 0 && result.outcome === 'acknowledged') found.push({ rule: 'lost', about })
    if (times === 1 && result.outcome === 'failed') found.push({ rule: 'ghost', about: `${about} (${result.code})` })
  }
  for (const names of Object.values(applied))
    for (const name of names)
      for (const [op] of counts.all(name))
        if (!known.has(op)) found.push({ rule: 'ghost', about: `${op} was applied and never asked for` })
  return found
}

/** What was answered is what the tables say; a read sees everything that was acknowledged before it began. */
function replies(entries: readonly Entry[], tables: Tables): Violation[] {
  const found: Violation[] = []
  const sums = new Map<string, number>()
  for (const { name, data } of tables.facts) {
    const fact = data as { op: string; n: number }
    if (name === 'added') sums.set(fact.op, fact.n)
  }
  const byCounter = Map.groupBy(
    entries.filter(({ operation, result }) => operation.type !== 'transfer' && result.outcome === 'acknowledged'),
    (entry) => `${entry.operation.type === 'add' || entry.operation.type === 'get' ? entry.operation.to : ''}`,
  )
  for (const { operation, result } of entries) {
    if (operation.type !== 'add' || operation.tell || result.outcome !== 'acknowledged') continue
    if (result.value !== sums.get(operation.op))
      found.push({
        rule: 'reply',
        about: `add ${operation.op} was answered ${result.value}, the tables say ${sums.get(operation.op)}`,
      })
  }
  byCounter.delete('')
  for (const [to, acknowledged] of byCounter) found.push(...stale(to, acknowledged, sums))
  const final = new Map(
    tables.actors.filter((row) => row.address.kind === 'counter').map((row) => [row.address.key, userState(row.state)]),
  )
  for (const [key, highest] of highestSums(tables)) {
    if (final.get(key) !== highest)
      found.push({ rule: 'lost', about: `counter ${key} ends at ${final.get(key)}, its turns add up to ${highest}` })
  }
  return found
}

/** Counters only grow, so a sum that was seen may never be higher than one that is read later. */
function stale(to: string, acknowledged: readonly Entry[], sums: ReadonlyMap<string, number>): Violation[] {
  const found: Violation[] = []
  const seen = acknowledged
    .map((entry) => ({
      entry,
      sum:
        entry.operation.type === 'get'
          ? ((entry.result as { value: unknown }).value as number)
          : (sums.get(entry.operation.op) ?? 0),
    }))
    .sort((a, b) => a.entry.settled - b.entry.settled)
  let highest = 0
  let at = 0
  for (const one of [...seen].sort((a, b) => a.entry.invoked - b.entry.invoked)) {
    for (; at < seen.length && seen[at]!.entry.settled < one.entry.invoked; at++) highest = Math.max(highest, seen[at]!.sum)
    // A keyed retry may carry the answer of an earlier life; only reads tell the present.
    if (one.entry.operation.type === 'get' && one.sum < highest)
      found.push({ rule: 'stale', about: `a read of ${to} gave ${one.sum} after ${highest} had been seen` })
  }
  return found
}

function highestSums(tables: Tables): Map<string, number> {
  const highest = new Map<string, number>()
  for (const { address, name, data } of tables.facts) {
    if (name === 'added') highest.set(address.key, Math.max((data as { n: number }).n, highest.get(address.key) ?? 0))
  }
  return highest
}

function userState(state: string): unknown {
  return (JSON.parse(state) as { user: unknown }).user
}

/** Money is neither made nor lost, and each transfer is withdrawn, deposited and confirmed once. */
function transfers(counts: Counts, tables: Tables): Violation[] {
  const found: Violation[] = []
  for (const [op] of counts.all('withdrawn')) {
    const [deposited, confirmed] = [counts.of('deposited', op), counts.of('confirmed', op)]
    if (deposited !== 1 || confirmed !== 1)
      found.push({ rule: 'transfer', about: `transfer ${op} was deposited ${deposited} times and confirmed ${confirmed} times` })
  }
  for (const [op] of counts.all('deposited'))
    if (counts.of('withdrawn', op) === 0)
      found.push({ rule: 'transfer', about: `transfer ${op} was deposited and never withdrawn` })
  const accounts = tables.actors
    .filter((row) => row.address.kind === 'account')
    .map((row) => userState(row.state) as { balance: number; waiting: object })
  const sum = accounts.reduce((total, account) => total + account.balance, 0)
  if (sum !== accounts.length * openingBalance)
    found.push({
      rule: 'sum',
      about: `${accounts.length} accounts hold ${sum}, they began with ${accounts.length * openingBalance}`,
    })
  for (const { waiting } of accounts)
    for (const op of Object.keys(waiting)) found.push({ rule: 'transfer', about: `transfer ${op} still waits to be confirmed` })
  return found
}

/** Each order that was placed is delivered once. */
function orders(counts: Counts): Violation[] {
  const found: Violation[] = []
  for (const [op, placed] of counts.all('placed')) {
    const delivered = counts.of('delivered', op)
    if (delivered !== placed)
      found.push({ rule: 'order', about: `order ${op} was placed ${placed} times and delivered ${delivered} times` })
  }
  return found
}

/** Each timer that was armed rings once, not early. */
function timers(counts: Counts): Violation[] {
  const found: Violation[] = []
  for (const [op, armed] of counts.all('armed')) {
    const rang = counts.of('rang', op)
    if (rang !== armed) found.push({ rule: 'timer', about: `timer ${op} was armed ${armed} times and rang ${rang} times` })
  }
  return found
}

/** Each effect has one result, and none is begun again once its result is recorded. */
function effects(begun: readonly Begun[], counts: Counts, tables: Tables): Violation[] {
  const found: Violation[] = []
  const lifeOf = new Map<string, number>()
  for (const { name, data } of tables.facts) {
    if (name === 'result') lifeOf.set((data as { op: string }).op, (data as { life: number }).life)
    if (name === 'rang' && (data as { late: number }).late < 0)
      found.push({
        rule: 'timer',
        about: `timer ${(data as { op: string }).op} rang ${-(data as { late: number }).late} ms early`,
      })
  }
  for (const [op, asked] of counts.all('asked')) {
    const results = counts.of('result', op)
    if (results !== asked)
      found.push({ rule: 'effect', about: `effect ${op} was asked for ${asked} times and has ${results} results` })
  }
  const perLife = new Map<string, number>()
  for (const { op, life } of begun) {
    const key = `${op} in life ${life}`
    perLife.set(key, (perLife.get(key) ?? 0) + 1)
    const recorded = lifeOf.get(op)
    if (recorded !== undefined && life > recorded)
      found.push({ rule: 'repeated', about: `effect ${op} was begun in life ${life}, its result is of life ${recorded}` })
  }
  for (const [key, times] of perLife)
    if (times > 1) found.push({ rule: 'repeated', about: `effect ${key} was begun ${times} times` })
  return found
}

/** When all is quiet nothing waits any more, and nothing was given up. */
function leftovers({ left, deadLetters }: Tables): Violation[] {
  const found: Violation[] = Object.entries(left).flatMap(([what, rows]) =>
    rows === 0 ? [] : [{ rule: 'left', about: `${rows} rows of ${what} are left` } as const],
  )
  for (const { address, reason, envelope } of deadLetters)
    found.push({
      rule: 'dead',
      about: `a message to ${address.kind}/${address.key} is dead (${reason}): ${envelope.slice(0, 200)}`,
    })
  return found
}
