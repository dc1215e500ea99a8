/**
 * Owns: the confusion table and the scores of each class as lines.
 * Does not own: the numbers (actors/evaluation).
 * Invariants: none of its own.
 */

import type { Confusion } from '#actors'
import { cut, oneLine, padLeft, padRight, widthOf } from './columns.ts'
import { count, percent } from './numbers.ts'
import type { Style } from './style.ts'

const widest = 16

/**
 * Rows are the expected classes, columns the answers, followed by precision, recall and F1 of each class. With more classes than the
 * width allows, the answers are left out and only the scores are shown.
 */
export function confusionLines(confusion: Confusion, style: Style): string[] {
  const names = confusion.labels.map((label) => cut(oneLine(label), widest, style.symbols.ellipsis))
  const stub = Math.max(...names.map(widthOf), 'expected'.length)
  const cells = names.map((name, at) => Math.max(widthOf(name), ...confusion.counts.map((row) => count(row[at]!).length)))
  const full = stub + cells.reduce((sum, width) => sum + width + 2, 0) + scoresWidth
  const shown = full <= style.columns - 4 ? names.map((_, at) => at) : []
  const head = [
    padRight('expected', stub),
    ...shown.map((at) => padLeft(names[at]!, cells[at]!)),
    ...scoreTitles.map((title) => padLeft(title, scoreWidth)),
  ]
  const rows = names.map((name, at) => {
    const scores = confusion.classes[at]!
    return [
      style.paint('strong', padRight(name, stub)),
      ...shown.map((column) => countCell(confusion.counts[at]![column]!, cells[column]!, at === column, style)),
      ...[scores.precision, scores.recall, scores.f1].map((share) =>
        padLeft(share === undefined ? style.symbols.empty : percent(share), scoreWidth),
      ),
      padLeft(count(scores.support), scoreWidth),
    ].join('  ')
  })
  const answered = shown.length > 0 ? `${' '.repeat(stub + 2)}${style.paint('quiet', 'answered')}` : undefined
  return [...(answered === undefined ? [] : [answered]), style.paint('quiet', head.join('  ')), ...rows].map(
    (line) => `  ${line}`,
  )
}

const scoreTitles = ['precision', 'recall', 'F1', 'examples'] as const
const scoreWidth = Math.max(...scoreTitles.map((title) => title.length))
const scoresWidth = scoreTitles.length * (scoreWidth + 2)

function countCell(value: number, width: number, right: boolean, style: Style): string {
  const text = padLeft(count(value), width)
  return style.paint(right ? 'good' : value > 0 ? 'bad' : 'quiet', text)
}
