/**
 * Owns: making malformed input from well-formed: values and texts changed by a seeded random source.
 * Does not own: what the input is for (targets).
 * Invariants: the same random numbers make the same input.
 */

import type { Random } from '#runtime'

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!

/** Texts that programs trip over. */
const nasty: readonly string[] = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '1e999',
  '-0',
  '[[ ## label ## ]]',
  '[[ ## completed ## ]]',
  '{"label": "spam"}',
  '```json\n{',
  '->',
  'a -> b -> c',
  "Literal['",
  'dict[str, list[dict[',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  'x'.repeat(5000),
  '[['.repeat(500),
]

/** Values that are not what anybody asked for. */
const odd: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  [[[[]]]],
  10n,
  Symbol('odd'),
  () => undefined,
  new Date(0),
  new Map([[1, 2]]),
  Buffer.from('odd'),
  Object.create(null),
]

/** Of `odd`, those that JSON can say. */
const oddJson = odd.filter(
  (value) => value === null || ['boolean', 'string'].includes(typeof value) || Number.isFinite(value) || Array.isArray(value),
)

/** A copy of plain data with a few of its members replaced, removed, doubled or nested. @param json only values that JSON can say */
export function mutateValue(random: Random, value: unknown, json: boolean): unknown {
  let changed = value
  for (let n = 1 + Math.floor(random.next() * 3); n > 0; n--) changed = mutateOnce(random, changed, json)
  return changed
}

function mutateOnce(random: Random, value: unknown, json: boolean): unknown {
  const isRecord = value !== null && typeof value === 'object' && !Array.isArray(value)
  if (!isRecord || random.next() < 0.15) return replacement(random, value, json)
  const keys = Object.keys(value)
  if (keys.length === 0 || random.next() < 0.1) return { ...value, [pick(random, nasty)]: replacement(random, value, json) }
  const key = pick(random, keys)
  const { [key]: member, ...rest } = value as Record<string, unknown>
  if (random.next() < 0.2) return rest
  return { ...rest, [key]: mutateOnce(random, member, json) }
}

function replacement(random: Random, value: unknown, json: boolean): unknown {
  const roll = random.next()
  if (roll < 0.35) return pick(random, nasty)
  if (roll < 0.75) return pick(random, json ? oddJson : odd)
  if (roll < 0.85) return nested(random, 2 + Math.floor(random.next() * 2000))
  return typeof value === 'string' ? mutateText(random, value) : [value, value]
}

function nested(random: Random, depth: number): unknown {
  let value: unknown = pick(random, nasty)
  const inLists = random.next() < 0.5
  for (let i = 0; i < depth; i++) value = inLists ? [value] : { a: value }
  return value
}

/** A text with pieces of it cut out, doubled, moved or replaced by nasty ones. */
export function mutateText(random: Random, text: string): string {
  let changed = text
  for (let n = 1 + Math.floor(random.next() * 4); n > 0; n--) {
    const at = Math.floor(random.next() * (changed.length + 1))
    const until = Math.min(changed.length, at + Math.floor(random.next() * 12))
    const roll = random.next()
    const middle =
      roll < 0.3
        ? ''
        : roll < 0.5
          ? changed.slice(at, until).repeat(2)
          : roll < 0.8
            ? pick(random, nasty)
            : String.fromCharCode(Math.floor(random.next() * 65_536))
    changed = changed.slice(0, at) + middle + changed.slice(until)
  }
  return changed
}

export { pick }
