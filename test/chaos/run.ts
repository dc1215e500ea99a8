/**
 * Owns: the command `npm run chaos -- [--kills N] [--seed S] [--store pglite|postgres] [--keep]`.
 * Does not own: a run (chaos-run).
 * Invariants: the seed is printed before anything else, the last line is `N passed, N failed`, and the exit code is 1 on any violation.
 */

import { parseArgs } from 'node:util'
import { chaosRun, reportLine } from './chaos-run.ts'
import { type PlaceName, places } from './place.ts'

const names = Object.keys(places) as PlaceName[]

function settings(): {
  readonly kills: number
  readonly seed: number
  readonly stores: readonly PlaceName[]
  readonly keep: boolean
} {
  const { values } = parseArgs({
    options: { kills: { type: 'string' }, seed: { type: 'string' }, store: { type: 'string' }, keep: { type: 'boolean' } },
  })
  const kills = Number(values.kills ?? 50)
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  if (!Number.isInteger(kills) || kills < 0) throw new Error(`--kills must be a whole number, got ${values.kills}`)
  if (!Number.isInteger(seed)) throw new Error(`--seed must be a whole number, got ${values.seed}`)
  if (values.store !== undefined && !names.includes(values.store as PlaceName))
    throw new Error(`--store must be one of ${names.join(', ')}, got ${values.store}`)
  return { kills, seed, stores: values.store === undefined ? names : [values.store as PlaceName], keep: values.keep ?? false }
}

async function main(): Promise<number> {
  const { kills, seed, stores, keep } = settings()
  console.log(`seed ${seed}`)
  let failed = 0
  for (const [at, name] of stores.entries()) {
    const share =
      at < stores.length - 1 ? Math.floor(kills / stores.length) : kills - Math.floor(kills / stores.length) * (stores.length - 1)
    const place = await places[name]()
    const progress = (done: number, operations: number): void => {
      if (done % 25 === 0) console.log(`${name}: ${done} of ${share} kills, ${operations} operations`)
    }
    const report = await chaosRun({ seed, kills: share, settings: place.settings, progress })
    for (const violation of report.violations) console.log(`${violation.rule}: ${violation.about}`)
    console.log(reportLine(name, report))
    if (report.violations.length > 0 || report.exit !== '0') failed++
    if (keep || report.violations.length > 0) console.log(`kept: ${JSON.stringify(place.settings)}`)
    else await place.remove()
  }
  console.log(`${stores.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()
