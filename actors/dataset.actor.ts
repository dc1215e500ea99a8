/**
 * Owns: one data set by name: its sealed versions, each with its statistics and the pages that hold its examples.
 * Does not own: the pages (content actors, by hash), sealing and splitting (evaluation).
 * Invariants: DA1 a sealed version never changes. DA2 sealing the content of the newest version again makes no new one.
 */

import { assign, setup } from 'xstate'
import { z } from 'zod'
import { type Behaviour, defineActor, fact, type Json, reply } from '#runtime'
import type { DatasetSeal } from './evaluation/dataset.ts'

/** A sealed version and where its examples are. */
export interface DatasetVersion {
  /** From 1 on. */
  readonly version: number
  readonly seal: DatasetSeal
  /** Digests of the pages in order. */
  readonly pages: readonly string[]
  /** Wall time, milliseconds since 1970. */
  readonly sealedAt: number
}

const messages = {
  seal: z.object({ seal: z.custom<DatasetSeal>(), pages: z.array(z.string()), at: z.number() }),
  get: z.object({}),
}
const replies = { seal: z.custom<DatasetVersion>(), get: z.custom<readonly DatasetVersion[]>() }

export type DatasetActor = Behaviour<typeof messages, typeof replies>

interface Context {
  readonly versions: readonly DatasetVersion[]
}
type Seal = { type: 'seal'; seal: DatasetSeal; pages: readonly string[]; at: number }

const newest = ({ versions }: Context): DatasetVersion | undefined => versions[versions.length - 1]

function sealed(context: Context, { seal, pages, at }: Seal): readonly DatasetVersion[] {
  if (newest(context)?.seal.hash === seal.hash) return context.versions
  return [...context.versions, { version: context.versions.length + 1, seal, pages, sealedAt: at }]
}

const machine = setup({ types: { context: {} as Context, events: {} as Seal | { type: 'get' } } }).createMachine({
  id: 'dataset',
  context: { versions: [] },
  initial: 'open',
  on: {
    seal: {
      target: '.sealed',
      actions: [
        assign({ versions: ({ context, event }) => sealed(context, event) }),
        fact('dataset.sealed', ({ event }) => ({ hash: event.seal.hash, size: event.seal.statistics.size })),
        reply(({ context }) => newest(context) as unknown as Json),
      ],
    },
    get: { actions: reply(({ context }) => context.versions as unknown as Json) },
  },
  states: { open: {}, sealed: {} },
})

export const datasetActor: DatasetActor = defineActor({ kind: 'dataset', version: 1, messages, replies, logic: machine })
