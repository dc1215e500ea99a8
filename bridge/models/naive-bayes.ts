/**
 * Owns: the learner of the bundled model: a naive Bayes classifier over the presence of features.
 * Does not own: features (text-features), what is classified (bundled-model).
 * Invariants: NB1 learning and answering are pure: the same examples in the same order give the same probabilities. NB2 an option that no example has
 * keeps a small probability.
 */

export interface LabelledFeatures {
  readonly features: ReadonlySet<string>
  readonly label: string
}

export interface Classifier {
  /** Probability of each option, in the options' order; they sum to 1. */
  probabilities(features: ReadonlySet<string>): readonly number[]
  /** The features of a text that speak most for an option against all others, strongest first. */
  reasons(features: ReadonlySet<string>, option: number, count: number): readonly string[]
}

/** Pseudo-count of a feature in a class. Small, because with few examples a word that was seen in one class only must count. */
const smoothing = 0.1

/** Learns from examples. Options without examples take part with the smallest prior. */
export function learn(examples: readonly LabelledFeatures[], options: readonly string[]): Classifier {
  const counts = new Map<string, Float64Array>()
  const totals = new Float64Array(options.length)
  const documents = new Float64Array(options.length)
  for (const { features, label } of examples) {
    const at = options.indexOf(label)
    if (at < 0) continue
    documents[at]!++
    for (const feature of features) {
      let row = counts.get(feature)
      if (!row) {
        row = new Float64Array(options.length)
        counts.set(feature, row)
      }
      row[at]!++
      totals[at]!++
    }
  }
  const vocabulary = counts.size || 1
  const denominators = totals.map((total) => Math.log(total + smoothing * vocabulary))
  const all = documents.reduce((sum, count) => sum + count, 0)
  const priors = documents.map((count) => Math.log((count + 0.5) / (all + 0.5 * options.length)))
  const weight = (row: Float64Array, at: number) => Math.log(row[at]! + smoothing) - denominators[at]!
  return {
    probabilities(features) {
      const scores = Array.from(priors)
      for (const feature of features) {
        const row = counts.get(feature)
        // A feature that no example has says nothing.
        if (row) for (let at = 0; at < scores.length; at++) scores[at]! += weight(row, at)
      }
      return normalized(scores)
    },
    reasons(features, option, count) {
      const weighed: (readonly [string, number])[] = []
      for (const feature of features) {
        const row = counts.get(feature)
        if (!row) continue
        let other = Number.NEGATIVE_INFINITY
        for (let at = 0; at < options.length; at++) if (at !== option) other = Math.max(other, weight(row, at))
        weighed.push([feature, weight(row, option) - (options.length > 1 ? other : 0)])
      }
      weighed.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      return weighed.slice(0, count).map(([feature]) => feature)
    },
  }
}

function normalized(scores: readonly number[]): number[] {
  const top = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - top))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
