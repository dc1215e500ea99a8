/**
 * Owns: one scenario's own runtime under virtual time: its tree, its log, its steps.
 * Does not own: terms (otp-terms), the scripted child (otp-worker), comparing (otp-compare).
 * Invariants: OT4 a step is done when everything is quiet. OT5 exits are logged where the runtime declares the death, before links hear.
 */

import {
  type ProcessSelf,
  type Ref,
  type SimulatedSources,
  type StartResult,
  shutdown,
  silentTelemetry,
  simulatedSources,
} from '#runtime'
import {
  askSupervisor,
  type ChildSpec,
  type StartedChild,
  type Starter,
  type StartFunction,
  type SupervisorInit,
  type SupervisorSpec,
  supervisorClient,
} from '#supervisors'
import { LoggedSupervisor, RecordingTable } from './otp-recording.ts'
import {
  answerTerms,
  byText,
  deeds,
  managementRequests,
  nowhere,
  type StepWorld,
  startedTerm,
  withoutTarget,
} from './otp-steps.ts'
import {
  fromError,
  fromReason,
  ScriptedFailure,
  type Step,
  type SupervisorTerm,
  type Term,
  type TraceEvent,
  type WorkerScript,
} from './otp-terms.ts'
import { ScriptedWorker, type Stage } from './otp-worker.ts'

interface Life {
  readonly path: string
  readonly label: string
  readonly ref: Ref
  readonly supervisor: SupervisorTerm | undefined
}

const isRecord = (term: unknown): term is { readonly [key: string]: Term } =>
  term !== null && typeof term === 'object' && !Array.isArray(term)
const isDynamic = (of: SupervisorTerm | undefined): boolean => of?.strategy === 'dynamic'
/** Children without ids: their order has no meaning. */
const isUnordered = (of: SupervisorTerm | undefined): boolean => isDynamic(of) || of?.strategy === 'simple_one_for_one'

export class OtpWorld implements Stage, StepWorld {
  readonly sources: SimulatedSources = simulatedSources()
  readonly #table = new RecordingTable(this.sources)
  readonly #attempts = new Map<string, number>()
  readonly #lives = new Map<number, Life>()
  readonly #byLabel = new Map<string, Life>()
  /** All lives on a path, oldest first: without ids, several may live on one at once. */
  readonly #onPath = new Map<string, Life[]>()
  /** What the supervisor of a path was declared as, also after its death. */
  readonly #declared = new Map<string, SupervisorTerm>()
  #events: TraceEvent[] = []
  #closed: { readonly opened: Promise<void>; readonly open: () => void } | undefined
  #parent: Ref | undefined
  #stranger: Ref | undefined

  constructor() {
    this.#table.died = (ref, reason) => {
      const life = this.#lives.get(ref.id)
      if (life) this.log(['exit', life.label, fromReason(reason)])
    }
  }

  log(event: TraceEvent): void {
    this.#events.push(event)
  }

  /** The events since the last call. */
  takeEvents(): TraceEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.sources.clock.schedule(ms, resolve))
  }

  gate(): Promise<void> {
    return this.#closed?.opened ?? Promise.resolve()
  }

  unlinkParent(self: ProcessSelf): void {
    if (self.parent) this.#table.unlink(self.ref, self.parent)
  }

  async boot(tree: SupervisorTerm): Promise<Term> {
    this.#parent = await this.#bystander('parent')
    this.#stranger = await this.#bystander('stranger')
    const parent = this.#parent
    const starter: Starter = {
      processes: this.#table,
      sources: this.sources,
      telemetry: silentTelemetry,
      parent,
      spawn: (server, options) => this.#table.spawn(server, { ...options, parent }),
    }
    const started = this.#settled(Promise.resolve(this.#supervisorStart('top', tree)(starter)))
    await this.quiet()
    const result = started()
    if (result === undefined) return 'hangs'
    if (result.started === 'ok') return { ok: this.#label(result.ref.id) }
    if (result.started === 'ignore') return 'ignore'
    return { error: result.started === 'error' ? fromReason(result.reason) : { already_started: this.#label(result.ref.id) } }
  }

  /** Runs everything that is due, however far away, until nothing is left to happen. */
  async quiet(): Promise<void> {
    await this.sources.settle()
    for (let due = this.sources.nextDue(); due !== undefined; due = this.sources.nextDue()) await this.sources.advance(due)
  }

  /** One step, done when everything is quiet; also the virtual milliseconds that it took. */
  async step(step: Step): Promise<{ readonly result: Term; readonly elapsed: number }> {
    const start = this.sources.clock.monotonic()
    if (step.do === 'burst') return { result: await this.#burst(step), elapsed: this.sources.clock.monotonic() - start }
    const answer = this.#settled(this.#perform(step))
    await this.quiet()
    return { result: answer() ?? 'hangs', elapsed: this.sources.clock.monotonic() - start }
  }

  async final(): Promise<{ alive: Term; supervisors: Term }> {
    const alive = [...this.#lives.values()].filter((life) => this.#table.alive(life.ref))
    const supervisors: Term[] = []
    for (const life of alive.filter((l) => l.supervisor).sort((a, b) => (a.path < b.path ? -1 : 1))) {
      const children = await this.#ask({ do: 'which_children', sup: life.path }, life.ref)
      const counts = await this.#ask({ do: 'count_children', sup: life.path }, life.ref)
      supervisors.push({ sup: life.label, children, counts })
    }
    return { alive: alive.map((life) => life.label).sort(), supervisors }
  }

  /** Puts the rows of children without ids into the order in which results have them. */
  sorted(step: Step, result: Term): Term {
    if (step.do === 'burst' && Array.isArray(result))
      return result.map((inner, i) => this.sorted(step.steps?.[i] ?? step, inner as Term))
    const unordered = step.do === 'which_children' && step.sup !== undefined && isUnordered(this.#declared.get(step.sup))
    return unordered && Array.isArray(result) ? [...result].sort(byText) : result
  }

  async close(): Promise<void> {
    for (const { ref } of this.#table.list()) this.#table.exit(ref, { type: 'killed' })
    await this.sources.settle()
  }

  async #bystander(name: string): Promise<Ref> {
    const started = await this.#table.spawn({ handle: () => undefined }, { name, trapExits: true })
    if (started.started !== 'ok') throw new Error(`the ${name} of the tree did not start`)
    return started.ref
  }

  async #burst(step: Step): Promise<Term> {
    const sup = this.#living(step.sup)
    if (step.hold === 'pause' && sup) this.#table.pause(sup.ref)
    else this.#close()
    const answers: (() => Term | undefined)[] = []
    for (const inner of step.steps ?? []) {
      const target = inner.at === undefined ? undefined : this.#living(inner.at)
      answers.push(this.#settled(this.#perform(inner)))
      await this.sources.settle()
      // With a paused supervisor nothing else waits for time, so a slow end may take it.
      const ends = step.hold === 'pause' && (inner.do === 'exit' || inner.do === 'crash' || inner.do === 'kill')
      while (ends && target && this.#table.alive(target.ref) && this.sources.nextDue() !== undefined)
        await this.sources.advance(this.sources.nextDue() ?? 0)
    }
    if (step.hold === 'pause' && sup) this.#table.resume(sup.ref)
    this.#closed?.open()
    await this.quiet()
    return answers.map((answer) => answer() ?? 'hangs')
  }

  #close(): void {
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => {
      open = () => {
        this.#closed = undefined
        resolve()
      }
    })
    this.#closed = { opened, open }
  }

  /** A look at a promise without waiting for it; a rejection surfaces at the look. */
  #settled<T>(promise: Promise<T>): () => T | undefined {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    promise.then(
      (value) => {
        outcome = { value }
      },
      (error: unknown) => {
        outcome = { error }
      },
    )
    return () => {
      if (outcome && 'error' in outcome) throw outcome.error
      return outcome?.value
    }
  }

  #living(path: string | undefined): Life | undefined {
    return this.#onPath.get(path ?? '')?.findLast((life) => this.#table.alive(life.ref))
  }

  #label(ref: number): string {
    return this.#lives.get(ref)?.label ?? `unknown ref ${ref}`
  }

  async #perform(step: Step): Promise<Term> {
    if (managementRequests[step.do]) return this.#ask(step, this.#living(step.sup ?? 'top')?.ref ?? nowhere)
    const deed = deeds[step.do]
    if (!deed) throw new Error(`unknown step ${step.do}`)
    const life = this.#living(step.do === 'parent_exit' ? 'top' : step.at)
    if (!life && !(step.do in withoutTarget)) return 'noproc'
    const ref = life?.ref ?? nowhere
    return deed({ table: this.#table, ref, parent: this.#parent, stranger: this.#stranger, step, world: this })
  }

  /** A management call, made in the caller as a user would make it. */
  async #ask(step: Step, ref: Ref): Promise<Term> {
    const declared = this.#declared.get(step.sup ?? 'top')
    const dynamic = isDynamic(declared)
    try {
      const request = managementRequests[step.do]!(step, this)
      if (request.ask === 'start_child') {
        const started = await supervisorClient(this.#table, ref, { dynamic }).startChild(request.spec)
        return this.#startedTerm(started, dynamic)
      }
      const answer: unknown = await askSupervisor(this.#table, ref, request)
      return answerTerms[request.ask](answer, (id) => this.#label(id), isUnordered(declared))
    } catch (error) {
      return fromError(error, dynamic, (id) => this.#label(id))
    }
  }

  #startedTerm(started: StartedChild, dynamic: boolean): Term {
    return started.ref === undefined && dynamic ? 'ignore' : startedTerm(started, (id) => this.#label(id))
  }

  ref(label: string | undefined): Ref {
    return this.#byLabel.get(label ?? '')?.ref ?? { id: -1, address: undefined, label: label ?? '' }
  }

  /** A child spec of a trace as ours; what is wrong in it stays wrong. */
  childSpec(parent: string, term: Term | undefined): ChildSpec {
    if (!isRecord(term)) return term as unknown as ChildSpec
    const { worker, supervisor, ...rest } = term
    const path = `${parent}/${String(term.id)}`
    if (supervisor !== undefined)
      return {
        type: 'supervisor',
        ...rest,
        start: this.#supervisorStart(path, supervisor as SupervisorTerm),
      } as unknown as ChildSpec
    if (worker === undefined) return rest as unknown as ChildSpec
    return { ...rest, start: this.#workerStart(path, worker as WorkerScript) } as unknown as ChildSpec
  }

  #supervisorSpec(path: string, term: SupervisorTerm): SupervisorSpec {
    const { strategy, intensity, period, auto_shutdown, children, template, max_children } = term
    const entries = {
      strategy,
      // The corpus has OTP's default for every kind of supervisor; ours for dynamic ones is Elixir's.
      intensity: intensity === undefined ? 1 : intensity,
      period: typeof period === 'number' ? period * 1000 : period,
      autoShutdown: auto_shutdown,
      maxChildren: max_children,
      children: children?.map((child) => this.childSpec(path, child)),
      template: template === undefined ? undefined : this.#template(path, template),
    }
    return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as unknown as SupervisorSpec
  }

  /** The template of equal children: its instances are started with their key and, if they have one, their own script. */
  #template(path: string, term: Term): ChildSpec {
    const spec = this.childSpec(path, term)
    if (!isRecord(term)) return spec
    const start: StartFunction = (starter, key, script) => {
      const own = `${path}/${String(key)}`
      if (term.supervisor !== undefined) return this.#supervisorStart(own, term.supervisor as SupervisorTerm)(starter)
      return this.#workerStart(own, (script ?? term.worker ?? {}) as WorkerScript)(starter)
    }
    return { ...spec, start }
  }

  #attempt(path: string): number {
    const n = (this.#attempts.get(path) ?? 0) + 1
    this.#attempts.set(path, n)
    this.log(['start', `${path}#${n}`])
    return n
  }

  #workerStart(path: string, script: WorkerScript): StartFunction {
    return async (starter) => {
      const n = this.#attempt(path)
      const label = `${path}#${n}`
      const plan = script.starts?.[n - 1] ?? script.then ?? 'ok'
      const broken = startFunctionFailures.find(([key]) => isRecord(plan) && key in plan)
      if (broken && isRecord(plan)) return broken[1](plan[broken[0]] ?? null, (reason) => this.log(['failed', label, reason]))
      const worker = new ScriptedWorker(this, label, script, plan)
      const result = await starter.spawn(worker, { name: path, trapExits: script.trap_exit ?? true })
      return this.#started(path, label, result, undefined)
    }
  }

  #supervisorStart(path: string, term: SupervisorTerm): StartFunction {
    this.#declared.set(path, term)
    return async (starter) => {
      const n = this.#attempt(path)
      const label = `${path}#${n}`
      const supervisor = new LoggedSupervisor(starter, this.#supervisorInit(path, term, term.starts?.[n - 1]))
      supervisor.terminating = (reason) => this.log(['terminate', label, fromReason(reason)])
      return this.#started(path, label, await starter.spawn(supervisor, { name: path }), term)
    }
  }

  #supervisorInit(path: string, term: SupervisorTerm, plan: Term | undefined): SupervisorInit {
    return async () => {
      if (plan === 'ignore') return 'ignore'
      if (isRecord(plan) && 'garbage' in plan) return plan.garbage as unknown as SupervisorSpec
      if (isRecord(plan) && 'crash' in plan) throw new ScriptedFailure('crash', plan.crash ?? null)
      if (isRecord(plan) && 'gate' in plan) await this.gate()
      return this.#supervisorSpec(path, term)
    }
  }

  #started(path: string, label: string, result: StartResult, supervisor: SupervisorTerm | undefined): StartResult {
    if (result.started === 'ok') {
      const life = { path, label, ref: result.ref, supervisor }
      this.#lives.set(result.ref.id, life)
      this.#byLabel.set(label, life)
      this.#onPath.set(path, [...(this.#onPath.get(path) ?? []), life])
      this.log(['started', label])
    } else if (result.started === 'ignore') this.log(['ignored', label])
    else this.log(['failed', label, fromReason(result.started === 'error' ? result.reason : shutdown)])
    return result
  }
}

/** Start functions that fail before there is a process, and what a look from inside sees of it. */
const startFunctionFailures: readonly (readonly [string, (term: Term, failed: (reason: Term) => void) => StartResult])[] = [
  [
    'return',
    (term, failed) => {
      failed(term)
      return term as unknown as StartResult
    },
  ],
  [
    'throw',
    (term, failed) => {
      failed(term)
      throw new ScriptedFailure('throw', term)
    },
  ],
  [
    'raise',
    (term, failed) => {
      failed({ raised: term })
      throw new ScriptedFailure('raise', term)
    },
  ],
  [
    'quit',
    (term, failed) => {
      failed({ quit: term })
      throw new ScriptedFailure('quit', term)
    },
  ],
]
