/**
 * Owns: the confusion table of a classification: counts, accuracy, precision, recall and F1 of each class.
 * Does not own: how answers are compared (metrics), how the table is printed (bridge/cli).
 * Invariants: CF1 a failed example is counted as failed, never as a wrong or right answer. CF2 a ratio without a denominator is
 * undefined, not 0, because nothing was measured.
 */

/** One scored example. */
export type Outcome =
  | { readonly expected: string; readonly answered: string }
  /** The execution failed: `code` of its error. */
  | { readonly expected: string; readonly failed: string }

export interface ClassScores {
  readonly label: string
  /** Answered examples that are of this class. */
  readonly support: number
  /** Examples of this class that failed. */
  readonly failed: number
  readonly precision: number | undefined
  readonly recall: number | undefined
  readonly f1: number | undefined
}

export interface Confusion {
  /** Expected and answered labels, sorted. */
  readonly labels: readonly string[]
  /** `counts[e][a]`: examples of the class `labels[e]` that were answered `labels[a]`. */
  readonly counts: readonly (readonly number[])[]
  readonly answered: number
  readonly correct: number
  readonly failed: number
  /** Failed examples by the code of their error. */
  readonly failures: { readonly [code: string]: number }
  /** Right answers among the answered. */
  readonly accuracy: number | undefined
  /** Where the true accuracy lies with 95% confidence (Wilson's score interval). */
  readonly interval: readonly [low: number, high: number] | undefined
  readonly classes: readonly ClassScores[]
}

/**
 * The confusion table of `outcomes`.
 *
 * @param known labels that shall have a row even when no example has them
 * @example confusionOf([{ expected: 'spam', answered: 'ham' }, { expected: 'ham', answered: 'ham' }]).accuracy // 0.5
 */
export function confusionOf(outcomes: readonly Outcome[], known: readonly string[] = []): Confusion {
  const labels = [...new Set([...known, ...outcomes.flatMap(named)])].sort()
  const place = new Map(labels.map((label, index) => [label, index]))
  const counts = labels.map(() => labels.map(() => 0))
  const failedOf = labels.map(() => 0)
  const failures: Record<string, number> = {}
  for (const outcome of outcomes) {
    const row = place.get(outcome.expected)!
    if ('failed' in outcome) {
      failedOf[row]!++
      failures[outcome.failed] = (failures[outcome.failed] ?? 0) + 1
    } else counts[row]![place.get(outcome.answered)!]!++
  }
  const correct = sum(labels.map((_, index) => counts[index]![index]!))
  const answered = sum(counts.flat())
  return {
    labels,
    counts,
    answered,
    correct,
    failed: outcomes.length - answered,
    failures,
    accuracy: ratio(correct, answered),
    interval: answered === 0 ? undefined : wilson(correct, answered),
    classes: labels.map((label, index) => scores(label, counts, index, failedOf[index]!)),
  }
}

const named = (outcome: Outcome): string[] => ('failed' in outcome ? [outcome.expected] : [outcome.expected, outcome.answered])

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const ratio = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole)

function scores(label: string, counts: readonly (readonly number[])[], index: number, failed: number): ClassScores {
  const hits = counts[index]![index]!
  const support = sum(counts[index]!)
  const claimed = sum(counts.map((row) => row[index]!))
  return {
    label,
    support,
    failed,
    precision: ratio(hits, claimed),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, claimed + support),
  }
}

/** Wilson's interval at 95%: unlike the plain one it stays within 0 and 1 and is honest for few examples. */
function wilson(correct: number, answered: number): [number, number] {
  const z = 1.959964
  const share = correct / answered
  const scale = 1 + (z * z) / answered
  const centre = (share + (z * z) / (2 * answered)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / answered + (z * z) / (4 * answered * answered))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
