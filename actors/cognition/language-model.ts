/**
 * Owns: what is said to a language model and what it answers, as data: requests, responses, usage, failures.
 * Does not own: the port (actors/model-port), providers (bridge/models), prices (prices).
 * Invariants: LM1 all of it is plain JSON. LM2 a failure has exactly one kind, and the kind alone says whether trying again can help.
 */

import type { Json, Retry } from '#runtime'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/**
 * Settings of a call under OpenAI's names: `temperature`, `max_tokens`, `n`, `stop`, `seed`, `top_p`, `response_format`, `rollout_id` …
 * `rollout_id` only tells cache entries apart and never reaches the provider.
 */
export type ModelSettings = { readonly [setting: string]: Json }

export interface ModelRequest {
  /** `provider/model`. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly settings: ModelSettings
}

/** Tokens of a call. A count that the provider did not give is absent, never 0. */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Part of the input tokens that the provider took from its own cache. */
  readonly cachedInputTokens?: number
  readonly reasoningTokens?: number
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'

export interface Completion {
  readonly text: string
  readonly finishReason: FinishReason
}

export interface ModelResponse {
  /** The model as the provider names it. */
  readonly model: string
  /** At least one; several when `n` was asked. */
  readonly completions: readonly Completion[]
  readonly usage: Usage
  /** Tries that failed before this one answered. */
  readonly retries: number
  /** Milliseconds from the first try to the answer. */
  readonly milliseconds: number
}

/** Whether a failure of a kind may pass when the same is tried again. */
export const failureKinds = {
  unreachable: 'later',
  unauthorized: 'never',
  rate_limited: 'later',
  server_error: 'later',
  timeout: 'later',
  cancelled: 'never',
  invalid_response: 'later',
  context_length: 'never',
  refused: 'never',
} as const satisfies { readonly [kind: string]: Retry }

export type FailureKind = keyof typeof failureKinds

export interface ModelFailure {
  readonly kind: FailureKind
  readonly model: string
  readonly reason: string
  /** HTTP status, where there was one. */
  readonly status?: number
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfter?: number
  /** Tries that failed, this one included. */
  readonly tries: number
}

/** The usage of several calls. A count is known only if every call had it. */
export function addUsage(usages: readonly Usage[]): Usage {
  const sum = (read: (usage: Usage) => number | undefined) =>
    usages.reduce<number | undefined>((total, usage) => {
      const count = read(usage)
      return total === undefined || count === undefined ? undefined : total + count
    }, 0)
  const total = {
    inputTokens: sum((usage) => usage.inputTokens),
    outputTokens: sum((usage) => usage.outputTokens),
    cachedInputTokens: sum((usage) => usage.cachedInputTokens),
    reasoningTokens: sum((usage) => usage.reasoningTokens),
  }
  return Object.fromEntries(Object.entries(total).filter(([, count]) => count !== undefined)) as Usage
}
