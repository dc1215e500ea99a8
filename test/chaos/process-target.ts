/**
 * Owns: the runtime under test as a child process: its lives, its death, calls to it over its standard input and output.
 * Does not own: what runs in it (child), when it is killed (chaos-run).
 * Invariants: CL2 a call that the process did not answer before it died is unknown.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Begun, Operation, Outcome } from './history.ts'

const program = fileURLToPath(new URL('./child.ts', import.meta.url))

/** A line of the child: ready, an answer, the beginning of an effect, how much is left. */
export type ChildLine =
  | { readonly line: 'ready' }
  | { readonly line: 'answer'; readonly id: number; readonly result: Outcome }
  | { readonly line: 'begun'; readonly op: string }
  | { readonly line: 'left'; readonly rows: number }

/** A line for the child. */
export type ParentLine =
  | { readonly line: 'perform'; readonly id: number; readonly operation: Operation }
  | { readonly line: 'left' }
  | { readonly line: 'quit' }

/** What every life of the child is started with. */
export interface ChildSettings {
  readonly store: string
  readonly schema: string
}

export class ProcessTarget {
  readonly #settings: ChildSettings
  readonly #begun: (begun: Begun) => void
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  #child: ChildProcess | undefined
  #ready: Promise<void>
  #isReady: (() => void) | undefined
  #left: ((rows: number) => void) | undefined
  #next = 1
  #errors = ''
  life = 0

  constructor(settings: ChildSettings, begun: (begun: Begun) => void) {
    this.#settings = settings
    this.#begun = begun
    this.#ready = this.#notReady()
  }

  /** Starts the next life; resolves at once, `ready` follows. */
  start(): void {
    const life = ++this.life
    this.#errors = ''
    const child = spawn(process.execPath, [program, JSON.stringify({ ...this.#settings, life })], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (text) => this.#heard(JSON.parse(text) as ChildLine, life))
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000)
    })
    // Its end closes the pipe. What a write then reports says nothing that its exit does not say: the call is unknown.
    child.stdin.on('error', (error) => {
      this.#errors += error.message
    })
    child.once('exit', () => this.#died())
  }

  /** @throws Error with what the child wrote, when it ends before it is ready */
  async ready(): Promise<void> {
    const child = this.#child
    if (!child) throw new Error('no life was started')
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`life ${this.life} ended with ${signal ?? code} before it was ready: ${this.#errors}`)
    })
    await Promise.race([this.#ready, ended])
    ended.catch(() => undefined)
  }

  /** One try: waits for a life that is ready. */
  perform = async (operation: Operation): Promise<Outcome> => {
    await this.#ready
    const id = this.#next++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#say({ line: 'perform', id, operation })
    })
  }

  async left(): Promise<number> {
    return new Promise((resolve) => {
      this.#left = resolve
      this.#say({ line: 'left' })
    })
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Ends it in good order: it must leave by itself. Returns its exit code, or the signal that ended it. */
  async quit(patience: number): Promise<string> {
    const child = this.#child
    if (!child) return 'none'
    const gone = once(child, 'exit')
    this.#say({ line: 'quit' })
    const timer = setTimeout(() => child.kill('SIGKILL'), patience)
    const [code, signal] = (await gone) as [number | null, string | null]
    clearTimeout(timer)
    return signal ?? `${code}${code === 0 ? '' : `: ${this.#errors}`}`
  }

  #say(line: ParentLine): void {
    this.#child?.stdin?.write(`${JSON.stringify(line)}\n`)
  }

  #heard(line: ChildLine, life: number): void {
    if (line.line === 'answer') {
      this.#waiting.get(line.id)?.(line.result)
      this.#waiting.delete(line.id)
    } else if (line.line === 'begun') this.#begun({ op: line.op, life })
    else if (line.line === 'left') this.#left?.(line.rows)
    else if (life === this.life) {
      this.#isReady?.()
      this.#isReady = undefined
    }
  }

  #notReady(): Promise<void> {
    return new Promise((resolve) => {
      this.#isReady = resolve
    })
  }

  #died(): void {
    if (!this.#child) return
    this.#child = undefined
    // Whoever waited for a life that was never ready waits for the next one.
    if (!this.#isReady) this.#ready = this.#notReady()
    for (const settle of this.#waiting.values()) settle({ outcome: 'unknown' })
    this.#waiting.clear()
  }
}
