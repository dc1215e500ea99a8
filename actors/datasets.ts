/**
 * Owns: the verbs of data sets for apps: seal a version, read its examples back.
 * Does not own: the actors that hold them, sealing and splitting (evaluation).
 * Invariants: DB1 all pages are stored before the data set names the version: nothing is half sealed. DB2 what is read back is what was sealed.
 */

import { digestOf, type Json, type Sources } from '#runtime'
import { actorErrors } from './actor-errors.ts'
import { contentActor } from './content.actor.ts'
import { type DatasetVersion, datasetActor } from './dataset.actor.ts'
import { pagesOf, sealDataset, verifySeal } from './evaluation/dataset.ts'
import type { Example, Roles } from './evaluation/example.ts'
import type { ActorPort } from './programs.ts'

/** Bytes of one page: under the size at which snapshots get a warning. */
const pageBytes = 200_000
/** Pages that are stored or read at the same time. */
const atOnce = 16

export class Datasets {
  readonly #port: ActorPort
  readonly #sources: Sources

  constructor(port: ActorPort, sources: Sources) {
    this.#port = port
    this.#sources = sources
  }

  /** The sealed versions; empty when there is no such data set. */
  versions(name: string): Promise<readonly DatasetVersion[]> {
    return this.#port.actor(datasetActor, name).ask({ type: 'get' })
  }

  /**
   * Seals examples as a version. The content of the newest version again gives that version.
   *
   * @param stored called after each page with how many pages are stored, and how many there are
   * @throws `dataset.empty`, `dataset.example_invalid`
   */
  async seal(
    name: string,
    examples: readonly Example[],
    roles: Roles,
    stored?: (pages: number, of: number) => void,
  ): Promise<DatasetVersion> {
    const { seal } = sealDataset(name, examples, roles)
    const pages = pagesOf(examples, pageBytes)
    let done = 0
    const digests = await inPortions(pages, async (page) => {
      const digest = digestOf(page)
      await this.#port.actor(contentActor, digest).ask({ type: 'put', value: page as unknown as Json }, { deadline: '60s' })
      stored?.(++done, pages.length)
      return digest
    })
    return this.#port
      .actor(datasetActor, name)
      .ask({ type: 'seal', seal, pages: digests, at: this.#sources.clock.now() }, { deadline: '60s' })
  }

  /** The examples of a version, the newest by default. @throws `dataset.unknown`, `dataset.changed` */
  async read(
    name: string,
    version?: number,
  ): Promise<{ readonly version: DatasetVersion; readonly examples: readonly Example[] }> {
    const versions = await this.versions(name)
    const found = version === undefined ? versions[versions.length - 1] : versions.find((one) => one.version === version)
    if (!found)
      throw actorErrors.make('dataset.unknown', { dataset: version === undefined ? name : `${name} version ${version}` })
    const pages = await inPortions(found.pages, (digest) =>
      this.#port.actor(contentActor, digest).ask({ type: 'get' }, { deadline: '60s' }),
    )
    const examples = pages.flatMap((page) => page as unknown as readonly Example[])
    verifySeal(found.seal, examples)
    return { version: found, examples }
  }
}

async function inPortions<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const done: U[] = []
  for (let at = 0; at < items.length; at += atOnce) done.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))))
  return done
}
