/**
 * Owns: the commands' session over a Troupe in this process: running programs, sending messages.
 * Does not own: the Troupe, looking at what is stored (store-view), printing.
 * Invariants: CH1.
 */

import { actorErrors, type ExecutionTrace } from '#actors'
import { type Address, type Json, type Message, nearest, TroupeError } from '#runtime'
import { cliErrors } from './cli-errors.ts'
import { deadLetterLine } from './dead-letter-line.ts'
import type { CliSession, DeadLetterLine, RunRequest } from './host.ts'
import type { LocalTroupe } from './local-troupe.ts'

export class LocalSession implements CliSession {
  readonly #troupe: LocalTroupe

  constructor(troupe: LocalTroupe) {
    this.#troupe = troupe
  }

  async run(request: RunRequest): Promise<ExecutionTrace> {
    const { program, input, deadline, signal } = request
    const { programs } = this.#troupe
    const version = request.version ?? (await this.#version(program))
    const run = await programs.run(program, input as { readonly [field: string]: Json }, { version })
    let cancelled: Promise<boolean> | undefined
    const stop = (): void => {
      cancelled = programs.cancel(run.id)
      // Awaited below, where its failure is told; until then it is no unhandled one.
      cancelled.catch(() => undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      const trace = await run.result(deadline ?? 'infinity')
      await cancelled
      return await programs.withPrompts(trace)
    } catch (error) {
      if (!TroupeError.is(error, 'ask.deadline')) throw error
      throw cliErrors.make('cli.run_deadline', { execution: run.id, deadline: String(deadline) })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** The version that is meant when none is named: the one in production, else the newest. */
  async #version(program: string): Promise<number> {
    try {
      const { versions, production } = await this.#troupe.programs.get(program)
      return production ?? versions.length
    } catch (error) {
      if (!TroupeError.is(error, 'program.unknown')) throw error
      const rows = await this.#troupe.store.actors({ kind: 'program', limit: 100 })
      const known = rows.map(({ address }) => address.key)
      const near = nearest(program, known)
      const fields = { program, known: known.join(', ') }
      throw actorErrors.make('program.unknown', near === undefined ? fields : { ...fields, nearest: near })
    }
  }

  tell(address: Address, message: Json, options: { readonly idempotencyKey?: string }): Promise<void> {
    return this.#troupe.system.tell(address, message as unknown as Message, options)
  }

  async ask(address: Address, message: Json, options: Parameters<CliSession['ask']>[2]): Promise<Json> {
    const answer = await this.#troupe.system.ask(address, message as unknown as Message, options)
    return (answer ?? null) as Json
  }

  async deadLetters(filter: { readonly kind?: string; readonly limit: number }): Promise<readonly DeadLetterLine[]> {
    return (await this.#troupe.system.deadLetters(filter)).map(deadLetterLine)
  }

  redrive(ids: readonly string[]) {
    return this.#troupe.system
      .redrive(ids)
      .then(({ taken, refused }) => ({ taken, refused: refused.map(({ id, error }) => ({ id, error: error.toJSON() })) }))
  }

  close(): Promise<void> {
    return this.#troupe.stop()
  }
}
