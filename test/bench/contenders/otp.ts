/**
 * Owns: the OTP contender: compiles the Erlang peer into a temporary folder and drives it over its standard input.
 * Does not own: what it measures (peers/troupe_peer.erl).
 * Invariants: OP1 without `erl` and `erlc` on the path it says that it cannot run here; it never makes figures up.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Contender, ContenderMaker, Figures } from '../contender.ts'

const source = fileURLToPath(new URL('../peers/troupe_peer.erl', import.meta.url))

function compiled(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-bench-otp-'))
  try {
    execFileSync('erlc', ['-o', folder, source], { stdio: ['ignore', 'ignore', 'inherit'] })
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** One order of the peer as a contender. `order` is such as `cast 1000000`. */
function otp(order: string): ContenderMaker {
  return async () => {
    const folder = compiled()
    if (folder === undefined) return undefined
    // +P: more processes than the default limit of 262,144, because the starts of one round may overlap the ends of the last.
    const beam = spawn('erl', ['+P', '1000000', '-noshell', '-pa', folder, '-run', 'troupe_peer', 'main'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: beam.stdout })[Symbol.asyncIterator]()
    return {
      async round(): Promise<Figures> {
        beam.stdin.write(`${order}\n`)
        const line = await lines.next()
        if (line.done) throw new Error(`erl ended with ${beam.exitCode} instead of answering ${order}`)
        const words = line.value.split(' ')
        const figures: { [figure: string]: number } = {}
        for (let at = 0; at + 1 < words.length; at += 2) figures[words[at]!] = Number(words[at + 1])
        return figures
      },
      async close() {
        const gone = once(beam, 'exit')
        beam.stdin.end()
        await gone
        rmSync(folder, { recursive: true })
      },
    } satisfies Contender
  }
}

export const contenders: { readonly [name: string]: ContenderMaker } = {
  cast: otp('cast 1000000'),
  call: otp('call 300000'),
  'call-concurrent': otp('call_many 300000'),
  spawn: otp('spawn 50000'),
  'spawn-supervised': otp('spawn_supervised 50000'),
}
