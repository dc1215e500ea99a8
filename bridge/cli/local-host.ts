/**
 * Owns: the command line of this process over a Troupe in it: host, demos, signals, exit code.
 * Does not own: the Troupe and the store, which are passed in; commands (commands/).
 * Invariants: LH1 only here a signal is taken: the first asks the command to stop, the second ends the process at once.
 */

import type { Sources } from '#runtime'
import { runCli } from './cli.ts'
import { triageDemo } from './demos/triage.ts'
import type { CliHost, MigrationReport, StoreReport, Target } from './host.ts'
import { processIo } from './io.ts'
import { LocalSession } from './local-session.ts'
import type { LocalTroupe } from './local-troupe.ts'

/** What the composition root gives. */
export interface CommandParts {
  /** Of the package. */
  readonly version: string
  readonly sources: Sources
  open(target: Target): Promise<LocalTroupe>
  migrate(target: Target): Promise<MigrationReport>
  inspectStore(target: Target): Promise<StoreReport>
}

/** Runs one command line; sets the exit code of the process. @param argv arguments after the name of the program */
export async function runLocalCommand(argv: readonly string[], parts: CommandParts): Promise<void> {
  const { sources, version, open } = parts
  const demo = triageDemo({ open, sources, startedAt: 0, peakMemory: () => process.resourceUsage().maxRSS * 1024 })
  const host: CliHost = {
    version,
    demos: [demo],
    open: async (target) => new LocalSession(await open(target)),
    migrate: (target) => parts.migrate(target),
    inspectStore: (target) => parts.inspectStore(target),
  }
  process.exitCode = await runCli(argv, { host, io: processIo(interruption()), clock: sources.clock })
}

function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted.abort()
      // Whoever sends a second one does not want to wait.
      process.once(signal, () => process.exit(130))
    })
  }
  return interrupted.signal
}
