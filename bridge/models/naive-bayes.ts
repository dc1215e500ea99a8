/**
 * Owns: the learner of the bundled model: a multinomial naive Bayes classifier over damped counts of features.
 * Does not own: features (text-features), what is classified (bundled-model).
 * Invariants: NB1 learning and answering are pure: the same examples in the same order give the same probabilities. NB2 an option that no example has
 * keeps a small probability. NB3 probabilities sum to 1.
 */

import type { Features } from './text-features.ts'

export interface LabelledFeatures {
  readonly features: Features
  readonly label: string
}

export interface Classifier {
  /** Probability of each option, in the options' order. */
  probabilities(features: Features): readonly number[]
  /** The features of a text that speak most for an option against all others, strongest first. */
  reasons(features: Features, option: number, count: number): readonly string[]
}

/** Pseudo-count of a feature in a class. Small, because with few examples a word that was seen in one class only must count. */
const smoothing = 0.1
/** Every example has this length, so that a long one does not drown the short ones. */
const exampleLength = 10
/**
 * The length of a text that is judged. The words of a text are not independent, so that with their full weight every judgement would be a certainty;
 * with this one a text that is judged to be of a class with 0.9 is of that class about nine times of ten.
 */
const judgedLength = 3

/** Learns from examples. */
export function learn(examples: readonly LabelledFeatures[], options: readonly string[]): Classifier {
  const weights = new Map<string, Float64Array>()
  const totals = new Float64Array(options.length)
  const shown = new Float64Array(options.length)
  for (const { features, label } of examples) {
    const at = options.indexOf(label)
    if (at < 0) continue
    shown[at]!++
    for (const [feature, weight] of scaled(features, exampleLength)) {
      let row = weights.get(feature)
      if (!row) {
        row = new Float64Array(options.length)
        weights.set(feature, row)
      }
      row[at]! += weight
      totals[at]! += weight
    }
  }
  return new NaiveBayes(weights, totals, shown)
}

class NaiveBayes implements Classifier {
  readonly #weights: ReadonlyMap<string, Float64Array>
  readonly #denominators: readonly number[]
  readonly #shown: readonly number[]
  readonly #examples: number

  constructor(weights: ReadonlyMap<string, Float64Array>, totals: Float64Array, shown: Float64Array) {
    this.#weights = weights
    this.#denominators = Array.from(totals, (total) => Math.log(total + smoothing * (weights.size || 1)))
    this.#shown = Array.from(shown)
    this.#examples = this.#shown.reduce((sum, count) => sum + count, 0)
  }

  probabilities(features: Features): readonly number[] {
    const shown = this.#shown
    if (this.#examples === 0) return shown.map(() => 1 / shown.length)
    const scores = shown.map((count) => Math.log(count))
    for (const [feature, weight] of scaled(features, judgedLength)) {
      const row = this.#weights.get(feature)
      // A feature that no example has says nothing.
      if (row) for (let at = 0; at < scores.length; at++) scores[at]! += weight * this.#log(row, at)
    }
    const known = normalized(scores)
    // Words cannot speak for an option that was never shown; it is as likely as one more example of it would have been.
    const share = 1 / (this.#examples + shown.length)
    const unseen = shown.filter((count) => count === 0).length * share
    return shown.map((count, at) => (count === 0 ? share : known[at]! * (1 - unseen)))
  }

  reasons(features: Features, option: number, count: number): readonly string[] {
    const weighed: (readonly [string, number])[] = []
    for (const feature of features.keys()) {
      const row = this.#weights.get(feature)
      if (!row) continue
      let other = Number.NEGATIVE_INFINITY
      for (const [at, times] of this.#shown.entries()) if (at !== option && times > 0) other = Math.max(other, this.#log(row, at))
      weighed.push([feature, this.#log(row, option) - (other === Number.NEGATIVE_INFINITY ? 0 : other)])
    }
    weighed.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    return weighed.slice(0, count).map(([feature]) => feature)
  }

  #log(row: Float64Array, at: number): number {
    return Math.log(row[at]! + smoothing) - this.#denominators[at]!
  }
}

/** Damped counts, because the tenth time a word stands there says less than the first, scaled to a Euclidean length. */
function* scaled(features: Features, length: number): Generator<readonly [feature: string, weight: number]> {
  let sum = 0
  for (const count of features.values()) sum += Math.log1p(count) ** 2
  const scale = length / (Math.sqrt(sum) || 1)
  for (const [feature, count] of features) yield [feature, Math.log1p(count) * scale]
}

/** Shares of the exponentials; a score of minus infinity has none. */
function normalized(scores: readonly number[]): readonly number[] {
  const top = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - top))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
