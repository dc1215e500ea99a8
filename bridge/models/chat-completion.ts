/**
 * Owns: what a chat completion says, read from the body that the provider sent.
 * Does not own: HTTP.
 * Invariants: CC1 a count that the provider did not give is absent, never 0. CC2 a body without a usable choice is told as a problem.
 */

import type { Completion, FinishReason, Usage } from '#actors'
import { describe } from '#runtime'

export interface ChatCompletion {
  /** The model as the provider names it; absent when it does not. */
  readonly model?: string
  /** At least one. */
  readonly completions: readonly Completion[]
  readonly usage: Usage
}

type Part = { readonly [member: string]: unknown }

const part = (value: unknown): Part => (value !== null && typeof value === 'object' ? (value as Part) : {})

const finishReasons: { readonly [said: string]: FinishReason } = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
}

/** Reads a body; a text says what is wrong with it. */
export function readChatCompletion(body: unknown): ChatCompletion | string {
  const { model, choices, usage, error } = part(body)
  if (!Array.isArray(choices) || choices.length === 0) {
    const said = part(error).message
    return typeof said === 'string' && said !== '' ? said : `expected choices, got ${describe(body)}`
  }
  const completions: Completion[] = []
  for (const choice of choices) {
    const completion = readChoice(part(choice))
    if (typeof completion === 'string') return completion
    completions.push(completion)
  }
  return { ...(typeof model === 'string' && model !== '' ? { model } : {}), completions, usage: readUsage(part(usage)) }
}

function readChoice({ message, finish_reason: finish }: Part): Completion | string {
  const { content, refusal, tool_calls: tools } = part(message)
  const finishReason = typeof finish === 'string' ? (finishReasons[finish] ?? 'other') : 'other'
  const text = textOf(content)
  if (text !== undefined) return { text, finishReason }
  if (typeof refusal === 'string' && refusal !== '') return { text: refusal, finishReason: 'content_filter' }
  // An answer may be empty for a reason that it gives; without one, it is half of an answer.
  if (Array.isArray(tools) || finishReason === 'content_filter' || finishReason === 'length') return { text: '', finishReason }
  return `expected a choice with content, got ${describe(message)}`
}

/** Content is a text, or parts of which some are texts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.map((one) => part(one).text).filter((text) => typeof text === 'string')
  return texts.length === 0 ? undefined : texts.join('')
}

function readUsage(usage: Part): Usage {
  const counts = {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    cachedInputTokens: part(usage.prompt_tokens_details).cached_tokens,
    reasoningTokens: part(usage.completion_tokens_details).reasoning_tokens,
  }
  return Object.fromEntries(
    Object.entries(counts).filter(([, count]) => typeof count === 'number' && Number.isFinite(count)),
  ) as Usage
}
