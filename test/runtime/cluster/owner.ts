/**
 * Owns: the process that owns an actor until it is frozen: it asks the actor again and again and says what came of each ask.
 * Does not own: when it is frozen (the test).
 */

import { createTroupe } from '#main'
import { TroupeError } from '#runtime'
import { tally } from './tally.ts'

const { store, schema } = JSON.parse(process.argv[2] ?? '{}') as { readonly store: string; readonly schema: string }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const troupe = await createTroupe({ actors: [tally], store, schema, node: 'frozen', lease: '1s', partitions: 4 })
const actor = troupe.actor(tally, 'one')
for (let fenced = 0; fenced < 3; ) {
  try {
    say(`ok ${await actor.ask({ type: 'add' }, { deadline: '20s' })}`)
  } catch (error) {
    const code = TroupeError.is(error) ? error.code : String(error)
    say(`refused ${code}`)
    if (code === 'actor.fenced') fenced++
  }
}
await troupe.stop()
say('stopped')
