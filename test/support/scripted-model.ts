/**
 * Owns: an HTTP server that stands for a language model and answers by a script, failures included, and counts what it was asked.
 * Does not own: the bundled model, which really answers.
 * Invariants: SM1 each request takes the next entry of the script; the last entry goes on for ever.
 */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server does with one request. */
export type ScriptedAnswer =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly finish?: string
      readonly usage?: { readonly [count: string]: number }
    }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: { readonly [name: string]: string }
      readonly body?: string
    }
  /** Status 200 with a body that is no completion. */
  | { readonly kind: 'garbage'; readonly body: string }
  /** Half of a completion, then the connection is cut. */
  | { readonly kind: 'half' }
  /** The connection is cut at once. */
  | { readonly kind: 'cut' }
  /** Never answers. */
  | { readonly kind: 'hang' }

export interface ScriptedRequest {
  readonly body: { readonly [key: string]: unknown }
  readonly headers: IncomingHttpHeaders
}

export interface ScriptedModel {
  readonly baseUrl: string
  /** All requests so far. */
  readonly requests: readonly ScriptedRequest[]
  /** Requests whose client went away before the answer. */
  readonly abandoned: () => number
  stop(): Promise<void>
}

export function completionText(
  text: string,
  finish = 'stop',
  usage: object = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
): string {
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: finish }]
  return JSON.stringify({ id: 'c1', object: 'chat.completion', created: 1, model: 'scripted-1', choices, usage })
}

/** Starts a server with a script. */
export async function startScriptedModel(script: readonly ScriptedAnswer[]): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = []
  let abandoned = 0
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    requests.push({
      body: JSON.parse(Buffer.concat(parts).toString('utf8')) as ScriptedRequest['body'],
      headers: request.headers,
    })
    response.once('close', () => {
      if (!response.writableFinished) abandoned++
    })
    perform(script[Math.min(requests.length, script.length) - 1]!, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    abandoned: () => abandoned,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function json(response: ServerResponse, status: number, body: string, headers: { readonly [name: string]: string } = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers })
    .end(body)
}

function perform(answer: ScriptedAnswer, response: ServerResponse): void {
  if (answer.kind === 'text') json(response, 200, completionText(answer.text, answer.finish, answer.usage))
  else if (answer.kind === 'status')
    json(
      response,
      answer.status,
      answer.body ?? JSON.stringify({ error: { message: `scripted ${answer.status}` } }),
      answer.headers,
    )
  else if (answer.kind === 'garbage') json(response, 200, answer.body)
  else if (answer.kind === 'cut') response.destroy()
  else if (answer.kind === 'half') {
    const body = completionText('half')
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.write(body.slice(0, body.length >> 1), () => response.destroy())
  }
}
