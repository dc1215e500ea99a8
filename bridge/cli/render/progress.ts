/**
 * Owns: what is shown of a job under way: the live lines of a terminal, and the plain lines of a log.
 * Does not own: when it is drawn (live-region, progress-printer), what the job is.
 * Invariants: PR1 each live line fits the width. PR2 a plain line is complete by itself, so that a log can be read from any place.
 */

import type { TokenCounts } from '#actors'
import { cut, ends, oneLine, widthOf } from './columns.ts'
import { compact, count, duration, forecast, money, percent, plural, rate } from './numbers.ts'
import type { Style } from './style.ts'

/** Work that only counts, such as reading a data set. */
export interface Stage {
  /** What it does, such as `Reading the mails`. */
  readonly title: string
  /** What is counted, singular: `mail`. */
  readonly unit: string
  readonly total: number
  /** Ended, well or not; with what an earlier run did. */
  readonly done: number
  /** Milliseconds since the start of this run. */
  readonly elapsed: number
  /** In a second, of this run. */
  readonly rate: number | undefined
  /** Milliseconds that are left. */
  readonly remaining: number | undefined
}

/** A job under way that runs executions. */
export interface Progress extends Stage {
  /** Of `done`: what an earlier run did. */
  readonly earlier: number
  readonly failed: number
  readonly running: number
  readonly tokens: TokenCounts
  /** US dollars so far; undefined when the price is not known. */
  readonly cost: number | undefined
  readonly cacheHits: number
  readonly restarts: number
}

/** True for work that runs executions. */
export const isJob = (progress: Stage | Progress): progress is Progress => 'tokens' in progress

const shareOf = (done: number, total: number): number => (total <= 0 ? 1 : Math.min(1, Math.max(0, done / total)))

/** The bar: earlier work, work of this run, rest. */
export function bar(
  progress: Pick<Stage, 'done' | 'total'> & { readonly earlier?: number },
  width: number,
  style: Style,
): string {
  const { full, empty } = style.symbols
  const filled = Math.round(shareOf(progress.done, progress.total) * width)
  const earlier = Math.min(filled, Math.round(shareOf(progress.earlier ?? 0, progress.total) * width))
  return (
    style.paint('accent', full.repeat(earlier)) +
    style.paint('good', full.repeat(filled - earlier)) +
    style.paint('quiet', empty.repeat(width - filled))
  )
}

/** Three lines: what and where it stands; the bar; the numbers. */
export function progressLines(progress: Stage | Progress, style: Style, tick = 0): string[] {
  const { columns } = style
  const ended = progress.done >= progress.total
  const mark = ended ? style.paint('good', style.symbols.ok) : style.paint('accent', style.symbols.steps[tick % 4]!)
  const counts = `${count(progress.done)}/${count(progress.total)}`
  const share = percent(shareOf(progress.done, progress.total)).padStart(6)
  const title = cut(oneLine(progress.title), columns - widthOf(counts) - 5)
  return [
    ends(`${mark} ${style.paint('strong', title)}`, counts, columns),
    `${bar(progress, columns - share.length - 1, style)} ${share}`,
    numbersLine(progress, style),
  ]
}

function numbersLine(progress: Stage | Progress, style: Style): string {
  const gap = ` ${style.symbols.dot} `
  const time = progress.done >= progress.total ? duration(progress.elapsed) : `ETA ${forecast(progress.remaining)}`
  const parts = [rate(progress.rate), time, ...(isJob(progress) ? jobNumbers(progress, style) : [])]
  // The parts are in the order of their weight: what does not fit is left out from the end.
  let line = parts[0]!
  for (const part of parts.slice(1)) if (widthOf(line + gap + part) <= style.columns) line += gap + part
  const tone = isJob(progress) && progress.failed > 0 ? 'warn' : 'quiet'
  return style.paint(tone, line)
}

function jobNumbers(progress: Progress, style: Style): string[] {
  return [
    `${compact(progress.tokens.input)}${style.symbols.arrow}${compact(progress.tokens.output)} tokens`,
    `cost ${money(progress.cost)}`,
    plural(progress.restarts, 'restart'),
    ...(progress.failed > 0 ? [`${count(progress.failed)} failed`] : []),
    `${count(progress.running)} running`,
    ...(progress.cacheHits > 0 ? [`${count(progress.cacheHits)} cached`] : []),
    ...(progress.earlier > 0 ? [`${count(progress.earlier)} from before`] : []),
  ]
}

/** One line for a log. */
export function progressLine(progress: Stage | Progress): string {
  const unit = progress.total === 1 ? progress.unit : `${progress.unit}s`
  const parts = [
    `${count(progress.done)}/${count(progress.total)} ${unit}`,
    percent(shareOf(progress.done, progress.total)),
    // The first line comes before anything could be measured.
    ...(progress.rate === undefined ? [] : [rate(progress.rate)]),
    ...(progress.remaining === undefined || progress.done >= progress.total ? [] : [`ETA ${forecast(progress.remaining)}`]),
    ...(isJob(progress) ? loggedNumbers(progress) : []),
  ]
  return `${oneLine(progress.title)}: ${parts.join(', ')}`
}

const loggedNumbers = (progress: Progress): string[] => [
  `${compact(progress.tokens.input)} tokens in`,
  `${compact(progress.tokens.output)} out`,
  `cost ${money(progress.cost)}`,
  `${count(progress.failed)} failed`,
  plural(progress.restarts, 'restart'),
]
