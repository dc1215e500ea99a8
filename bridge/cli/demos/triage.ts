/**
 * Owns: the demo `triage`: real mails sorted into spam and ham by a program that learned from a few of them.
 * Does not own: data sets, programs and executions (actors), the mails (datasets), how it looks (render).
 * Invariants: TD1 every execution has an id of its own number, so that a run after a crash finds those that are there: none is run twice.
 */

import {
  addTotals,
  type CallTotals,
  type Confusion,
  confusionOf,
  durationOf,
  type Example,
  type ExecutionTrace,
  noCalls,
  type Outcome,
  quantilesOf,
  shuffled,
  splitExamples,
  totalsOf,
} from '#actors'
import { type Address, type Json, type Sources, seededRandom, TroupeError } from '#runtime'
import type { CommandResult } from '../command-result.ts'
import type { Demo, DemoContext, Target } from '../host.ts'
import type { LocalTroupe, OpenTroupe } from '../local-troupe.ts'
import { type EvaluationReport, evaluationLines } from '../render/evaluation-report.ts'
import type { Progress } from '../render/progress.ts'
import { RateMeter } from '../render/rate-meter.ts'
import { openWithMails } from './mail-set.ts'

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
  const { troupe, mails } = await openWithMails(context, { ...options, clock: options.sources.clock })
  try {
    const job = await prepare(troupe, mails, context.size ?? defaultSize)
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
  readonly hash: string
  readonly tests: readonly Example[]
}

/** Chooses demos and tests by seed and publishes the program; the same content is the same version. */
async function prepare(troupe: LocalTroupe, mails: readonly Example[], size: number): Promise<Job> {
  const stratify = mails.map((mail) => String(mail.label))
  const { train, test } = splitExamples(mails.length, { seed, parts: { train: mails.length - size, test: size }, stratify })
  const pick = shuffled(train, seededRandom(seed))
  const demos = labels.flatMap((label) => pick.filter((at) => mails[at]!.label === label).slice(0, demoCount / labels.length))
  const order = shuffled(demos, seededRandom(seed + 1)).map((at) => shown(mails[at]!))
  const instructions = 'Sort the mail: is it unwanted advertising (spam), or wanted mail (ham)?'
  const published = await troupe.programs.publish(
    'triage',
    { signature, instructions, steps: [{ id: 'sort', module: 'Predict', demos: order }] },
    true,
  )
  return {
    title: `triage v${published.version} on mail`,
    version: published.version,
    hash: published.hash,
    tests: test.map((at) => mails[at]!),
  }
}

function shown({ subject, body, label }: Example): Example {
  return { subject: subject ?? null, body: String(body).slice(0, bodyLimit).toWellFormed(), label: label ?? null }
}

/** What is known of the job while it runs. */
class Tally {
  readonly traces: (ExecutionTrace | undefined)[]
  readonly errors = new Map<number, string>()
  readonly latencies: number[] = []
  readonly #meter = new RateMeter()
  done = 0
  running = 0
  earlier = 0
  totals: CallTotals = noCalls

  constructor(size: number) {
    this.traces = new Array(size).fill(undefined)
  }

  /** @param began wall time at which this run began: what ended before it is an earlier run's */
  ended(at: number, trace: ExecutionTrace, began: number): void {
    this.traces[at] = trace
    if (trace.status !== 'completed') this.errors.set(at, trace.error?.code ?? trace.status)
    if ((trace.endedAt ?? 0) < began) this.earlier++
    else this.latencies.push(durationOf(trace) ?? 0)
    this.totals = addTotals(this.totals, totalsOf(trace))
  }

  /** Counts one as done at a monotonic time. */
  count(at: number): void {
    this.done++
    if (this.done > this.earlier) this.#meter.add(at, this.done)
  }

  progress(title: string, elapsed: number, restarts: number): Progress {
    const { totals, done, earlier, running, errors, traces } = this
    return {
      title,
      unit: 'mail',
      total: traces.length,
      done,
      earlier,
      failed: errors.size,
      running,
      tokens: totals.tokens,
      cost: totals.unknownCost > 0 ? undefined : totals.cost,
      cacheHits: totals.hits + totals.joined,
      restarts,
      elapsed,
      rate: this.#meter.perSecond,
      remaining: this.#meter.forecast(traces.length - done),
    }
  }
}

interface Ran extends Pick<Tally, 'traces' | 'errors' | 'earlier' | 'totals' | 'latencies'> {
  readonly elapsed: number
  /** Milliseconds from the start of the process to the first answer. */
  readonly startUp: number
}

async function runAll(troupe: LocalTroupe, job: Job, context: DemoContext, { sources, startedAt }: DemoOptions): Promise<Ran> {
  const { clock } = sources
  const begun = clock.monotonic()
  const began = clock.now()
  const tally = new Tally(job.tests.length)
  let next = 0
  let startUp: number | undefined
  const show = (): void => {
    context.progress.update(tally.progress(job.title, clock.monotonic() - begun, troupe.metrics.count('supervisor.restarted')))
  }
  const worker = async (): Promise<void> => {
    while (next < job.tests.length && !context.signal.aborted) {
      const at = next++
      tally.running++
      try {
        tally.ended(at, await runOne(troupe, job, at, context.signal), began)
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

/** One mail as an execution; the one of an earlier run when there is one (TD1). */
async function runOne(troupe: LocalTroupe, job: Job, at: number, signal: AbortSignal): Promise<ExecutionTrace> {
  const { label: _label, ...inputs } = shown(job.tests[at]!)
  const id = `triage-v${job.version}-${job.hash.slice(0, 8)}-${String(at + 1).padStart(4, '0')}`
  const run = await troupe.programs.run('triage', inputs as { readonly [field: string]: Json }, { id, version: job.version })
  return run.result('infinity', signal)
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
  const first = ran.traces.find((trace) => trace)?.execution ?? ''
  const place = target.store === './.troupe' ? '' : ` --store ${target.store}`
  const full: EvaluationReport = {
    title: job.title,
    confusion,
    totals: { ...ran.totals, resumed: troupe.metrics.count('effect.resumed') },
    latency: quantilesOf(ran.latencies),
    elapsed: ran.elapsed,
    earlier: ran.earlier,
    served: await troupe.model.served(),
    startUp: ran.startUp,
    memory: options.peakMemory(),
    restarts: troupe.metrics.count('supervisor.restarted'),
    place: target.store,
    next: [
      { command: `npx troupe show ${first}${place}`, shows: 'one execution: prompt, completion, tokens, time' },
      { command: `npx troupe ps${place}`, shows: 'the actors and the supervision tree' },
      {
        command: `npx troupe run triage --input '{"subject":"You won","body":"Click"}'${place}`,
        shows: 'the program on a mail of yours',
      },
    ],
  }
  return { data: full as unknown as Json, lines: (style) => evaluationLines(full, style), exit: confusion.failed > 0 ? 1 : 0 }
}
