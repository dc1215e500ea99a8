/**
 * Owns: what `createTroupe` may be given, and the refusal of everything else.
 * Does not own: what becomes of it (main).
 * Invariants: TC1 a key that is not known, or a value of the wrong shape, is refused before anything is opened, with the nearest known name.
 */

import type { Logger } from 'pino'
import type { ModelConfig } from '#bridge'
import {
  type AnyBehaviour,
  type Duration,
  describe,
  kernelErrors,
  type Limits,
  milliseconds,
  nearest,
  type Sources,
  type Store,
  type Telemetry,
} from '#runtime'
import type { Durability, StorePlace } from '#store'

/** What `createTroupe` is given. Every member is optional. */
export interface TroupeConfig {
  /** The behaviours of the actors that may live here. */
  readonly actors?: readonly AnyBehaviour[]
  /** Where state is kept: a folder (embedded PGlite), `postgres://…`, a `pg` pool of the host's, or `memory`. Default: `./.troupe`. */
  readonly store?: StorePlace | Store
  /** What a commit into a folder survives: `process` (default), or `power`, which waits for the disk. A server decides for itself. */
  readonly durability?: Durability
  /** Schema in a Postgres database; `troupe` by default. */
  readonly schema?: string
  /** Name of this node, under which it holds leases. Default: made of the process id and a random part; `embedded` on PGlite. */
  readonly node?: string
  /** Partitions, fixed when an installation is created; 256 by default. */
  readonly partitions?: number
  /** How long a lease lasts without renewal; 10 s by default. */
  readonly lease?: Duration
  /** How long to wait for leases of another owner; twice the lease by default. */
  readonly patience?: Duration
  /** A pino logger to which telemetry goes; none by default. */
  readonly logger?: Logger
  /** Another sink for telemetry. */
  readonly telemetry?: Telemetry
  readonly sources?: Sources
  readonly limits?: Partial<Limits>
  /** The language model of programs that name none: `bundled` (default; not a language model, see the README) or an OpenAI-compatible endpoint. */
  readonly model?: ModelConfig
  /** Restarts that each kind's supervisor allows within 5 s before it gives up; 1,000 by default. */
  readonly intensity?: number
  /** Checks the schemas of volatile local messages too. */
  readonly checkAll?: boolean
}

const keys: { readonly [K in keyof Required<TroupeConfig>]: (value: unknown) => string | undefined } = {
  actors: (v) => (Array.isArray(v) && v.every(isBehaviour) ? undefined : 'a list of behaviours made by defineActor'),
  store: (v) =>
    typeof v === 'string' || (v !== null && typeof v === 'object')
      ? undefined
      : 'a folder, a postgres:// URL, a pg pool or "memory"',
  durability: (v) => (v === 'process' || v === 'power' ? undefined : '"process" or "power"'),
  schema: (v) => (typeof v === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(v) ? undefined : 'a lower-case identifier'),
  node: (v) => (typeof v === 'string' && v.length > 0 && v.length <= 200 ? undefined : 'a name of 1 to 200 characters'),
  partitions: (v) =>
    Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 65_536 ? undefined : 'a whole number from 1 to 65536',
  lease: (v) => duration(v) ?? (milliseconds(v as Duration) > 0 && v !== 'infinity' ? undefined : 'a duration above 0 that ends'),
  patience: (v) => duration(v),
  logger: (v) => (v !== null && typeof v === 'object' && 'info' in v ? undefined : 'a pino logger'),
  telemetry: (v) => (v !== null && typeof v === 'object' && 'emit' in v ? undefined : 'an object with emit'),
  sources: (v) => (v !== null && typeof v === 'object' && 'clock' in v ? undefined : 'sources such as realSources()'),
  limits: (v) => (v !== null && typeof v === 'object' ? undefined : 'an object of byte counts'),
  model: (v) =>
    v === 'bundled' || (v !== null && typeof v === 'object' && 'baseUrl' in v && 'model' in v)
      ? undefined
      : '"bundled" or { baseUrl, model, apiKey? }',
  intensity: (v) => (Number.isInteger(v) && (v as number) >= 0 ? undefined : 'a whole number of 0 or more'),
  checkAll: (v) => (typeof v === 'boolean' ? undefined : 'true or false'),
}

function duration(value: unknown): string | undefined {
  try {
    milliseconds(value as Duration)
    return undefined
  } catch {
    return 'a duration such as 2000 or "2s"'
  }
}

/** @throws `config.invalid` naming the key, what was expected, what came, and the nearest known name */
export function checkConfig(config: unknown): TroupeConfig {
  if (config === null || typeof config !== 'object') {
    throw kernelErrors.make('config.invalid', { key: '(whole)', expected: 'an object', got: describe(config) })
  }
  checkMembers(config, keys, '')
  const { limits } = config as TroupeConfig
  if (limits) checkMembers(limits, limitKeys, 'limits.')
  return config as TroupeConfig
}

const bytes = (value: unknown): string | undefined =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'a whole number of bytes above 0'

const limitKeys: { readonly [K in keyof Required<Limits>]: (value: unknown) => string | undefined } = {
  messageBytes: bytes,
  snapshotWarnBytes: bytes,
  snapshotBytes: bytes,
}

function checkMembers(
  given: object,
  known: { readonly [key: string]: (value: unknown) => string | undefined },
  prefix: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    const key = `${prefix}${name}`
    if (!Object.hasOwn(known, name)) {
      const near = nearest(name, Object.keys(known))
      const fields = { key, expected: `one of ${Object.keys(known).join(', ')}`, got: describe(value) }
      throw kernelErrors.make('config.invalid', near === undefined ? fields : { ...fields, nearest: near })
    }
    const expected = value === undefined ? undefined : known[name]!(value)
    if (expected !== undefined) throw kernelErrors.make('config.invalid', { key, expected, got: describe(value) })
  }
}

function isBehaviour(value: unknown): boolean {
  const members = ['kind', 'version', 'messages', 'logic', 'durability', 'mailbox'] as const
  return value !== null && typeof value === 'object' && members.every((member) => member in value)
}
