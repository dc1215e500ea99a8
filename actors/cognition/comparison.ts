/**
 * Owns: what is made of several completions: MultiChainComparison's predictor and its inputs, the majority.
 * Does not own: the calls (predict).
 * Invariants: CO1 a tie goes to the earlier completion.
 */

import type { Values } from './adapter.ts'
import { cognitionErrors } from './cognition-errors.ts'
import { type Predictor, predictor } from './predict.ts'
import { strip } from './python-text.ts'
import { fromJson, pyStr } from './python-value.ts'
import { appendField, field, outputFields, prependField, type Signature } from './signature.ts'

/**
 * The predictor that compares `m` attempts and answers once.
 *
 * @example multiChainComparison(parseSignature('question -> answer'), 3)
 */
export function multiChainComparison(
  signature: Signature,
  m = 3,
  options: Partial<Omit<Predictor, 'signature'>> = {},
): Predictor {
  let wide = signature
  for (let i = 1; i <= m; i++)
    wide = appendField(
      wide,
      field(`reasoning_attempt_${i}`, 'input', { prefix: `Student Attempt #${i}:`, desc: `\${reasoning attempt}` }),
    )
  const rationale = field('rationale', 'output', {
    prefix: "Accurate Reasoning: Thank you everyone. Let's now holistically",
    desc: `\${corrected reasoning}`,
  })
  return predictor(prependField(wide, rationale), { ...options, config: { temperature: 0.7, ...options.config } })
}

/**
 * The inputs of a comparison: the attempts in words, and the signature's own inputs.
 *
 * @throws `module.misused` when an attempt has neither a rationale nor a reasoning
 */
export function comparisonInputs(signature: Signature, attempts: readonly Values[], inputs: Values): Values {
  const last = outputFields(signature).at(-1)?.name ?? ''
  const firstLine = (text: string) => strip(strip(text).split('\n')[0]!)
  const texts = attempts.map((attempt, i) => {
    const thought = attempt.rationale ?? attempt.reasoning
    if (typeof thought !== 'string')
      throw cognitionErrors.make('module.misused', {
        module: 'MultiChainComparison',
        problem: `attempt ${i + 1} has no rationale and no reasoning`,
      })
    const answer = firstLine(pyStr(fromJson(attempt[last])))
    return [
      `reasoning_attempt_${i + 1}`,
      `«I'm trying to ${firstLine(thought)} I'm not sure but my prediction is ${answer}»`,
    ] as const
  })
  return { ...Object.fromEntries(texts), ...inputs }
}

/** A text for comparison: no case, punctuation, English article or double blank. */
export function normalizeText(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/\b(a|an|the)\b/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ')
}

/**
 * The first completion whose value of a field is the most frequent one; what is empty after normalizing does not count.
 *
 * @param name the last field unless told
 * @throws `module.misused` for no completions
 */
export function majority(completions: readonly Values[], name?: string): Values {
  const [first] = completions
  if (first === undefined)
    throw cognitionErrors.make('module.misused', { module: 'majority', problem: 'there are no completions' })
  const key = name ?? Object.keys(first).at(-1) ?? ''
  const values = completions.map((completion) => normalizeText(pyStr(fromJson(completion[key]))))
  const counts = new Map<string, number>()
  const present = values.filter((value) => value !== '')
  for (const value of present.length > 0 ? present : values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const winner = [...counts.keys()].find((value) => counts.get(value) === most)!
  return completions[values.indexOf(winner)]!
}
