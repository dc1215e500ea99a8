/**
 * Owns: a request and reply server with one behaviour per request, for tests.
 * Does not own: expectations (tests).
 * Invariants: none of its own.
 */

import { shutdown } from '#runtime'
import { type From, type GenServer, genServer } from '#supervisors'
import { type Stage, shutdownX, spawned } from './stage.ts'

/** Answers `echo`, defers `later`, is slow at `slow`, crashes at `crash`, answers wrongly at `garbage`, stops at `stop`. */
export function plain(stage: Stage, log: unknown[] = []): GenServer<number> {
  const calls: {
    readonly [request: string]: (from: From, n: number) => ReturnType<NonNullable<GenServer<number>['handleCall']>>
  } = {
    echo: (_from, n) => ({ next: 'reply', reply: n, state: n }),
    later: (from, n) => {
      stage.sources.clock.schedule(100, () => from.reply('later'))
      return { next: 'noreply', state: n }
    },
    never: (_from, n) => ({ next: 'noreply', state: n }),
    slow: async (_from, n) => {
      await stage.sleep(200)
      return { next: 'reply', reply: 'slow', state: n }
    },
    crash: () => {
      throw new Error('crash')
    },
    thrown: (_from, n) => {
      throw { next: 'reply', reply: 'thrown', state: n }
    },
    garbage: () => 42 as never,
    stop: (_from, n) => ({ next: 'stop', reason: shutdown, reply: 'stopped', state: n }),
    stopX: (_from, n) => ({ next: 'stop', reason: shutdownX, state: n }),
  }
  return {
    init: () => ({ init: 'ok', state: 0 }),
    handleCall: (request, from, n) => calls[String(request)]!(from, n),
    handleCast: (by, n) => ({ next: 'noreply', state: n + Number(by) }),
    handleInfo: (info, n) => {
      log.push(info.signal)
      return { next: 'noreply', state: n }
    },
    terminate: (reason) => void log.push(['terminate', reason.type]),
  }
}

export const start = (stage: Stage, callbacks: GenServer<number>, options: Parameters<typeof spawned>[2] = {}) =>
  spawned(stage.processes, genServer(stage.context, callbacks), options)
