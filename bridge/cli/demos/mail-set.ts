/**
 * Owns: the data set `mail` of the demos: read ahead while a new store is made, sealed on the first run, read back on later ones.
 * Does not own: reading mails (datasets), sealing (actors).
 * Invariants: MS1 on the first run what was read is what is used, so that twenty megabytes are not stored and loaded for nothing; its seal is of the very
 * same examples. MS2 a store that was opened is closed when the mails cannot be had.
 */

import type { DatasetVersion, Example } from '#actors'
import type { Clock } from '#runtime'
import { spamAssassinMails, spamAssassinPackage, spamAssassinSize } from '../../datasets/spam-assassin.ts'
import type { DemoContext, Target } from '../host.ts'
import type { LocalTroupe, OpenTroupe } from '../local-troupe.ts'
import { shownPlace } from '../place.ts'
import { count, plural } from '../render/numbers.ts'
import { RateMeter } from '../render/rate-meter.ts'
import { waitingNotice } from '../waiting-notice.ts'

export interface MailSetParts {
  readonly open: OpenTroupe
  /** True when no store is there yet: then the mails are read while it is made. */
  readonly isUnused: (target: Target) => boolean
  readonly clock: Clock
}

export interface OpenedMails {
  readonly troupe: LocalTroupe
  readonly mails: readonly Example[]
}

/** Opens the store and has the mails sealed in it. @throws `dataset.package_missing`, `dataset.package_damaged`, the store's errors */
export async function openWithMails(context: DemoContext, parts: MailSetParts): Promise<OpenedMails> {
  const { target, progress } = context
  const isNew = parts.isUnused(target)
  const place = shownPlace(target.store)
  progress.say(isNew ? `Making a database in ${place}, and reading the mails of ${spamAssassinPackage} …` : `Opening ${place} …`)
  const opening = parts.open(
    target,
    waitingNotice((text) => progress.say(text)),
  )
  const [opened, read] = await Promise.allSettled([opening, isNew ? readMails(context, parts.clock) : undefined])
  if (opened.status === 'rejected') throw opened.reason
  const troupe = opened.value
  try {
    if (read.status === 'rejected') throw read.reason
    return { troupe, mails: await sealedMails(troupe, read.value, context, parts.clock) }
  } catch (error) {
    await troupe.stop()
    throw error
  }
}

async function sealedMails(
  troupe: LocalTroupe,
  read: readonly Example[] | undefined,
  context: DemoContext,
  clock: Clock,
): Promise<readonly Example[]> {
  const { progress } = context
  if ((await troupe.datasets.versions('mail')).length > 0) {
    const { version, examples } = await troupe.datasets.read('mail')
    progress.say(told(version))
    return examples
  }
  if (!read) progress.say(`Reading the mails of ${spamAssassinPackage} …`)
  const examples = read ?? (await readMails(context, clock))
  const step = stage(context, clock, 'Sealing the mails', 'page')
  const version = await troupe.datasets.seal('mail', examples, { inputs: ['subject', 'body'], label: 'label' }, step)
  progress.close('goes')
  progress.say(told(version))
  return examples
}

async function readMails(context: DemoContext, clock: Clock): Promise<readonly Example[]> {
  const size = spamAssassinSize()
  const examples: Example[] = []
  const step = stage(context, clock, 'Reading the mails', 'mail')
  for await (const mail of spamAssassinMails()) {
    context.signal.throwIfAborted()
    step(examples.push(mail), size)
  }
  context.progress.close('goes')
  return examples
}

/** What shows how far a stage is. */
function stage({ progress }: DemoContext, clock: Clock, title: string, unit: string): (done: number, total: number) => void {
  const meter = new RateMeter()
  const begun = clock.monotonic()
  let shown = Number.NEGATIVE_INFINITY
  return (done, total) => {
    const now = clock.monotonic()
    if (now - shown < pause && done < total) return
    shown = now
    meter.add(now, done)
    const remaining = meter.forecast(total - done)
    progress.update({ title, unit, total, done, elapsed: now - begun, rate: meter.perSecond, remaining })
  }
}

/** Milliseconds between two looks at a stage: a thousand mails a second need not all be told. */
const pause = 50

function told({ version, seal }: DatasetVersion): string {
  const { size, labels, duplicates } = seal.statistics
  const shares = labels.map(({ label, count: times }) => `${count(times)} ${label}`).join(', ')
  return `Data set mail v${version}: ${plural(size, 'mail')} (${shares}), ${duplicates.examples} duplicates, sealed as ${seal.hash.slice(0, 12)}.`
}
