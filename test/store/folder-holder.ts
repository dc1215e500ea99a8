/**
 * Owns: a process that opens an embedded store in a folder and commits until it is killed, for tests of folders.
 * Does not own: what must hold (folder.test.ts).
 * Invariants: none.
 *
 * Argument: the folder. It prints the sequence of each commit that was answered.
 */

import { realSources } from '#runtime'
import { openStore } from '#store'
import { StoreStage } from '../contract/store-stage.ts'

const store = await openStore(process.argv[2]!, { sources: realSources() })
const stage = await StoreStage.on(store)
const [stored] = await store.actors({ limit: 1 })
for (let sequence = stored?.sequence ?? 0; ; sequence++) {
  const turn = stage.turn('a', { expected: sequence, facts: [{ name: 'n', data: sequence + 1 }] })
  const outcome = await stage.commit([{ ...turn, row: { ...turn.row, address: { kind: 'kind', key: 'a' } } }])
  if (outcome.result !== 'committed') throw new Error(JSON.stringify(outcome))
  process.stdout.write(`${sequence + 1}\n`)
}
