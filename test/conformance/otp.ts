/**
 * Owns: the conformance suite `otp`: replays golden traces of the real OTP supervisor on our supervisors and compares.
 * Does not own: the world of one scenario (otp-world), the command line (run).
 * Invariants: OT6 every scenario runs in a runtime of its own; the project's expectations are used where the trace has them.
 */

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compareEvents, compareValues } from './otp-compare.ts'
import type { Expectation, Scenario, Term } from './otp-terms.ts'
import { OtpWorld } from './otp-world.ts'

/** What a suite answers. `skipped` counts by need; `declined` is what the suite refuses on purpose. */
export interface SuiteResult {
  readonly passed: number
  readonly failed: number
  readonly declined: number
  readonly skipped: { readonly [need: string]: number }
  readonly report: readonly string[]
}

/** What this runner can do (README of the corpus, §8). */
const abilities: ReadonlySet<string> = new Set([
  'plain',
  'pause',
  'gate',
  'signal',
  'message',
  'significant',
  'simple_one_for_one',
  'dynamic',
  'timers',
  'real_time',
  'start_function',
  'supervisor_init',
  'unlink',
  'check_childspecs',
])

/** All scenario files at `paths`; a folder stands for the `.json` files in it. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) files.push(path)
    else for (const name of (await readdir(path)).sort()) if (name.endsWith('.json')) files.push(join(path, name))
  }
  return files
}

/** The scenarios of a file, or what is wrong with it. */
async function scenariosOf(file: string): Promise<readonly Scenario[] | string> {
  try {
    const { format, scenarios } = JSON.parse(await readFile(file, 'utf8')) as { format?: unknown; scenarios?: Scenario[] }
    if (format !== 1) return `expected format 1, got ${JSON.stringify(format)}`
    return Array.isArray(scenarios) ? scenarios : 'it has no list of scenarios'
  } catch (error) {
    return `not readable as JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** OTP hands the spec back with a failed start; we do not. */
function withoutSpec(result: Term): Term {
  if (Array.isArray(result)) return result.map((inner) => withoutSpec(inner as Term))
  if (result === null || typeof result !== 'object' || !('error' in result) || !('spec' in result)) return result
  const { spec: _spec, ...rest } = result as { readonly [key: string]: Term }
  return rest
}

/** Runs one scenario. @returns what is wrong, in lines; empty when it passes */
export async function runScenario(scenario: Scenario): Promise<string[]> {
  const want = scenario.project ?? scenario
  const world = new OtpWorld()
  const check = (where: string, expected: Expectation | undefined, result: Term): string[] => {
    const wrong = [
      ...compareValues('result', withoutSpec(expected?.result ?? null), result),
      ...compareEvents(expected?.events ?? [], world.takeEvents()),
    ]
    return wrong.length === 0 ? [] : [where, ...wrong.map((line) => `  ${line}`)]
  }
  try {
    const booted = check('boot', want.expect[0], await world.boot(scenario.tree))
    if (booted.length > 0) return booted
    for (const [index, step] of scenario.steps.entries()) {
      const where = `step ${index + 1} ${JSON.stringify(step)}`
      const expected = want.expect[index + 1]
      const { result, elapsed } = await world.step(step)
      const sorted = expected && { ...expected, result: world.sorted(step, expected.result) }
      const wrong = check(where, sorted, result)
      const [least, most] = step.elapsed_ms ?? [0, Number.POSITIVE_INFINITY]
      if (elapsed < least || elapsed > most) wrong.push(`${where}: took ${elapsed} ms, expected ${least} to ${most}`)
      if (wrong.length > 0) return wrong
    }
    return await checkFinal(world, want.final)
  } catch (error) {
    return [`the runner failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
  } finally {
    await world.close()
  }
}

async function checkFinal(world: OtpWorld, want: Scenario['final']): Promise<string[]> {
  let final: Awaited<ReturnType<OtpWorld['final']>> | undefined
  const asked = world.final().then((answer) => {
    final = answer
  })
  await world.quiet()
  if (!final) return ['final: a supervisor does not answer']
  await asked
  const supervisors = want.supervisors.map((one) => {
    const path = one.sup.slice(0, one.sup.lastIndexOf('#'))
    return { ...one, children: world.sorted({ do: 'which_children', sup: path }, one.children as Term) }
  })
  return [
    ...compareValues('final alive', want.alive as Term, final.alive),
    ...compareValues('final supervisors', supervisors as unknown as Term, final.supervisors),
  ]
}

/** Runs all scenarios of files and folders. */
export async function run(paths: readonly string[]): Promise<SuiteResult> {
  const report: string[] = []
  const skipped: { [need: string]: number } = {}
  let [passed, failed] = [0, 0]
  for (const file of await filesOf(paths)) {
    const read = await scenariosOf(file)
    if (typeof read === 'string') {
      failed++
      report.push(`FAILED ${file}: ${read}`)
      continue
    }
    for (const scenario of read) {
      const missing = scenario.needs.filter((need) => !abilities.has(need))
      for (const need of missing) skipped[need] = (skipped[need] ?? 0) + 1
      if (missing.length > 0) continue
      const wrong = await runScenario(scenario)
      if (wrong.length === 0) passed++
      else {
        failed++
        report.push(`FAILED ${scenario.name}: ${scenario.why}`, ...wrong.map((line) => `  ${line}`))
      }
    }
  }
  return { passed, failed, declined: 0, skipped, report }
}
