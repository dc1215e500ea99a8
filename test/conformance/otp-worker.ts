/**
 * Owns: the scripted child of the golden traces: what its start, its messages and its terminate do.
 * Does not own: the scripts (scenarios), what is recorded of it (otp-world).
 * Invariants: OT2 it does what its script says and nothing else.
 */

import type { ExitReason, InitResult, Message, ProcessSelf, Server, Signal } from '#runtime'
import { fromReason, ScriptedFailure, type Term, type TraceEvent, toReason, type WorkerScript } from './otp-terms.ts'

/** What the script needs from its world. */
export interface Stage {
  log(event: TraceEvent): void
  sleep(ms: number): Promise<void>
  /** Resolves at once while gates are open. */
  gate(): Promise<void>
  unlinkParent(self: ProcessSelf): void
}

/** What a step tells a worker to do. */
export class Cue implements Message {
  readonly type = 'cue'
  readonly kind: 'exit' | 'crash'
  readonly reason: Term
  constructor(kind: 'exit' | 'crash', reason: Term) {
    this.kind = kind
    this.reason = reason
  }
}

const forever = (): Promise<never> => new Promise(() => undefined)
const member = (plan: Term, key: string): Term | undefined =>
  plan !== null && typeof plan === 'object' && key in plan ? (plan as { readonly [k: string]: Term })[key] : undefined

export class ScriptedWorker implements Server {
  readonly #stage: Stage
  readonly #label: string
  readonly #script: WorkerScript
  readonly #plan: Term
  #self!: ProcessSelf

  constructor(stage: Stage, label: string, script: WorkerScript, plan: Term) {
    this.#stage = stage
    this.#label = label
    this.#script = script
    this.#plan = plan
  }

  async init(self: ProcessSelf): Promise<InitResult> {
    this.#self = self
    if (this.#script.unlink) this.#stage.unlinkParent(self)
    return this.#start(this.#plan)
  }

  async #start(plan: Term): Promise<InitResult> {
    const gated = member(plan, 'gate')
    if (gated !== undefined) {
      await this.#stage.gate()
      return this.#start(gated)
    }
    if (plan === 'ignore') return { init: 'ignore' }
    const crash = member(plan, 'crash')
    if (crash !== undefined) throw new ScriptedFailure('crash', crash)
    const refused = member(plan, 'error') ?? member(plan, 'exit')
    if (refused !== undefined) return { init: 'error', reason: toReason(refused) }
    const info = member(plan, 'ok')
    return info === undefined ? { init: 'ok' } : { init: 'ok', info }
  }

  handle(signal: Signal): void {
    if (signal.signal === 'exit') this.#stage.log(['exit_message', this.#label, fromReason(signal.reason)])
    if (signal.signal !== 'message' || !(signal.message instanceof Cue)) return
    if (signal.message.kind === 'crash') throw new ScriptedFailure('crash', signal.message.reason)
    this.#self.stop(toReason(signal.message.reason))
  }

  async terminate(reason: ExitReason): Promise<void | ExitReason> {
    this.#stage.log(['terminate', this.#label, fromReason(reason)])
    const script = this.#script.on_terminate ?? {}
    if (script.take_ms !== undefined) await this.#stage.sleep(script.take_ms)
    if (script.gate) await this.#stage.gate()
    if (script.ignore) await forever()
    if (script.exit !== undefined) return toReason(script.exit)
  }
}
