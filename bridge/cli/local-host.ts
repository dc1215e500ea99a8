/**
 * Owns: the command line of this process over a Troupe in it: host, demos, signals, exit code.
 * Does not own: the Troupe and the store, which are passed in; commands (commands/).
 * Invariants: LH1 only here a signal is taken: the first asks the command to stop, the second ends the process at once.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelChoice } from '#actors'
import type { Address, Sources, Store } from '#runtime'
import { journalName } from '../models/open-model.ts'
import { runCli } from './cli.ts'
import { cliErrors } from './cli-errors.ts'
import { triageDemo } from './demos/triage.ts'
import type { CliHost, MigrationReport, StoreReport, Target } from './host.ts'
import { processIo } from './io.ts'
import { LocalSession } from './local-session.ts'
import type { OpenTroupe } from './local-troupe.ts'
import { isFolder, shownPlace } from './place.ts'
import { showCursor } from './render/live-region.ts'
import { StoreView } from './store-view.ts'
import { waitingNotice } from './waiting-notice.ts'

/** What the composition root gives. */
export interface CommandParts {
  /** Of the package. */
  readonly version: string
  readonly sources: Sources
  readonly open: OpenTroupe
  /** Only the store, to look at it. */
  openStore(target: Target): Promise<Store>
  /** The model that the command line configures. */
  choice(target: Target): ModelChoice
  migrate(target: Target): Promise<MigrationReport>
  inspectStore(target: Target): Promise<StoreReport>
  /** True for a folder without a database in it. */
  isUnused(target: Target): boolean
  /** Takes an embedded store away. @throws `store.needed`, `store.locked` */
  eraseStore(target: Target, expendable: (address: Address) => boolean): Promise<void>
}

/** Runs one command line and ends the process with its exit code. @param argv arguments after the name of the program */
export async function runLocalCommand(argv: readonly string[], parts: CommandParts): Promise<void> {
  const { sources, version, open } = parts
  const demo = triageDemo({
    open,
    isUnused: (target) => parts.isUnused(target),
    erase: (target, expendable) => erase(target, expendable, parts),
    sources,
    startedAt: 0,
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
  })
  const host: CliHost = {
    version,
    demos: [demo],
    look: async (target) => {
      await needsStore(target, parts)
      return new StoreView(await parts.openStore(target), sources, parts.choice(target))
    },
    open: async (target, progress) => {
      await needsStore(target, parts)
      return new LocalSession(
        await open(
          target,
          waitingNotice((text) => progress.say(text)),
        ),
      )
    },
    migrate: (target) => parts.migrate(target),
    inspectStore: (target) => parts.inspectStore(target),
  }
  const code = await runCli(argv, { host, io: processIo(interruption()), clock: sources.clock })
  // What a host's own effect still has open must not hold a command that is done; what was printed goes out first.
  process.stdout.write('', () => process.exit(code))
}

/** A mistyped folder or schema would be made and be empty, which answers no question. */
async function needsStore(target: Target, parts: CommandParts): Promise<void> {
  const missing = isFolder(target.store) ? parts.isUnused(target) : (await parts.inspectStore(target)).version === 'empty'
  const schema = target.schema === undefined ? '' : `, schema ${target.schema}`
  if (missing) throw cliErrors.make('cli.store_missing', { store: `${shownPlace(target.store)}${schema}` })
}

/** The bundled model's journal goes with the store: it tells of calls for executions that are gone then. */
async function erase(target: Target, expendable: (address: Address) => boolean, parts: CommandParts): Promise<void> {
  if (!isFolder(target.store))
    throw cliErrors.make('cli.fresh_server', { command: 'troupe demo triage', store: shownPlace(target.store) })
  await parts.eraseStore(target, expendable)
  await rm(join(target.store, journalName), { force: true })
}

function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted.abort()
      // Whoever sends a second one does not want to wait; the cursor, which progress hides, is given back.
      process.once(signal, () => {
        if (process.stdout.isTTY) process.stdout.write(showCursor)
        process.exit(130)
      })
    })
  }
  return interrupted.signal
}
