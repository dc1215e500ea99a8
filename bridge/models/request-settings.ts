/**
 * Owns: the settings of a request as a provider gets them.
 * Does not own: messages and model, which have members of their own.
 * Invariants: PM2. RS1 what is not ours reaches the provider under its own name, unchanged.
 */

import type { ModelSettings } from '#actors'
import type { Json } from '#runtime'

/** Ours, or of the connection, or said in another way. */
const kept: ReadonlySet<string> = new Set(
  'rollout_id cache n api_key api_base base_url model messages stream stream_options'.split(' '),
)

export type SentSettings = { [setting: string]: Exclude<Json, readonly Json[]> }

/**
 * The settings to send. Unset ones (null) are left out; exact numbers of Python become numbers.
 *
 * @example sentSettings({ temperature: 0.7, rollout_id: 3, stop: null }) // { temperature: 0.7 }
 */
export function sentSettings(settings: ModelSettings): SentSettings {
  const sent: SentSettings = {}
  for (const [name, value] of Object.entries(settings))
    if (!kept.has(name) && value !== null && value !== undefined) sent[name] = plainNumber(value) as SentSettings[string]
  return sent
}

function plainNumber(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const { $int, $float } = value as { readonly $int?: Json; readonly $float?: Json }
  const exact = typeof $int === 'string' ? Number($int) : typeof $float === 'string' ? Number($float) : Number.NaN
  return Number.isFinite(exact) ? exact : value
}
