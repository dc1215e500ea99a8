/**
 * Owns: what the bundled model sees of a text: words, pairs of words, and signs of style.
 * Does not own: learning (naive-bayes).
 * Invariants: TX1 the same text gives the same features on every machine: nothing of it depends on a locale.
 */

const word = /https?:\/\/[^\s<>"']+|[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*|[!$€£%?*]+/gu
/** Words beyond this many of one field add time and little else. */
const wordLimit = 4000

/**
 * The features of a field's text, each once: its presence counts, not how often it stands there, because long texts would otherwise drown short ones.
 *
 * @param field name of the field, so that a word in a subject is told from the same word in a body
 */
export function featuresOf(field: string, text: string): Set<string> {
  const features = new Set<string>()
  let before = ''
  let count = 0
  let shouted = 0
  for (const [found] of text.matchAll(word)) {
    if (++count > wordLimit) break
    const seen = normal(found)
    features.add(seen)
    features.add(`${field}:${seen}`)
    if (before !== '') features.add(`${before} ${seen}`)
    before = seen
    if (found.length > 3 && found === found.toUpperCase() && found !== found.toLowerCase()) shouted++
  }
  features.add(`${field}#words:${Math.min(12, Math.round(Math.log2(count + 1)))}`)
  if (count > 0) features.add(`${field}#shouted:${Math.min(5, Math.ceil((10 * shouted) / count))}`)
  return features
}

/** One form for what means the same: lower case, numbers by their length, addresses by their host. */
function normal(found: string): string {
  if (/^https?:/i.test(found))
    return `url:${found
      .replace(/^https?:\/\//i, '')
      .replace(/[/?#:].*$/s, '')
      .toLowerCase()}`
  if (/^\p{N}+$/u.test(found)) return `#${Math.min(found.length, 6)}`
  return found.length > 40 ? `long:${found.length >> 4}` : found.toLowerCase()
}
