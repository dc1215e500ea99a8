/**
 * Owns: a program that starts, works and stops, and never calls process.exit.
 * Does not own: what must be true at its end (process-end.test).
 */

import { createTroupe } from '#main'
import { errorData } from '#runtime'
import { waitFor } from '../support/wait.ts'
import { labActor } from './delivery/lab.ts'

const [store = 'memory', schema = 'troupe', how = 'works'] = process.argv.slice(2)
const a = { kind: 'lab', key: 'a' }
const say = (type: string, members: object = {}) => ({ type, ...members }) as never

if (how === 'fails') {
  try {
    // Another number of partitions than the first start had; on a memory store, which has none, a kind that is given twice.
    const twice = store === 'memory' ? [labActor(), labActor()] : [labActor()]
    await createTroupe({ actors: twice, store, schema, partitions: 9 })
  } catch (error) {
    console.log(`refused: ${errorData(error).code}`)
  }
} else {
  const actors = [labActor({ work: () => new Promise(() => undefined) })]
  const troupe = await createTroupe({ actors, store, schema, partitions: 8 })
  await troupe.system.tell(a, say('add', { by: 1 }))
  // Everything that could keep a process alive is under way: a timer, an effect, a call, a watch.
  await troupe.system.tell(a, say('after', { id: 'far', delay: 3_600_000 }))
  await troupe.system.tell(a, say('work', { input: 1 }))
  const call = troupe.system.ask(a, say('keep'), { deadline: 'infinity' }).catch(() => undefined)
  const watch = (async () => {
    for await (const _view of troupe.system.watch(a));
  })()
  await waitFor('the token', async () => ((await troupe.store.load([a]))[0]?.row.state ?? '').includes('"id"'))
  const begun = performance.now()
  await troupe.stop()
  await Promise.all([call, watch])
  console.log(`stopped after ${Math.round(performance.now() - begun)} ms`)
}
