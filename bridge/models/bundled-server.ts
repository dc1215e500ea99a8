/**
 * Owns: the HTTP endpoint of the bundled model on the loopback interface: chat completions, the list of models, what was computed and what was answered from its journal.
 * Does not own: the answers (bundled-model), their records (answer-journal), the format (completion-request).
 * Invariants: BS1 it listens on loopback only. BS2 an answer is in the journal before it leaves. BS3 after `stop` no
 * socket, timer or file is open. BS4 a request with a key that was answered is answered again from the journal: it is computed once, also across
 * restarts and when several ask at the same time.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { digestOf, type Sources } from '#runtime'
import { AnswerJournal, type JournalTotals, type RecordedAnswer } from './answer-journal.ts'
import { BundledModel } from './bundled-model.ts'
import {
  bundledModelName,
  type Choice,
  type CompletionRequest,
  completionBody,
  completionChunks,
  readRequest,
  usageOf,
} from './completion-request.ts'
import { LruMap } from './lru-map.ts'
import { modelErrors } from './model-errors.ts'
import { countTokens } from './token-count.ts'

/** What it is, for every list. */
export const bundledDescription =
  'naive Bayes over the examples in the prompt, bundled with Troupe: it learns and classifies, but it is not a language model'

/** A larger body is refused before it fills the memory. */
const bodyLimit = 32 * 1024 * 1024

export interface BundledModelOptions {
  readonly sources: Sources
  /** Milliseconds that an answer takes at least, to stand for a real model's; default 0. */
  readonly latencyMs?: number
  /** Default: a free one. */
  readonly port?: number
  /** Where samples of requests without a seed start; default 0. */
  readonly seed?: number
  /** Append-only file of all answers, one JSON line each; answers of earlier processes in it are given again for their keys. Default: memory only. */
  readonly journal?: string
}

export interface RunningBundledModel {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string
  readonly model: typeof bundledModelName
  stats(): BundledStats
  stop(): Promise<void>
}

/** What became of requests that were valid. `recorded` and what follows it are over all processes that used the journal. */
export interface BundledStats extends JournalTotals {
  /** Requests to this process. */
  readonly requests: number
  /** Answers that this process computed. */
  readonly computed: number
  /** Requests to this process that were answered from the journal, or with another request of the same key. */
  readonly replayed: number
}

/**
 * Starts the bundled model.
 *
 * @throws `model.port_taken`, `model.journal_failed`, `model.journal_damaged`
 * @example const model = await startBundledModel({ sources: realSources() }); await fetch(`${model.baseUrl}/models`); await model.stop()
 */
export async function startBundledModel(options: BundledModelOptions): Promise<RunningBundledModel> {
  const journal = await AnswerJournal.open(options.journal)
  const endpoint = new Endpoint(options, journal)
  try {
    const port = await endpoint.listen(options.port ?? 0)
    return {
      baseUrl: `http://127.0.0.1:${port}/v1`,
      model: bundledModelName,
      stats: () => endpoint.stats(),
      stop: () => endpoint.stop(),
    }
  } catch (error) {
    await journal.close()
    throw error
  }
}

class Endpoint {
  readonly #options: BundledModelOptions
  readonly #journal: AnswerJournal
  readonly #model = new BundledModel()
  readonly #server: Server
  /** How often a request without a seed and a key was sampled, so that asking again gives another sample. */
  readonly #samples = new LruMap<string, number>(10_000)
  /** Tokens of what prompts share, because most of a prompt is counted once then. */
  readonly #sharedTokens = new LruMap<string, number>(1000)
  /** Answers on their way, by key. */
  readonly #flights = new Map<string, Promise<RecordedAnswer>>()
  /** What ends the waits of a simulated latency. */
  readonly #waits = new Set<() => void>()
  #stopping = false
  #computed = 0
  #replayed = 0

  constructor(options: BundledModelOptions, journal: AnswerJournal) {
    this.#options = options
    this.#journal = journal
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) =>
        refuse(response, 500, error instanceof Error ? error.message : String(error)),
      )
    })
    // Clients keep idle connections for some seconds; one that the server closed under them would cost a try.
    this.#server.keepAliveTimeout = 60_000
  }

  stats(): BundledStats {
    return {
      requests: this.#computed + this.#replayed,
      computed: this.#computed,
      replayed: this.#replayed,
      ...this.#journal.totals,
    }
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => reject(modelErrors.make('model.port_taken', { port, reason: error.message }, error)))
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const end of [...this.#waits]) end()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    await Promise.allSettled(this.#flights.values())
    await this.#journal.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '')
    if (request.method === 'GET' && path === '/v1/models') return send(response, 200, modelList)
    if (request.method !== 'POST' || path !== '/v1/chat/completions')
      return refuse(
        response,
        404,
        `There is no ${request.method} ${path} here; there are POST /v1/chat/completions and GET /v1/models.`,
      )
    const text = await readBody(request)
    if (text === undefined) return refuse(response, 413, `The body has more than ${bodyLimit} bytes.`)
    const body = parse(text)
    if (body === undefined) return refuse(response, 400, 'The body is not JSON.')
    const read = readRequest(body)
    if (!read.ok) return refuse(response, read.status, read.message, read.parameter)
    const header = request.headers['idempotency-key']
    const answer = await this.#recorded(read.request, typeof header === 'string' && header !== '' ? header : undefined)
    if (answer === undefined)
      return refuse(response, 422, 'The Idempotency-Key was used for another request; every request needs a key of its own.')
    if (!response.destroyed) this.#answer(response, read.request, answer)
  }

  /** The answer to a request: computed, or from the records of its key; undefined when the key was used for another request. */
  async #recorded(request: CompletionRequest, key: string | undefined): Promise<RecordedAnswer | undefined> {
    const known = key === undefined ? undefined : (this.#journal.find(key) ?? this.#flights.get(key))
    if (known) {
      const answer = await known
      if (answer.digest !== request.digest) return undefined
      this.#replayed++
      return answer
    }
    const flight = this.#compute(request, key)
    if (key === undefined) return flight
    this.#flights.set(key, flight)
    try {
      return await flight
    } finally {
      this.#flights.delete(key)
    }
  }

  async #compute(request: CompletionRequest, key: string | undefined): Promise<RecordedAnswer> {
    const { clock, ids } = this.#options.sources
    await this.#wait()
    if (this.#stopping) throw new Error('The bundled model is being stopped.')
    const { digest } = request
    const choices = this.#choices(request, key)
    const head = { id: `chatcmpl-${ids.next()}`, created: Math.floor(clock.now() / 1000) }
    const answer = { key: key ?? digest, digest, ...head, choices, usage: usageOf(this.#promptTokens(request), choices) }
    await this.#journal.record(answer)
    this.#computed++
    return answer
  }

  #promptTokens({ messages, shared }: CompletionRequest): number {
    let before = this.#sharedTokens.get(shared)
    if (before === undefined) {
      before = messages.slice(0, -1).reduce((sum, { content }) => sum + countTokens(content), 0)
      this.#sharedTokens.set(shared, before)
    }
    return before + countTokens(messages[messages.length - 1]!.content)
  }

  #choices(request: CompletionRequest, key: string | undefined): Choice[] {
    const { messages, temperature, maxTokens, n, digest, shared } = request
    const base = request.seed ?? (this.#options.seed ?? 0) + this.#sample(request, key)
    return Array.from({ length: n }, (_, at) => {
      const seed = (Number.parseInt(digest.slice(0, 8), 16) ^ Math.imul(base * 131 + at + 1, 0x9e3779b1)) >>> 0
      const limit = maxTokens === undefined ? {} : { maxTokens }
      const { text, cut } = this.#model.answer({ messages, shared, temperature, seed, ...limit })
      return { text: untilStop(text, request.stop), finish: cut ? 'length' : 'stop' }
    })
  }

  /** Which sample it is of a request that gives no seed: told by its key, so that the order of requests does not matter, or counted. */
  #sample({ temperature, digest }: CompletionRequest, key: string | undefined): number {
    if (temperature === 0) return 0
    if (key !== undefined) return Number.parseInt(digestOf(key).slice(0, 6), 16)
    const before = this.#samples.get(digest) ?? 0
    this.#samples.set(digest, before + 1)
    return before
  }

  #wait(): Promise<void> {
    const { latencyMs = 0, sources } = this.#options
    if (latencyMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        this.#waits.delete(end)
        resolve()
      }
      const timer = sources.clock.schedule(latencyMs, end)
      this.#waits.add(end)
    })
  }

  #answer(response: ServerResponse, request: CompletionRequest, { id, created, choices, usage }: RecordedAnswer): void {
    const head = { id, created }
    if (!request.stream) return send(response, 200, completionBody(head, choices, usage))
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    for (const chunk of completionChunks(head, choices, request.includeUsage ? usage : undefined))
      response.write(`data: ${JSON.stringify(chunk)}\n\n`)
    response.end('data: [DONE]\n\n')
  }
}

const modelList = {
  object: 'list',
  data: [
    {
      id: bundledModelName,
      object: 'model',
      created: 0,
      owned_by: 'troupe',
      description: bundledDescription,
      language_model: false,
    },
  ],
}

function untilStop(text: string, stops: readonly string[]): string {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Refused by the caller with status 400.
    return undefined
  }
}

/** The body as text; undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > bodyLimit) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** An error in OpenAI's form. */
function refuse(response: ServerResponse, status: number, message: string, param: string | null = null): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  send(response, status, { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param, code: null } })
}
