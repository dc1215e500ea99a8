/**
 * Owns: what the bundled model sees of a text: words, pairs of words, hosts of addresses, shouting, marks.
 * Does not own: learning (naive-bayes).
 * Invariants: TX1 the same text gives the same features on every machine: nothing of it depends on a locale. TX2 nothing in here knows of a task: no
 * word, sender or topic is treated in a way of its own.
 */

/** How often each feature stands in a text. */
export type Features = ReadonlyMap<string, number>

/** Addresses with their host, words, numbers, runs of marks. */
const piece = /https?:\/\/([^\s/"'<>)]+)[^\s"'<>)]*|\p{L}[\p{L}’']*|\p{N}+|[!$€£?%*#=_~+-]+/gu
/** Pieces beyond this many of one field add time and little else. */
const pieceLimit = 4000
/** Pieces at the head of a field that also count as that field's own, so that a word in a subject is told from the same word in a body. */
const headPieces = 40

/**
 * The features of texts, by field.
 *
 * @example featuresOf([['subject', 'WIN 100']]) // win 1, win <3 digits> 1, <shouted> 1, …
 */
export function featuresOf(texts: Iterable<readonly [field: string, text: string]>): Features {
  const features = new Map<string, number>()
  const add = (feature: string): void => void features.set(feature, (features.get(feature) ?? 0) + 1)
  for (const [field, text] of texts) {
    let before = ''
    let count = 0
    for (const match of text.matchAll(piece)) {
      if (++count > pieceLimit) break
      const seen = normal(match[0], match[1], add)
      add(seen)
      if (count <= headPieces) add(`${field}:${seen}`)
      if (before !== '') add(`${before} ${seen}`)
      before = seen
    }
  }
  return features
}

/** One form for what means the same; what else a piece tells is added at once. */
function normal(found: string, host: string | undefined, add: (feature: string) => void): string {
  if (host !== undefined) {
    for (const label of host.toLowerCase().split('.')) add(`host:${label}`)
    return '<address>'
  }
  if (/^\p{N}/u.test(found)) return `<${Math.min(found.length, 6)} digits>`
  if (!/^\p{L}/u.test(found)) return found.length > 1 ? found.slice(0, 2) : found
  const lower = found.toLowerCase()
  if (found.length > 3 && found !== lower && found === found.toUpperCase()) add('<shouted>')
  return lower.slice(0, 24)
}
