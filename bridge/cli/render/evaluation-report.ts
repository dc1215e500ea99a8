/**
 * Owns: the closing report of an evaluation: accuracy, confusion, tokens, latency, where the data lies, what to try next.
 * Does not own: measuring; running.
 * Invariants: ER1 failed examples are told before the accuracy is, because it does not count them.
 */

import type { CallTotals, Confusion, Quantiles } from '#actors'
import { cut, fold, padRight, widthOf } from './columns.ts'
import { confusionLines } from './confusion-table.ts'
import { bytes, compact, count, duration, money, percent, plural } from './numbers.ts'
import type { Style } from './style.ts'

export interface EvaluationReport {
  /** `triage v1 on mail`. */
  readonly title: string
  /** What answered, said as what it is. */
  readonly model: string
  readonly confusion: Confusion
  readonly totals: CallTotals
  /** Milliseconds of the executions of this run. */
  readonly latency: Quantiles | undefined
  /** Milliseconds of this run. */
  readonly elapsed: number
  /** Executions that an earlier run had ended. */
  readonly earlier: number
  /** Calls as the model's server counted them. */
  readonly served: { readonly calls: number; readonly repeated: number } | undefined
  /** Since when it counts: over all runs of this job, or since this process started. */
  readonly servedSince: 'ever' | 'start'
  readonly startUp: number
  /** Bytes of resident memory at most. */
  readonly memory: number
  readonly restarts: number
  /** Where the data lies. */
  readonly place: string
  /** Commands to try, with what they show. */
  readonly next: readonly { readonly command: string; readonly shows: string }[]
}

export function evaluationLines(report: EvaluationReport, style: Style): string[] {
  const { confusion } = report
  return [
    '',
    style.paint('strong', report.title),
    '',
    ...confusionLines(confusion, style),
    '',
    ...facts(report, style).flatMap(([name, text]) => factLines(name, text, style)),
    '',
    closing(report, style),
    '',
    'Try next:',
    ...nextLines(report, style),
  ]
}

function facts(report: EvaluationReport, style: Style): [string, string][] {
  const { confusion, totals, latency, earlier } = report
  const { dot } = style.symbols
  const examples = confusion.answered + confusion.failed
  const failed = Object.entries(confusion.failures).map(([code, times]) => `${code} × ${count(times)}`)
  const interval = confusion.interval ? ` (95%: ${confusion.interval.map(percent).join(' to ')})` : ''
  const unknownCost = totals.unknownCost > 0 ? `, unknown for ${plural(totals.unknownCost, 'call')}` : ''
  const cost = totals.unknownCost > 0 && totals.unknownCost === totals.paid ? 'unknown' : `${money(totals.cost)}${unknownCost}`
  const unknownTokens = totals.unknownTokens > 0 ? `, unknown for ${plural(totals.unknownTokens, 'call')}` : ''
  const rows: [string, string | undefined][] = [
    [
      'failed',
      confusion.failed > 0
        ? style.paint('bad', `${count(confusion.failed)} of ${count(examples)}: ${failed.join(', ')}`)
        : undefined,
    ],
    ['accuracy', `${style.paint('strong', percent(confusion.accuracy))} of ${count(confusion.answered)} answered${interval}`],
    ['model', report.model],
    [
      'calls',
      `${count(totals.paid)} to the model ${dot} ${count(totals.hits + totals.joined)} from the cache ${dot} ${plural(totals.retries, 'retry', 'retries')}`,
    ],
    [
      'tokens',
      `${compact(totals.tokens.input)} in ${dot} ${compact(totals.tokens.output)} out${unknownTokens} ${dot} cost ${cost}`,
    ],
    [
      'latency',
      latency && `p50 ${duration(latency.median)} ${dot} p99 ${duration(latency.p99)} ${dot} max ${duration(latency.max)}`,
    ],
    [
      'this run',
      `${duration(report.elapsed)} ${dot} ready in ${duration(report.startUp)} ${dot} memory at most ${bytes(report.memory)} ${dot} ${plural(report.restarts, 'restart')}`,
    ],
    ['before', earlier > 0 ? `${plural(earlier, 'execution')} had ended in an earlier run and were not run again` : undefined],
    ['data', report.place],
  ]
  return rows.filter((row): row is [string, string] => row[1] !== undefined)
}

function factLines(name: string, text: string, style: Style): string[] {
  const lines = fold(text, style.columns - 14)
  return lines.map((line, at) => `  ${style.paint('quiet', (at === 0 ? name : '').padEnd(10))}  ${line}`)
}

/** What became of calls that a crash interrupted, as the model's server saw it. */
function closing(report: EvaluationReport, style: Style): string {
  const { resumed: cutOff } = report.totals
  const resumed = cutOff === 0 ? 'No call was cut off' : `${plural(cutOff, 'call')} resumed after a crash`
  if (!report.served) return `${style.paint('good', style.symbols.ok)} ${resumed}.`
  const { calls, repeated } = report.served
  const told = `${resumed}; the model served ${plural(calls, 'call')}${report.servedSince === 'start' ? ' in this run' : ''},`
  return repeated === 0
    ? `${style.paint('good', style.symbols.ok)} ${told} none of them twice.`
    : `${style.paint('warn', style.symbols.warn)} ${told} ${count(repeated)} of them again.`
}

/** Side by side where they fit, otherwise one below the other. */
function nextLines(report: EvaluationReport, style: Style): string[] {
  const width = Math.max(0, ...report.next.map(({ command }) => widthOf(command)))
  const beside = report.next.every(({ shows }) => width + widthOf(shows) + 4 <= style.columns)
  return report.next.flatMap(({ command, shows }) =>
    beside
      ? [`  ${style.paint('accent', padRight(command, width))}  ${style.paint('quiet', shows)}`]
      : [`  ${style.paint('accent', command)}`, `      ${style.paint('quiet', cut(shows, style.columns - 6))}`],
  )
}
