/**
 * Owns: the command `npm run fuzz -- [--cases N] [--seed S]`: malformed input for everything that takes input, and what came of it.
 * Does not own: input (mutate), where it is thrown (targets, live).
 */

import { parseArgs } from 'node:util'
import { seededRandom, TroupeError } from '#runtime'
import { fuzzLive } from './live.ts'
import { targets } from './targets.ts'

export interface FuzzReport {
  readonly name: string
  readonly accepted: number
  readonly refused: number
  /** Seeds of the cases whose error was not of the catalogue, with the error. */
  readonly failed: readonly string[]
}

/** Runs `cases` in all, shared evenly. */
export async function fuzz(cases: number, seed: number): Promise<readonly FuzzReport[]> {
  const each = Math.ceil(cases / (targets.length + 1))
  const reports: FuzzReport[] = []
  for (const target of targets) {
    let accepted = 0
    let refused = 0
    const failed: string[] = []
    for (let n = 0; n < each; n++) {
      const own = seed * 1_000_003 + n
      try {
        target.attempt(seededRandom(own))
        accepted++
      } catch (error) {
        if (TroupeError.is(error) && error.code !== 'internal' && error.remedy.length > 0) refused++
        else if (failed.length < 5) failed.push(`seed ${own}: ${error instanceof Error ? error.stack : String(error)}`)
      }
    }
    reports.push({ name: target.name, accepted, refused, failed })
  }
  const live = await fuzzLive(seededRandom(seed), each)
  reports.push({ name: 'messages to living actors', accepted: live.applied, refused: live.refused, failed: [] })
  return reports
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const reports = await fuzz(Number(values.cases), Number(values.seed))
  for (const { name, accepted, refused, failed } of reports) {
    console.log(
      `${name.padEnd(28)} ${String(accepted).padStart(7)} accepted ${String(refused).padStart(7)} refused ${String(failed.length).padStart(3)} failed`,
    )
    for (const line of failed) console.log(`  ${line}`)
  }
  const failures = reports.filter((report) => report.failed.length > 0).length
  console.log(`seed ${values.seed}: ${reports.length - failures} passed, ${failures} failed`)
  process.exitCode = failures === 0 ? 0 : 1
}
