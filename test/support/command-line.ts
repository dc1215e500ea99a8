/**
 * Owns: the real command line in a process of its own: what it prints, how it ends, and signals at a moment of its output.
 * Does not own: what must hold.
 * Invariants: TCL1 every process ends with its test: at its end, by its signal, or killed at the deadline, which prints what it had said.
 */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Half of a short command's time is stripping types, which this remembers. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/troupe-tests', import.meta.url))

export interface Typed {
  readonly out: string
  readonly err: string
  /** Exit code, or the name of the signal that ended it. */
  readonly exit: number | NodeJS.Signals
  /** Standard output as JSON. */
  json(): unknown
}

export interface TypeOptions {
  readonly env?: { readonly [name: string]: string }
  /** Sends a signal when the output holds a text. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly at: string }
  /** Milliseconds; default 120,000. */
  readonly within?: number
}

/** Types `troupe` with arguments and waits for its end. */
export function typeTroupe(args: readonly string[], { env = {}, signal, within = 120_000 }: TypeOptions = {}): Promise<Typed> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['main.ts', ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: compiled, ...env },
    })
    let [out, err] = ['', '']
    let sent = false
    const look = (): void => {
      if (!signal || sent || !`${out}${err}`.includes(signal.at)) return
      sent = true
      child.kill(signal.name)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      look()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      look()
    })
    const deadline = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`troupe ${args.join(' ')} did not end within ${within} ms; it said:\n${out}\n${err}`))
    }, within)
    child.once('error', reject)
    child.once('close', (code, ended) => {
      clearTimeout(deadline)
      resolve({ out, err, exit: code ?? ended!, json: () => JSON.parse(out) as unknown })
    })
  })
}
