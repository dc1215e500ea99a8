/**
 * Owns: the command `bench:local`: its options, the run, what it prints.
 * Does not own: the comparisons (local-cases), the measuring (rounds).
 * Invariants: RO1, RP1. BL1 nothing but the report goes to standard output, so that `--json` can be piped.
 */

import { parseArgs } from 'node:util'
import { testPostgres } from '../support/postgres.ts'
import { localGroups } from './local-cases.ts'
import { jsonReport, tableReport } from './report.ts'
import { type Measured, measure } from './rounds.ts'

const usage = `usage: npm run bench:local -- [--json] [--only a,b,…] [--rounds N]

${localGroups.map((group) => `  ${group.letter}  ${group.title}`).join('\n')}
`

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const rounds = Number(values.rounds)
const letters = values.only?.split(',')
const unknown = letters?.filter((letter) => !localGroups.some((group) => group.letter === letter)) ?? []
if (!Number.isInteger(rounds) || rounds < 1 || unknown.length > 0) {
  process.stderr.write(
    unknown.length > 0
      ? `unknown: ${unknown.join(', ')}\n${usage}`
      : `--rounds expects a whole number of 1 or more, got ${values.rounds}\n`,
  )
  process.exit(2)
}

const groups = localGroups.filter((group) => !letters || letters.includes(group.letter))
// The server is started here, so that all contenders find the same one in their environment.
if (groups.some((group) => group.comparisons.some(({ ours }) => ours.place.setting === 'postgres'))) await testPostgres()
const cases: Measured[] = []
for (const group of groups) cases.push(...(await measure(group, rounds, (line) => process.stderr.write(`${line}\n`))))
process.stdout.write(`${values.json ? jsonReport('local', rounds, cases) : tableReport(groups, cases)}\n`)
