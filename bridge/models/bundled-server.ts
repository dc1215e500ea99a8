/**
 * Owns: the HTTP endpoint of the bundled model on the loopback interface: chat completions, the list of models, counts of requests.
 * Does not own: the answers (bundled-model), the format (completion-request).
 * Invariants: BS1 it listens on loopback only. BS2 a request is counted before its answer leaves. BS3 after `stop` no socket is open.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sources } from '#runtime'
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
import { modelErrors } from './model-errors.ts'
import { type RequestCount, RequestLog } from './request-log.ts'

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
  /** Append-only log of all requests, one JSON line each; requests of earlier runs in it are counted, too. */
  readonly countFile?: string
}

export interface RunningBundledModel {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string
  readonly model: typeof bundledModelName
  /** How often each request was answered, those in `countFile` included. */
  requests(): readonly RequestCount[]
  stop(): Promise<void>
}

/**
 * Starts the bundled model.
 *
 * @throws `model.port_taken`, `model.log_failed`
 * @example const model = await startBundledModel({ sources: realSources() }); await fetch(`${model.baseUrl}/models`); await model.stop()
 */
export async function startBundledModel(options: BundledModelOptions): Promise<RunningBundledModel> {
  const endpoint = new Endpoint(options)
  const port = await endpoint.listen(options.port ?? 0)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    model: bundledModelName,
    requests: () => endpoint.log.counts(),
    stop: () => endpoint.stop(),
  }
}

class Endpoint {
  readonly log: RequestLog
  readonly #options: BundledModelOptions
  readonly #model = new BundledModel()
  readonly #server: Server
  /** How often a request without a seed was sampled, so that asking again gives another sample. */
  readonly #samples = new Map<string, number>()

  constructor(options: BundledModelOptions) {
    this.#options = options
    this.log = new RequestLog(options.countFile)
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) =>
        refuse(response, 500, error instanceof Error ? error.message : String(error)),
      )
    })
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => reject(modelErrors.make('model.port_taken', { port, reason: error.message }, error)))
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
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
    const key = request.headers['idempotency-key']
    this.log.add(typeof key === 'string' ? key : read.request.digest, read.request.digest)
    const choices = this.#choices(read.request)
    await this.#wait(response)
    if (!response.destroyed) this.#answer(response, read.request, choices)
  }

  #choices(request: CompletionRequest): Choice[] {
    const { messages, temperature, maxTokens, n, digest } = request
    const base = request.seed ?? (this.#options.seed ?? 0) + this.#sampled(request)
    return Array.from({ length: n }, (_, at) => {
      const seed = (Number.parseInt(digest.slice(0, 8), 16) ^ Math.imul(base * 131 + at + 1, 0x9e3779b1)) >>> 0
      const { text, cut } = this.#model.answer({ messages, temperature, seed, ...(maxTokens === undefined ? {} : { maxTokens }) })
      return { text: untilStop(text, request.stop), finish: cut ? 'length' : 'stop' }
    })
  }

  #sampled({ temperature, digest }: CompletionRequest): number {
    if (temperature === 0) return 0
    const before = this.#samples.get(digest) ?? 0
    this.#samples.set(digest, before + 1)
    return before
  }

  #wait(response: ServerResponse): Promise<void> {
    const { latencyMs = 0, sources } = this.#options
    if (latencyMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = sources.clock.schedule(latencyMs, resolve)
      response.once('close', () => {
        timer.cancel()
        resolve()
      })
    })
  }

  #answer(response: ServerResponse, request: CompletionRequest, choices: readonly Choice[]): void {
    const { clock, ids } = this.#options.sources
    const head = { id: `chatcmpl-${ids.next()}`, created: Math.floor(clock.now() / 1000) }
    const usage = usageOf(request, choices)
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
