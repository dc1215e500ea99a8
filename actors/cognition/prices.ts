/**
 * Owns: what calls cost, from a table of prices that the user gives.
 * Does not own: the prices of providers: they change, so none is built in but the bundled model's, which is free.
 * Invariants: PR1 what is not known is undefined, never 0.
 */

import type { Usage } from './language-model.ts'

/** US dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  /** For input that the provider took from its cache; without it, `input`. */
  readonly cachedInput?: number
}

/** Prices by model, `provider/model` as in requests. */
export type PriceTable = { readonly [model: string]: Price }

/**
 * US dollars that a call cost; undefined when the price or a count is not known.
 *
 * @example costOf('openai/x', { inputTokens: 1000, outputTokens: 0 }, { 'openai/x': { input: 2, output: 8 } }) // 0.002
 */
export function costOf(model: string, usage: Usage, prices: PriceTable): number | undefined {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined
  if (!price || usage.inputTokens === undefined || usage.outputTokens === undefined) return undefined
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens)
  const input = (usage.inputTokens - cached) * price.input + cached * (price.cachedInput ?? price.input)
  return (input + usage.outputTokens * price.output) / 1_000_000
}

/** The sum of costs; undefined as soon as one is not known. */
export function addCosts(costs: readonly (number | undefined)[]): number | undefined {
  return costs.reduce<number | undefined>(
    (total, cost) => (total === undefined || cost === undefined ? undefined : total + cost),
    0,
  )
}
