/**
 * Owns: one program by name: its versions in order, and which of them is in production.
 * Does not own: the graphs (content actors, by hash), runs (execution actors), what a good graph is (program-graph).
 * Invariants: PG1 a version never changes: its number stands for one content hash for ever. PG2 publishing the content of the newest version again makes
 * no new one. PG3 only a published version can be in production.
 */

import { assign, setup } from 'xstate'
import { z } from 'zod'
import { type Behaviour, defineActor, fact, type Json, reply, replyError, selfAddress } from '#runtime'
import { actorErrors } from './actor-errors.ts'

/** One published version. */
export interface PublishedVersion {
  /** From 1 on. */
  readonly version: number
  /** SHA-256 (hex) of the graph, under which the content actor keeps it. */
  readonly hash: string
  /** Wall time, milliseconds since 1970. */
  readonly publishedAt: number
}

export interface ProgramState {
  readonly versions: readonly PublishedVersion[]
  readonly production: number | null
}

const messages = {
  publish: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), at: z.number() }),
  promote: z.object({ version: z.int().min(1) }),
  get: z.object({}),
}
const replies = { publish: z.custom<PublishedVersion>(), promote: z.custom<PublishedVersion>(), get: z.custom<ProgramState>() }

export type ProgramActor = Behaviour<typeof messages, typeof replies>

type Events = { type: 'publish'; hash: string; at: number } | { type: 'promote'; version: number } | { type: 'get' }

const newest = ({ versions }: ProgramState): PublishedVersion | undefined => versions[versions.length - 1]

const versionOf = ({ versions }: ProgramState, version: number): Json =>
  versions.find((one) => one.version === version) as unknown as Json

/** The versions after a publication. */
function published({ versions }: ProgramState, hash: string, at: number): readonly PublishedVersion[] {
  return [...versions, { version: versions.length + 1, hash, publishedAt: at }]
}

const machine = setup({
  types: { context: {} as ProgramState, events: {} as Events },
  guards: {
    isPublished: ({ context, event }) =>
      event.type === 'promote' && context.versions.some((one) => one.version === event.version),
    // What is so already is answered and is no news for the journal.
    isNewest: ({ context, event }) => event.type === 'publish' && newest(context)?.hash === event.hash,
    isInProduction: ({ context, event }) => event.type === 'promote' && context.production === event.version,
  },
}).createMachine({
  id: 'program',
  context: { versions: [], production: null },
  initial: 'draft',
  on: {
    publish: [
      { guard: 'isNewest', actions: reply(({ context }) => newest(context) as unknown as Json) },
      {
        actions: [
          assign({ versions: ({ context, event }) => published(context, event.hash, event.at) }),
          fact('program.published', ({ context }) => newest(context) as unknown as Json),
          reply(({ context }) => newest(context) as unknown as Json),
        ],
      },
    ],
    get: { actions: reply(({ context }) => context as unknown as Json) },
    promote: [
      { guard: 'isInProduction', actions: reply(({ context, event }) => versionOf(context, event.version)) },
      {
        guard: 'isPublished',
        target: '.production',
        actions: [
          assign({ production: ({ event }) => event.version }),
          fact('program.promoted', ({ event }) => ({ version: event.version })),
          reply(({ context, event }) => versionOf(context, event.version)),
        ],
      },
      {
        actions: replyError((args) => {
          const { context, event } = args
          const program = selfAddress(args)?.key ?? args.self.id
          return actorErrors.make('program.no_version', { program, version: event.version, versions: context.versions.length })
        }),
      },
    ],
  },
  states: { draft: {}, production: {} },
})

export const programActor: ProgramActor = defineActor({ kind: 'program', version: 1, messages, replies, logic: machine })
