/**
 * Owns: the comparisons of `bench:local`, by letter, with their aims.
 * Does not own: how they are measured (rounds, contenders).
 * Invariants: BC1.
 */

import type { Comparison, Group, Side } from './bench-case.ts'
import type { Engine } from './bench-place.ts'
import { inFlight } from './load.ts'

const withCollector = ['--expose-gc']

const troupe = (name: string, figure = 'perSecond'): Side => ({
  place: { module: 'troupe', name, flags: withCollector },
  figure,
  label: 'troupe',
})
const machine: Side = { place: { module: 'troupe-machine', name: 'tell' }, figure: 'perSecond', label: 'troupe' }
const otp = (name: string, label: string, figure = 'perSecond'): Side => ({ place: { module: 'otp', name }, figure, label })
const xstate = (name: string, label: string): Side => ({ place: { module: 'xstate', name }, figure: 'perSecond', label })

const inMemory: readonly Group[] = [
  {
    letter: 'a',
    title: 'tell: messages per second to one volatile transition actor',
    comparisons: [
      { name: 'tell', unit: 'messages/s', ours: troupe('tell'), peer: otp('cast', 'OTP gen_server:cast'), aim: { least: 1 } },
    ],
  },
  {
    letter: 'b',
    title: 'ask: questions and answers per second with one volatile transition actor',
    comparisons: [
      {
        name: 'ask, one at a time',
        unit: 'asks/s',
        ours: troupe('ask'),
        peer: otp('call', 'OTP gen_server:call'),
        aim: { least: 1 },
      },
      {
        name: 'ask, 64 at a time',
        unit: 'asks/s',
        ours: troupe('ask-concurrent'),
        peer: otp('call-concurrent', 'OTP gen_server:call from 64'),
        aim: { least: 1 },
      },
    ],
  },
  {
    letter: 'c',
    title: 'machine: messages per second to one volatile machine actor',
    comparisons: [
      {
        name: 'tell to a machine',
        unit: 'messages/s',
        ours: machine,
        peer: xstate('send', 'XState createActor().send'),
        aim: { least: 0.9 },
      },
      {
        name: 'tell to a machine, beside the pure function',
        unit: 'messages/s',
        ours: machine,
        peer: xstate('transition', 'XState transition()'),
      },
    ],
  },
  {
    letter: 'd',
    title: 'spawn: starts per second, and bytes of each idle actor',
    comparisons: [
      {
        name: 'spawn, supervised',
        unit: 'starts/s',
        ours: troupe('spawn'),
        peer: otp('spawn-supervised', 'OTP supervisor:start_child'),
        aim: { least: 1 },
      },
      {
        name: 'spawn, bare process',
        unit: 'starts/s',
        ours: troupe('process'),
        peer: otp('spawn', 'OTP gen_server:start'),
        aim: { least: 1 },
      },
      {
        name: 'memory of an idle actor',
        unit: 'bytes',
        ours: troupe('spawn', 'bytes'),
        peer: otp('spawn', 'OTP gen_server', 'bytes'),
        aim: { most: 1 },
      },
    ],
  },
]

type Floor = 'single' | 'batch'
const floorNames: { readonly [F in Floor]: string } = {
  single: 'one statement for each message',
  batch: 'one statement for each batch',
}

const durable = (engine: Engine, figure: string): Side => ({
  place: { module: 'troupe-durable', name: 'asks', setting: engine },
  figure,
  label: 'troupe',
})
const floor = (engine: Engine, name: Floor, figure: string): Side => ({
  place: { module: 'floor', name, setting: engine },
  figure,
  label: `floor: ${floorNames[name]}`,
})

/** One at a time latency counts, beyond that the rate; the 99th percentile is shown without an aim. */
function durableComparisons(engine: Engine): readonly Comparison[] {
  const against = (count: number, figure: string, name: Floor, unit: string, aim?: Comparison['aim']): Comparison => ({
    name: `${engine}, ${count} in flight: ${figure === 'perSecond' ? 'turns' : figure}, beside ${name}`,
    unit,
    ours: durable(engine, `${figure}@${count}`),
    peer: floor(engine, name, `${figure}@${count}`),
    ...(aim && { aim }),
  })
  return inFlight.flatMap((count) => [
    against(count, 'perSecond', 'batch', 'turns/s', { least: 0.7 }),
    against(count, 'perSecond', 'single', 'turns/s'),
    against(count, 'p50', 'single', 'ms', count === 1 ? { most: 1.5 } : undefined),
    against(count, 'p99', 'batch', 'ms'),
  ])
}

export const localGroups: readonly Group[] = [
  ...inMemory,
  { letter: 'e', title: 'durable: turns per second and latencies on PGlite', comparisons: durableComparisons('pglite') },
  { letter: 'e', title: 'durable: turns per second and latencies on Postgres', comparisons: durableComparisons('postgres') },
]
