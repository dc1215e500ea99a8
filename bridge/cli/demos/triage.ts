/**
 * Owns: the demo `triage`: real mails sorted into spam and ham by a program that learned from a few of them.
 * Does not own: data sets, programs and executions (actors), the mails (datasets), how it looks (render).
 * Invariants: TD1 every execution has an id of its own number, so that a run after a crash finds those that are there: none is run twice, but
 * one that failed is run again. TD2 what fails for every mail is told after the first ones, not paid for two hundred times.
 */

import {
  type Confusion,
  confusionOf,
  type Example,
  type ExecutionTrace,
  type Outcome,
  quantilesOf,
  shuffled,
  splitExamples,
} from '#actors'
import { type Address, digestOf, errorFrom, type Json, type Sources, seededRandom, TroupeError } from '#runtime'
import { cliErrors } from '../cli-errors.ts'
import type { CommandResult } from '../command-result.ts'
import type { Demo, DemoContext, Target } from '../host.ts'
import type { LocalTroupe, OpenTroupe } from '../local-troupe.ts'
import { isFolder, shownPlace } from '../place.ts'
import { type EvaluationReport, evaluationLines } from '../render/evaluation-report.ts'
import { openWithMails } from './mail-set.ts'
import { endedBefore, Tally } from './tally.ts'

const seed = 20
const defaultSize = 200
/** Demonstrations in the prompt, half of each label. */
const demoCount = 48
/** Characters of a body that the model sees. */
const bodyLimit = 600
const concurrency = 16
const labels = ['spam', 'ham'] as const
const signature = "subject, body -> label: Literal['spam', 'ham']"

export interface DemoOptions {
  readonly open: OpenTroupe
  /** True when no store is there yet. */
  readonly isUnused: (target: Target) => boolean
  /** Takes an embedded store away when all actors in it are expendable. @throws `cli.fresh_server`, `store.needed`, `store.locked` */
  readonly erase: (target: Target, expendable: (address: Address) => boolean) => Promise<void>
  readonly sources: Sources
  /** Monotonic milliseconds at which the process started. */
  readonly startedAt: number
  /** Largest resident memory of the process so far, bytes. */
  readonly peakMemory: () => number
}

export function triageDemo(options: DemoOptions): Demo {
  return {
    name: 'triage',
    summary: 'sorts real e-mails into spam and ham as supervised, durable executions',
    run: (context) => runTriage(context, options),
  }
}

async function runTriage(context: DemoContext, options: DemoOptions): Promise<CommandResult> {
  if (context.fresh) await options.erase(context.target, isOfTheDemo)
  // What a crash cut off goes on as soon as the store is open, so that is when this run begins.
  const began = options.sources.clock.now()
  const { troupe, mails } = await openWithMails(context, { ...options, clock: options.sources.clock })
  try {
    const job = await prepare(troupe, mails, context.size ?? defaultSize, began)
    const ran = await runAll(troupe, job, context, options)
    // Awaited here, because a failure must be caught before the stop that follows is waited for.
    return await report(troupe, job, ran, context, options)
  } finally {
    await troupe.stop()
  }
}

/** What `--fresh` may throw away. Contents, executions and calls belong to data sets and programs, so these decide. */
function isOfTheDemo({ kind, key }: Address): boolean {
  const names: { readonly [kind: string]: string } = { dataset: 'mail', program: 'triage' }
  return ['content', 'execution', 'model-call'].includes(kind) || names[kind] === key
}

interface Job {
  readonly title: string
  readonly version: number
  /** Start of the ids of its executions: another version or another model is another job. */
  readonly ids: string
  readonly tests: readonly Example[]
  /** Wall time at which this run began: what ended before it is an earlier run's. */
  readonly began: number
}

/** Chooses demos and tests by seed and publishes the program; the same content is the same version. */
async function prepare(troupe: LocalTroupe, mails: readonly Example[], size: number, began: number): Promise<Job> {
  const most = mails.length - 2 * demoCount
  if (size > most)
    throw cliErrors.make('cli.usage', { problem: `--size is at most ${most}, got ${size}`, command: 'troupe demo' })
  const stratify = mails.map((mail) => String(mail.label))
  // A smaller job is a part of the usual one, so that it has the same program and what was answered is not asked again.
  const held = Math.max(size, defaultSize)
  const { train, test } = splitExamples(mails.length, { seed, parts: { train: mails.length - held, test: held }, stratify })
  const pick = shuffled(train, seededRandom(seed))
  const demos = labels.flatMap((label) => pick.filter((at) => mails[at]!.label === label).slice(0, demoCount / labels.length))
  const order = shuffled(demos, seededRandom(seed + 1)).map((at) => shown(mails[at]!))
  const instructions = 'Sort the mail: is it unwanted advertising (spam), or wanted mail (ham)?'
  const { version, hash } = await troupe.programs.publish(
    'triage',
    { signature, instructions, steps: [{ id: 'sort', module: 'Predict', demos: order }] },
    true,
  )
  const { model } = troupe.model.choice
  return {
    title: `triage v${version} on mail`,
    version,
    ids: `triage-v${version}-${digestOf({ hash, model }).slice(0, 8)}`,
    tests: test.slice(0, size).map((at) => mails[at]!),
    began,
  }
}

function shown({ subject, body, label }: Example): Example {
  return { subject: subject ?? null, body: String(body).slice(0, bodyLimit).toWellFormed(), label: label ?? null }
}

interface Ran extends Pick<Tally, 'traces' | 'errors' | 'earlier' | 'totals' | 'latencies'> {
  readonly elapsed: number
  /** Milliseconds from the start of the process to the first answer. */
  readonly startUp: number
}

async function runAll(troupe: LocalTroupe, job: Job, context: DemoContext, { sources, startedAt }: DemoOptions): Promise<Ran> {
  const { clock } = sources
  const begun = clock.monotonic()
  const tally = new Tally(job.tests.length, concurrency)
  let next = 0
  let startUp: number | undefined
  const show = (): void => {
    context.progress.update(tally.progress(job.title, clock.monotonic() - begun, troupe.metrics.count('supervisor.restarted')))
  }
  const worker = async (): Promise<void> => {
    while (next < job.tests.length && !context.signal.aborted && !tally.hopeless) {
      const at = next++
      tally.running++
      try {
        tally.ended(at, await runOne(troupe, job, at, context.signal), job.began)
        startUp ??= clock.monotonic() - startedAt
      } catch (error) {
        if (context.signal.aborted) break
        tally.errors.set(at, TroupeError.is(error) ? error.code : 'foreign')
      }
      tally.running--
      tally.count(clock.monotonic())
      show()
    }
  }
  show()
  await Promise.all(Array.from({ length: concurrency }, worker))
  context.progress.close()
  // Whoever stopped it wants to go on later: an interrupted job has no result.
  context.signal.throwIfAborted()
  const { hopeless } = tally
  if (hopeless && tally.done < job.tests.length)
    throw cliErrors.make('cli.demo_hopeless', { tries: tally.done, remedy: hopeless.remedy }, errorFrom(hopeless))
  const { traces, errors, earlier, totals, latencies } = tally
  return {
    traces,
    errors,
    earlier,
    totals,
    latencies,
    elapsed: clock.monotonic() - begun,
    startUp: startUp ?? clock.monotonic() - startedAt,
  }
}

/** One mail as an execution; the one of an earlier run when there is one (TD1), a new one when that had failed. */
async function runOne(troupe: LocalTroupe, job: Job, at: number, signal: AbortSignal): Promise<ExecutionTrace> {
  const { label: _label, ...inputs } = shown(job.tests[at]!)
  for (let attempt = 1; ; attempt++) {
    const id = `${job.ids}-${String(at + 1).padStart(4, '0')}${attempt === 1 ? '' : `-again${attempt - 1}`}`
    const options = { id, version: job.version }
    const run = await troupe.programs.run('triage', inputs as { readonly [field: string]: Json }, options)
    const trace = await run.result('infinity', signal)
    if (trace.status === 'completed' || !endedBefore(trace, job.began)) return trace
  }
}

async function report(
  troupe: LocalTroupe,
  job: Job,
  ran: Ran,
  { target }: DemoContext,
  options: DemoOptions,
): Promise<CommandResult> {
  const outcomes = job.tests.flatMap((test, at): Outcome[] => {
    const expected = String(test.label)
    const failed = ran.errors.get(at)
    if (failed !== undefined) return [{ expected, failed }]
    const answered = ran.traces[at]?.outputs?.label
    return answered === undefined ? [] : [{ expected, answered: String(answered) }]
  })
  const confusion: Confusion = confusionOf(outcomes, labels)
  const first = (ran.traces.find((trace) => trace?.error) ?? ran.traces.find((trace) => trace))?.execution ?? ''
  const place = placeFlags(target)
  const full: EvaluationReport = {
    title: job.title,
    model: troupe.model.port.description,
    confusion,
    totals: { ...ran.totals, resumed: troupe.metrics.count('effect.resumed') },
    latency: quantilesOf(ran.latencies),
    elapsed: ran.elapsed,
    earlier: ran.earlier,
    served: await troupe.model.served(),
    // Beside a folder lies the journal of the model; on a server it lasts as long as this process.
    servedSince: isFolder(target.store) ? 'ever' : 'start',
    startUp: ran.startUp,
    memory: options.peakMemory(),
    restarts: troupe.metrics.count('supervisor.restarted'),
    place: shownPlace(target.store),
    next: [
      { command: `npx troupe show ${first}${place}`, shows: 'one execution: prompt, completion, tokens, time' },
      confusion.failed > 0
        ? { command: `npx troupe ps --state failed${place}`, shows: 'the executions that failed' }
        : { command: `npx troupe ps${place}`, shows: 'the actors and the supervision tree' },
      {
        command: `npx troupe run triage --input '{"subject":"You won","body":"Click"}'${place}${modelFlags(target)}`,
        shows: 'the program on a mail of yours',
      },
    ],
  }
  return { data: full as unknown as Json, lines: (style) => evaluationLines(full, style), exit: confusion.failed > 0 ? 1 : 0 }
}

/** What a command needs to find the same store. */
function placeFlags({ store, schema }: Target): string {
  return `${store === './.troupe' ? '' : ` --store ${shownPlace(store)}`}${schema === undefined ? '' : ` --schema ${schema}`}`
}

function modelFlags({ modelUrl, model }: Target): string {
  return `${modelUrl === undefined ? '' : ` --model-url ${modelUrl}`}${model === undefined ? '' : ` --model ${model}`}`
}
