/**
 * Owns: a process that claims a partition and commits on command, for tests of two owners.
 * Does not own: what must hold (two-processes.test.ts).
 * Invariants: none.
 *
 * Arguments: URL, schema. It reads lines and answers each with a line of JSON:
 * `claim` (partition 0, 300 ms), `commit KEY EXPECTED`, `stream KEY` (commits until it is not committed any more), `close`.
 */

import { createInterface } from 'node:readline'
import { realSources, type TurnWrite } from '#runtime'
import { openStore } from '#store'

const [url, schema] = process.argv.slice(2) as [string, string]
const store = await openStore(url, { sources: realSources(), schema })
let epoch = 0

function turnOf(key: string, expected: number): TurnWrite {
  return {
    row: {
      address: { kind: 'account', key },
      partition: 0,
      version: 1,
      sequence: expected + 1,
      status: 'active',
      state: JSON.stringify({ writer: process.pid }),
      applied: {},
    },
    expected,
    outbox: [{ sequence: epoch * 2 ** 32 + expected + 1, envelope: '{}' }],
    timers: { set: [{ id: 't', due: 1, payload: expected, armed: expected + 1 }], cancel: [] },
    effects: { start: [{ id: 'e', src: 's', input: null, turn: expected + 1, number: 0 }], end: [] },
    replies: [{ key: 'k', digest: 'd', answer: expected, expires: 1 }],
    facts: [{ name: 'written', data: process.pid }],
    remove: false,
  }
}

const commit = (key: string, expected: number) =>
  store.commit({ fences: [{ partition: 0, epoch }], turns: [turnOf(key, expected)], deadLetters: [], relayed: [], at: 1 })

async function stream(key: string) {
  for (let written = 0; ; written++) {
    const outcome = await commit(key, written)
    if (outcome.result !== 'committed') return { written, ...outcome }
  }
}

const commands: { readonly [name: string]: (...parts: string[]) => Promise<unknown> } = {
  async claim() {
    const leases = await store.claim(`process ${process.pid}`, [0], 300)
    epoch = leases[0]?.epoch ?? epoch
    return leases
  },
  commit: (key, expected) => commit(key!, Number(expected)),
  stream: (key) => stream(key!),
  async close() {
    await store.close()
    return 'closed'
  },
}

process.stdout.write('"ready"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...parts] = line.split(' ')
  const answer = commands[name!]!(...parts)
  // Not awaited, so that a claim or a second commit can be asked for while a stream runs.
  void answer.then((value) => process.stdout.write(`${JSON.stringify({ name, value })}\n`))
  if (name === 'close') break
}
