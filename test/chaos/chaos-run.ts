/**
 * Owns: one chaos run with real processes: load, SIGKILL at random moments, restart, until done; then the check.
 * Does not own: the rules (checker), the databases (place).
 * Invariants: CR1 the seed gives the operations and the moments of the kills.
 */

import { realSources, seededRandom } from '#runtime'
import { openStore } from '#store'
import { waitFor } from '../support/wait.ts'
import { check, type Violation } from './checker.ts'
import { Client } from './client.ts'
import { History } from './history.ts'
import { operations } from './load.ts'
import { type ChildSettings, ProcessTarget } from './process-target.ts'
import { readTables } from './tables.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly kills: number
  readonly settings: ChildSettings
  /** Operations that each life may begin. */
  readonly perLife?: number
  readonly progress?: (kills: number, operations: number) => void
}

export interface ChaosReport {
  readonly seed: number
  readonly kills: number
  readonly operations: number
  readonly acknowledged: number
  readonly unknown: number
  readonly facts: number
  /** Effects that were begun more than once, because a kill came between. */
  readonly resumed: number
  /** How the last life ended after it was asked to; `0` is good. */
  readonly exit: string
  readonly violations: readonly Violation[]
}

const lanes = 24
/** Kills of every tenth life come while it still starts. */
const early = 0.1

export async function chaosRun({ seed, kills, settings, perLife = 120, progress }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed ^ 0x5eed)
  const history = new History()
  const target = new ProcessTarget(settings, (begun) => history.begun.push(begun))
  const client = new Client({ history, operations: operations(seed), target: target.perform, lanes })
  for (let kill = 1; kill <= kills; kill++) {
    target.start()
    client.allow(perLife)
    if (random.next() < early) await pause(random.next() * 800)
    else {
      await target.ready()
      await pause(random.next() ** 2 * 1200)
    }
    await target.kill()
    progress?.(kill, history.entries.length)
  }
  target.start()
  await target.ready()
  await client.finish()
  await waitFor(
    'all to be quiet',
    () => target.left(),
    (rows) => rows === 0,
    { within: 60_000, every: 50 },
  )
  const exit = await target.quit(20_000)
  const store = await openStore(settings.store, { sources: realSources(), schema: settings.schema })
  const tables = await readTables(store)
  await store.close()
  return {
    seed,
    kills,
    operations: history.entries.length,
    acknowledged: history.entries.filter((entry) => entry.result.outcome === 'acknowledged').length,
    unknown: history.entries.filter((entry) => entry.result.outcome === 'unknown').length,
    facts: tables.facts.length,
    resumed: history.begun.length - new Set(history.begun.map((begun) => begun.op)).size,
    exit,
    violations: check(history, tables),
  }
}

/** Not a wait for a condition: the moment of a kill is meant to be arbitrary. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** One line for people. */
export function reportLine(name: string, report: ChaosReport): string {
  const { seed, kills, operations: all, acknowledged, unknown, facts, resumed, exit, violations } = report
  return `${name}: seed ${seed}, ${kills} kills, ${all} operations (${acknowledged} acknowledged, ${unknown} unknown), ${facts} facts, ${resumed} effects resumed, exit ${exit}, ${violations.length} violations`
}
