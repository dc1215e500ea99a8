/**
 * Owns: which settings of model calls a step may have, and what they must be.
 * Does not own: what a provider makes of them.
 * Invariants: SS1 a slip in the name of a known setting is refused; a name that is near to none is the provider's own and passes.
 */

import { type Json, nearest } from '#runtime'
import type { ModelSettings } from './cognition/language-model.ts'
import { isRecord, type Problems } from './program-problems.ts'

interface Setting {
  readonly expected: string
  fits(value: unknown): boolean
}

const between = (low: number, high: number): Setting => ({
  expected: `a number from ${low} to ${high}`,
  fits: (value) => typeof value === 'number' && value >= low && value <= high,
})
const whole = (least: number): Setting => ({
  expected: `a whole number of ${least} or more`,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= least,
})
const text: Setting = { expected: 'a text', fits: (value) => typeof value === 'string' && value !== '' }

/** Settings under OpenAI's names. */
const settings: { readonly [name: string]: Setting } = {
  model: text,
  temperature: between(0, 2),
  top_p: between(0, 1),
  presence_penalty: between(-2, 2),
  frequency_penalty: between(-2, 2),
  max_tokens: whole(1),
  max_completion_tokens: whole(1),
  n: whole(1),
  seed: whole(0),
  rollout_id: whole(0),
  stop: {
    expected: 'a text or a list of texts',
    fits: (value) => typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  },
}

/** The settings, checked. */
export function checkSettings(path: string, given: unknown, problems: Problems): ModelSettings {
  if (given === undefined) return {}
  if (!isRecord(given)) return problems.add(path, 'an object of settings', given) ?? {}
  for (const [name, value] of Object.entries(given)) {
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined
    if (setting && !setting.fits(value)) problems.add(`${path}.${name}`, setting.expected, value)
    if (!setting && name !== 'response_format' && nearest(name, Object.keys(settings)) !== undefined)
      problems.unknown(`${path}.${name}`, name, 'a known setting', Object.keys(settings))
  }
  return given as { readonly [name: string]: Json }
}
