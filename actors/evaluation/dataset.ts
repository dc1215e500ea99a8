/**
 * Owns: data sets as values: examples, their roles, the seal (a content hash over canonical JSON), and pages for storing.
 * Does not own: statistics (dataset-statistics), imports (dataset-import), the actor that keeps versions.
 * Invariants: DS1 equal examples with equal roles have equal hashes, on every machine and whatever the order of their keys. DS2 a
 * sealed data set cannot be changed: it is frozen, and `verifySeal` finds any other copy that was. DS3 nothing is sealed in part.
 */

import { createHash } from 'node:crypto'
import { canonicalJson, describe, type Json } from '#runtime'
import { type DatasetStatistics, statisticsOf } from './dataset-statistics.ts'
import { evaluationErrors } from './evaluation-errors.ts'
import type { Example, Roles } from './example.ts'

/** A sealed version without its examples: what is shown, listed and referred to. */
export interface DatasetSeal {
  readonly name: string
  /** SHA-256 (hex) of `canonicalJson({ examples, roles })`. */
  readonly hash: string
  readonly roles: Roles
  readonly statistics: DatasetStatistics
}

export interface SealedDataset {
  readonly seal: DatasetSeal
  readonly examples: readonly Example[]
}

/**
 * Seals examples as one immutable version.
 *
 * @param name name of the data set, for messages; it is not part of the hash
 * @throws `dataset.empty`, `dataset.example_invalid`
 * @example
 * const mail = sealDataset('mail', [{ text: 'Win!', label: 'spam' }], { inputs: ['text'], label: 'label' })
 * console.log(mail.seal.hash, mail.seal.statistics.labels)
 */
export function sealDataset(name: string, examples: readonly Example[], roles: Roles): SealedDataset {
  if (examples.length === 0) throw evaluationErrors.make('dataset.empty', { source: `The data set ${JSON.stringify(name)}` })
  const required = roles.label === undefined ? roles.inputs : [...roles.inputs, roles.label]
  for (const [index, example] of examples.entries()) checkExample(name, index, example, required)
  const copies = examples.map((example) => frozen(example))
  const statistics = statisticsOf(copies, roles)
  const hash = contentHash(copies, roles)
  return frozenShell({ seal: frozenShell({ name, hash, roles, statistics }), examples: Object.freeze(copies) })
}

/**
 * Checks that `examples` are those that were sealed.
 *
 * @throws `dataset.changed`
 */
export function verifySeal(seal: DatasetSeal, examples: readonly Example[]): void {
  const got = contentHash(examples, seal.roles)
  if (got !== seal.hash) throw evaluationErrors.make('dataset.changed', { dataset: seal.name, expected: seal.hash, got })
}

/** The same as `digestOf({ examples, roles })`, without the whole text in memory at once. */
export function contentHash(examples: readonly Example[], roles: Roles): string {
  const hash = createHash('sha256').update('{"examples":[')
  for (const [index, example] of examples.entries()) hash.update(`${index === 0 ? '' : ','}${canonicalJson(example)}`)
  return hash.update(`],"roles":${canonicalJson(roles)}}`).digest('hex')
}

/**
 * Cuts examples into pages of at most `bytes` UTF-8 bytes of JSON (a single larger example is a page of its own), so that a data set of
 * any size fits into snapshots of bounded size. The pages in a row are the examples in order.
 *
 * @param bytes most bytes of one page
 */
export function pagesOf(examples: readonly Example[], bytes: number): readonly (readonly Example[])[] {
  const pages: Example[][] = []
  let room = 0
  for (const example of examples) {
    const size = Buffer.byteLength(JSON.stringify(example)) + 1
    if (pages.length === 0 || size > room) {
      pages.push([])
      room = bytes
    }
    pages.at(-1)!.push(example)
    room -= size
  }
  return pages
}

function checkExample(dataset: string, index: number, example: unknown, required: readonly string[]): void {
  const fail = (path: string, expected: string, got: unknown): never => {
    throw evaluationErrors.make('dataset.example_invalid', {
      dataset,
      index,
      path,
      expected,
      got: got === undefined ? 'nothing' : describe(got),
    })
  }
  if (example === null || typeof example !== 'object' || Array.isArray(example)) return fail('', 'an object of fields', example)
  for (const field of required) if (!Object.hasOwn(example, field)) fail(field, 'a value', undefined)
  const wrong = firstNotJson(example, '')
  if (wrong) fail(wrong.path, 'a JSON value', wrong.value)
}

/** The first member that JSON would lose or change: then the hash would seal something else than what was given. */
function firstNotJson(value: unknown, path: string): { path: string; value: unknown } | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path, value: String(value) }
  if (typeof value !== 'object') return { path, value }
  const proto = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && proto !== Object.prototype && proto !== null)
    return { path, value: Object.prototype.toString.call(value) }
  for (const [key, member] of Object.entries(value)) {
    const found = firstNotJson(member, path === '' ? key : `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

/** A deep copy that nobody can change. */
function frozen<T extends Json>(value: T): T {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return Object.freeze(value.map((member: Json) => frozen(member))) as unknown as T
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, frozen(member as Json)]))) as T
}

const frozenShell = <T extends object>(value: T): T => Object.freeze(value)
