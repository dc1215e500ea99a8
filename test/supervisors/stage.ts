/**
 * Owns: what the tests of supervision stand on: a runtime under virtual time, scripted children, a log of what they did, probes.
 * Does not own: expectations (tests).
 * Invariants: nothing here waits for real time; `run` says what it saw when a promise never settles.
 */

import assert from 'node:assert/strict'
import {
  createProcesses,
  describeExit,
  type ExitReason,
  killed,
  type Message,
  type Processes,
  type ProcessSelf,
  type Ref,
  type Server,
  type Signal,
  type StartResult,
  simulatedSources,
  type Telemetry,
  type TelemetryName,
  TroupeError,
} from '#runtime'
import {
  type ChildSpec,
  type RunningSupervisor,
  type Starter,
  type SupervisionContext,
  type SupervisorInit,
  superviseAll,
} from '#supervisors'

/** What one start of a scripted child does; later starts than the script has do what its last line says. */
export type Plan = 'ok' | 'ignore' | 'error' | 'throw' | 'garbage' | { readonly info: unknown }

export interface Script {
  readonly plan?: readonly Plan[]
  /** Default true. */
  readonly trap?: boolean
  /** Milliseconds that terminate takes; Infinity = for ever. */
  readonly slow?: number
  /** The reason that terminate ends with instead. */
  readonly endsWith?: ExitReason
  /** Milliseconds that init takes. */
  readonly slowStart?: number
  readonly unlink?: boolean
}

export const boom: ExitReason = { type: 'stopped', reason: 'boom' }
export const shutdownX: ExitReason = { type: 'shutdown', detail: 'x' }

/** Tells a scripted child to end itself. */
class End implements Message {
  readonly type = 'end'
  readonly reason: ExitReason
  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

/** A process that keeps what it gets. */
export interface Probe {
  readonly ref: Ref
  readonly got: Signal[]
}

export class Stage {
  readonly sources = simulatedSources()
  readonly processes: Processes = createProcesses({ sources: this.sources })
  readonly emitted: { readonly name: TelemetryName; readonly metadata: { readonly [key: string]: string } }[] = []
  readonly telemetry: Telemetry = { emit: (name, _measurements, metadata) => void this.emitted.push({ name, metadata }) }
  readonly context: SupervisionContext = { processes: this.processes, sources: this.sources, telemetry: this.telemetry }
  /** What happened, such as `a start`, `a stop shutdown`, `a end killed`. */
  log: string[] = []
  readonly #refs = new Map<string, Ref>()
  readonly #starts = new Map<string, number>()
  readonly #ends = new Map<number, ExitReason>()

  /** Runs everything that is due until nothing is left, then gives what `promise` came to. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const watched = promise.finally(() => {
      settled = true
    })
    watched.catch(() => undefined)
    await this.quiet()
    assert.ok(settled, `nothing is due any more and the promise has not settled; log: ${this.log.join(', ')}`)
    return watched
  }

  /** Lets everything happen that does not need time. */
  async settle(): Promise<void> {
    await this.sources.settle()
  }

  async quiet(): Promise<void> {
    await this.sources.settle()
    for (let due = this.sources.nextDue(); due !== undefined; due = this.sources.nextDue()) await this.sources.advance(due)
  }

  /** The log since the last call. */
  takeLog(): string[] {
    const log = this.log
    this.log = []
    return log
  }

  supervise(init: SupervisorInit, name = 'top'): Promise<RunningSupervisor> {
    return this.run(this.begin(init, name))
  }

  async begin(init: SupervisorInit, name = 'top'): Promise<RunningSupervisor> {
    const supervisor = await superviseAll(this.context, init, { name })
    assert.ok(supervisor, 'the supervisor declined')
    this.follow(name, supervisor.target)
    return supervisor
  }

  /** Remembers `ref` under a name and logs its end. */
  follow(name: string, ref: Ref): void {
    this.#refs.set(name, ref)
    this.processes.onExit(ref, (reason) => {
      this.#ends.set(ref.id, reason)
      this.log.push(`${name} end ${describeExit(reason)}`)
    })
  }

  ref(name: string): Ref {
    const ref = this.#refs.get(name)
    assert.ok(ref, `nothing was started as ${name}`)
    return ref
  }

  has(name: string): boolean {
    return this.#refs.has(name)
  }

  alive(name: string): boolean {
    return this.processes.alive(this.ref(name))
  }

  /** How a process ended; undefined while it lives. */
  endOf(ref: Ref): ExitReason | undefined {
    return this.#ends.get(ref.id)
  }

  starts(name: string): number {
    return this.#starts.get(name) ?? 0
  }

  /** A child spec for a scripted child that logs under its id. */
  child(id: string, script: Script = {}, spec: Partial<ChildSpec> = {}): ChildSpec {
    return { id, start: (starter) => this.#start(id, script, starter), ...spec }
  }

  async #start(id: string, script: Script, starter: Starter): Promise<StartResult> {
    const n = this.starts(id)
    this.#starts.set(id, n + 1)
    const plan = script.plan?.[Math.min(n, script.plan.length - 1)] ?? 'ok'
    this.log.push(`${id} start`)
    if (plan === 'garbage') return 'wrong_value' as unknown as StartResult
    const result = await starter.spawn(this.#server(id, script, plan), { trapExits: script.trap ?? true, name: id })
    if (result.started === 'ok') this.follow(id, result.ref)
    else this.log.push(`${id} ${result.started}`)
    return result
  }

  #server(id: string, script: Script, plan: Plan): Server {
    let self: ProcessSelf
    return {
      init: async (own) => {
        self = own
        if (script.unlink && own.parent) this.processes.unlink(own.ref, own.parent)
        if (script.slowStart) await this.sleep(script.slowStart)
        if (plan === 'throw') throw new Error('init failed')
        if (plan === 'ignore') return { init: 'ignore' }
        if (plan === 'error') return { init: 'error', reason: { type: 'stopped', reason: 'nope' } }
        return typeof plan === 'object' ? { init: 'ok', info: plan.info } : { init: 'ok' }
      },
      handle: (signal) => {
        if (signal.signal === 'message' && signal.message instanceof End) self.stop(signal.message.reason)
        if (signal.signal === 'call') signal.reply('pong')
      },
      terminate: async (reason) => {
        this.log.push(`${id} stop ${describeExit(reason)}`)
        if (script.slow === Number.POSITIVE_INFINITY) await new Promise(() => undefined)
        if (script.slow) await this.sleep(script.slow)
        return script.endsWith
      },
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.sources.clock.schedule(ms, resolve))
  }

  /** The process of that name ends itself with `reason`; resolves when all that follows has happened. */
  async end(name: string, reason: ExitReason = boom): Promise<void> {
    this.endSoon(name, reason)
    await this.quiet()
  }

  endSoon(name: string, reason: ExitReason = boom): void {
    this.processes.send(this.ref(name), new End(reason))
  }

  async kill(name: string): Promise<void> {
    this.processes.exit(this.ref(name), killed)
    await this.quiet()
  }

  /** A process that collects its signals. */
  async probe(options: { readonly trapExits?: boolean; readonly name?: string } = {}): Promise<Probe> {
    const got: Signal[] = []
    const started = await this.processes.spawn(
      { handle: (signal) => void got.push(signal) },
      { trapExits: options.trapExits ?? true, name: options.name ?? 'probe' },
    )
    assert.equal(started.started, 'ok')
    if (started.started !== 'ok') throw new Error('unreachable')
    return { ref: started.ref, got }
  }
}

/** Starts a server that must start. */
export async function spawned(processes: Processes, server: Server, options?: Parameters<Processes['spawn']>[1]): Promise<Ref> {
  const result = await processes.spawn(server, options)
  assert.equal(result.started, 'ok', JSON.stringify(result))
  if (result.started !== 'ok') throw new Error('unreachable')
  return result.ref
}

/** The catalogued error that `promise` fails with. */
export async function refusal(promise: Promise<unknown>, code: string): Promise<TroupeError> {
  const thrown: unknown = await promise.then(
    (value) => assert.fail(`expected ${code}, got the value ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  assert.ok(TroupeError.is(thrown), `expected ${code}, got ${String(thrown)}`)
  assert.equal(thrown.code, code)
  return thrown
}

/** The same for a function that throws at once. */
export function refusalOf(call: () => unknown, code: string): TroupeError {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  assert.ok(TroupeError.is(thrown, code), `expected ${code}, got ${String(thrown)}`)
  return thrown
}

/** Counts as OTP writes them: specs, active, supervisors, workers. */
export async function counts(stage: Stage, supervisor: RunningSupervisor): Promise<number[]> {
  const { specs, active, supervisors, workers } = await stage.run(supervisor.countChildren())
  return [specs, active, supervisors, workers]
}

/** The listing as `[id, state]`, youngest first. */
export async function listing(stage: Stage, supervisor: RunningSupervisor): Promise<[unknown, string][]> {
  const rows = await stage.run(supervisor.whichChildren())
  return rows.map(({ id, ref }) => [id, ref === undefined ? 'none' : ref === 'restarting' ? 'restarting' : 'running'])
}
