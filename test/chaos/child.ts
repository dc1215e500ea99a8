/**
 * Owns: the process that is killed: a runtime with the actors of the load, doing what it reads from its input.
 * Does not own: when it dies.
 */

import { createInterface } from 'node:readline'
import { createTroupe } from '#main'
import { TroupeError } from '#runtime'
import { account, alarm, counter, worker } from './actors.ts'
import type { Outcome } from './history.ts'
import { order } from './order.ts'
import { perform } from './perform.ts'
import type { ChildLine, ChildSettings, ParentLine } from './process-target.ts'
import { leftIn } from './tables.ts'

const { store, schema, life } = JSON.parse(process.argv[2] ?? '{}') as ChildSettings & { readonly life: number }
const say = (line: ChildLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

/** A job of some milliseconds; half of them live long enough to be killed. */
async function work(job: string): Promise<string> {
  say({ line: 'begun', op: job })
  const pause = Number(job.slice(2)) % 2 === 0 ? 5 : 150
  await new Promise((resolve) => setTimeout(resolve, pause))
  return `${job}@${life}`
}

const troupe = await createTroupe({
  actors: [counter, account, alarm, worker(work), order(work)],
  store,
  schema,
  node: 'chaos',
  partitions: 16,
})

/** The errors after which nobody knows whether it was applied. */
const unknown = new Set(['ask.deadline', 'actor.moved', 'system.stopped'])

async function answer(id: number, operation: Extract<ParentLine, { line: 'perform' }>['operation']): Promise<void> {
  let result: Outcome
  try {
    result = { outcome: 'acknowledged', value: await perform(troupe.system, operation, 20_000) }
  } catch (error) {
    const code = TroupeError.is(error) ? error.code : String(error)
    result = unknown.has(code) ? { outcome: 'unknown' } : { outcome: 'failed', code }
  }
  say({ line: 'answer', id, result })
}

const heard: { readonly [L in ParentLine['line']]: (line: Extract<ParentLine, { line: L }>) => Promise<unknown> } = {
  perform: ({ id, operation }) => answer(id, operation),
  left: async () => {
    const { outbox, timers, effects } = await leftIn(troupe.store)
    say({ line: 'left', rows: outbox + timers + effects })
  },
  quit: async () => {
    quitting = true
    input.close()
    // The open end of a pipe would keep the process alive; what is left must be nothing of Troupe's.
    process.stdin.destroy()
    await troupe.stop()
  },
}

let quitting = false
const input = createInterface({ input: process.stdin })
input.on('line', (text) => {
  const line = JSON.parse(text) as ParentLine
  void (heard[line.line] as (line: ParentLine) => Promise<unknown>)(line)
})
// Without a parent nobody would ever end it.
input.on('close', () => {
  if (!quitting) process.exit(1)
})
say({ line: 'ready' })
