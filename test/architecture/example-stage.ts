/**
 * Owns: the things that examples speak of without making them: a supervision context, living refs, a counter and a Troupe that runs it.
 * Does not own: the examples.
 * Invariants: ES1 every name here is real: examples run against it.
 */

import { createProcesses, realSources, silentTelemetry } from '#runtime'
import { superviseAll } from '#supervisors'

export const sources = realSources()
export const { clock } = sources
export const processes = createProcesses({ sources })
export const context = { processes, sources, telemetry: silentTelemetry }

const living = async (name: string) => {
  const started = await processes.spawn(
    { handle: (signal) => void (signal.signal === 'call' && signal.reply('fine')) },
    { name, trapExits: true },
  )
  if (started.started !== 'ok') throw new Error(`the stage's ${name} did not start`)
  return started.ref
}

export const owner = await living('owner')
export const first = await living('first')
export const second = await living('second')
const running = await superviseAll(context, { strategy: 'dynamic' })
if (!running) throw new Error('the stage’s supervisor did not start')
export const supervisor = running
export const ref = running.target
