/**
 * Owns: what the bundled model's endpoint accepts, and what it answers, in the format of OpenAI's chat completions.
 * Does not own: HTTP (bundled-server), the model (bundled-model).
 * Invariants: CR3 a body that is not valid is refused with what was expected where; nothing of it is counted.
 */

import type { Message } from '#actors'
import { describe, digestOf } from '#runtime'
import { sharedKey } from './prompt-key.ts'
import { countTokens } from './token-count.ts'

export const bundledModelName = 'naive-bayes'

export interface CompletionRequest {
  readonly messages: readonly Message[]
  readonly temperature: number
  readonly n: number
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly seed?: number
  readonly maxTokens?: number
  readonly stop: readonly string[]
  /** SHA-256 (hex) of model, messages and settings; how the answer is sent is not part of it. */
  readonly digest: string
  /** Key of all messages but the last. */
  readonly shared: string
}

export type ReadRequest =
  | { readonly ok: true; readonly request: CompletionRequest }
  | { readonly ok: false; readonly status: 400 | 404; readonly message: string; readonly parameter: string }

const bad = (parameter: string, expected: string, got: unknown): ReadRequest => ({
  ok: false,
  status: 400,
  parameter,
  message: `${parameter}: expected ${expected}, got ${got === undefined ? 'nothing' : describe(got)}.`,
})

type Body = { readonly [key: string]: unknown }

/** The request that a body asks for. */
export function readRequest(body: unknown): ReadRequest {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return bad('body', 'an object', body)
  const given = body as Body
  if (typeof given.model !== 'string') return bad('model', `"${bundledModelName}"`, given.model)
  if (given.model !== bundledModelName)
    return {
      ok: false,
      status: 404,
      parameter: 'model',
      message: `There is no model ${describe(given.model)} here; there is "${bundledModelName}".`,
    }
  const messages = readMessages(given.messages)
  if (!Array.isArray(messages)) return messages as ReadRequest
  for (const [name, check, expected] of numbers) {
    const value = given[name]
    if (value !== undefined && value !== null && !(typeof value === 'number' && check(value))) return bad(name, expected, value)
  }
  const stop = typeof given.stop === 'string' ? [given.stop] : (given.stop ?? [])
  if (!Array.isArray(stop) || !stop.every((one) => typeof one === 'string'))
    return bad('stop', 'a text or a list of texts', given.stop)
  const maxTokens = (given.max_completion_tokens ?? given.max_tokens ?? undefined) as number | undefined
  const { stream: _stream, stream_options: options, messages: _messages, ...settings } = given
  const shared = sharedKey(messages)
  return {
    ok: true,
    request: {
      messages,
      temperature: (given.temperature ?? 0) as number,
      n: (given.n ?? 1) as number,
      stream: given.stream === true,
      includeUsage: (options as Body | undefined)?.include_usage === true,
      ...(typeof given.seed === 'number' ? { seed: given.seed } : {}),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      stop,
      shared,
      digest: digestOf([shared, messages.at(-1), settings]),
    },
  }
}

const numbers: readonly (readonly [name: string, check: (value: number) => boolean, expected: string])[] = [
  ['temperature', (value) => value >= 0 && value <= 10, 'a number from 0 to 10'],
  ['n', (value) => Number.isInteger(value) && value >= 1 && value <= 128, 'an integer from 1 to 128'],
  ['seed', Number.isInteger, 'an integer'],
  ['max_tokens', (value) => Number.isInteger(value) && value >= 1, 'a positive integer'],
  ['max_completion_tokens', (value) => Number.isInteger(value) && value >= 1, 'a positive integer'],
]

/** Messages with texts; parts of type text are joined, other parts are refused. */
function readMessages(value: unknown): Message[] | ReadRequest {
  if (!Array.isArray(value) || value.length === 0) return bad('messages', 'a list of messages', value)
  const messages: Message[] = []
  for (const [at, one] of value.entries()) {
    const { role, content } = (one ?? {}) as Body
    const asked = role === 'developer' ? 'system' : role
    if (asked !== 'system' && asked !== 'user' && asked !== 'assistant')
      return bad(`messages[${at}].role`, 'system, user or assistant', role)
    const text = typeof content === 'string' ? content : partsText(content)
    if (text === undefined) return bad(`messages[${at}].content`, 'a text, or parts of type text', content)
    messages.push({ role: asked, content: text })
  }
  return messages
}

function partsText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined
  const texts = content.map((part: unknown) => (part as Body | null)?.text)
  return texts.every((text) => typeof text === 'string') ? texts.join('') : undefined
}

export interface Choice {
  readonly text: string
  readonly finish: 'stop' | 'length'
}

export interface TokenUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

export function usageOf(promptTokens: number, choices: readonly Choice[]): TokenUsage {
  const completion = choices.reduce((sum, { text }) => sum + countTokens(text), 0)
  return { prompt_tokens: promptTokens, completion_tokens: completion, total_tokens: promptTokens + completion }
}

/** Identity of one answer. `created` in seconds since 1970. */
export interface AnswerHead {
  readonly id: string
  readonly created: number
}

export function completionBody({ id, created }: AnswerHead, choices: readonly Choice[], usage: TokenUsage): object {
  return {
    id,
    object: 'chat.completion',
    created,
    model: bundledModelName,
    choices: choices.map(({ text, finish }, index) => ({
      index,
      message: { role: 'assistant', content: text },
      logprobs: null,
      finish_reason: finish,
    })),
    usage,
  }
}

/** The chunks of a stream: each choice word by word, its end, and the usage when it was asked for. */
export function* completionChunks(
  { id, created }: AnswerHead,
  choices: readonly Choice[],
  usage: TokenUsage | undefined,
): Generator<object> {
  const chunk = (choice: object) => ({ id, object: 'chat.completion.chunk', created, model: bundledModelName, choices: [choice] })
  for (const [index, { text, finish }] of choices.entries()) {
    yield chunk({ index, delta: { role: 'assistant', content: '' }, finish_reason: null })
    for (const piece of text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? [])
      yield chunk({ index, delta: { content: piece }, finish_reason: null })
    yield chunk({ index, delta: {}, finish_reason: finish })
  }
  if (usage) yield { ...chunk({}), choices: [], usage }
}
