/**
 * Owns: an execution's trace as lines: inputs, steps, model calls, outputs, errors.
 * Does not own: the trace (actors/execution-trace).
 * Invariants: TV1 foreign text is shown without its control characters and within the width. TV2 what is cut is counted.
 */

import { type CallTrace, durationOf, type ExecutionStatus, type ExecutionTrace, type StepTrace, totalsOf } from '#actors'
import { describe, type ErrorData, type Json } from '#runtime'
import { cut, ends, fold, oneLine, padRight, printable, widthOf } from './columns.ts'
import { errorLines } from './error-view.ts'
import { compact, count, duration, money, plural, wallTime } from './numbers.ts'
import type { Style, Tone } from './style.ts'

export interface TraceOptions {
  /** Most lines of each message; default 6. `Infinity` shows all. */
  readonly lines?: number
}

const tones: { readonly [S in ExecutionStatus]: Tone } = {
  pending: 'quiet',
  running: 'accent',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
}

/**
 * @example
 * const trace: ExecutionTrace = { execution: 'e1', program: 'p', version: 1, status: 'pending', createdAt: 0, inputs: {}, steps: [] }
 * traceLines(trace, styleOf({ columns: 100 }), { lines: 20 })[1] // 'p v1 · created 1970-01-01 00:00:00 UTC'
 */
export function traceLines(trace: ExecutionTrace, style: Style, options: TraceOptions = {}): string[] {
  const took = durationOf(trace)
  const right = [style.paint(tones[trace.status], trace.status), took === undefined ? undefined : `in ${duration(took)}`]
  return [
    ends(
      style.paint('strong', cut(`execution ${oneLine(trace.execution)}`, style.columns - 30)),
      right.filter((part) => part !== undefined).join(' '),
      style.columns,
    ),
    style.paint(
      'quiet',
      cut(`${trace.program} v${trace.version} ${style.symbols.dot} created ${wallTime(trace.createdAt)} UTC`, style.columns),
    ),
    '',
    ...section('inputs', trace.inputs, style),
    ...trace.steps.flatMap((step, at) => ['', ...stepLines(trace, step, at, style, options.lines ?? 6)]),
    ...(trace.outputs ? ['', ...section('outputs', trace.outputs, style)] : []),
    ...(trace.error ? ['', ...errorLines(trace.error, style)] : []),
    '',
    ...fold(sums(trace, style), style.columns).map((line) => style.paint('quiet', line)),
  ]
}

function section(title: string, fields: { readonly [field: string]: Json }, style: Style): string[] {
  return [style.paint('quiet', title), ...fieldLines(fields, '  ', style)]
}

function fieldLines(fields: { readonly [field: string]: Json }, indent: string, style: Style): string[] {
  const names = Object.keys(fields).map((name) => cut(oneLine(name), 20))
  const stub = Math.max(0, ...names.map(widthOf))
  return Object.values(fields).map((value, at) => {
    const room = style.columns - indent.length - stub - 2
    return `${indent}${style.paint('accent', padRight(names[at]!, stub))}  ${valueText(value, room, style)}`
  })
}

function valueText(value: Json, room: number, style: Style): string {
  const text = typeof value === 'string' ? oneLine(value) : describe(value, 2000)
  if (widthOf(text) <= room) return text
  const note = typeof value === 'string' ? ` (${count(value.length)} characters)` : ''
  return `${cut(text, Math.max(8, room - note.length), style.symbols.ellipsis)}${style.paint('quiet', note)}`
}

/** A step of an execution that ended did not go on, whatever it was doing. */
type ShownStep = StepTrace['status'] | 'stopped'

const stepMarks: { readonly [S in ShownStep]: { readonly tone: Tone; readonly symbol: 'ok' | 'bad' | 'living' | 'warn' } } = {
  running: { tone: 'accent', symbol: 'living' },
  completed: { tone: 'good', symbol: 'ok' },
  failed: { tone: 'bad', symbol: 'bad' },
  stopped: { tone: 'warn', symbol: 'warn' },
}

function stepLines(trace: ExecutionTrace, step: StepTrace, at: number, style: Style, limit: number): string[] {
  const took = durationOf(step)
  const status = step.status === 'running' && trace.endedAt !== undefined ? 'stopped' : step.status
  const { tone, symbol } = stepMarks[status]
  const name = cut(`step ${at + 1}  ${oneLine(step.step)}  ${oneLine(step.module)}`, style.columns - 20)
  const mark = style.paint(tone, style.symbols[symbol])
  return [
    ends(`${mark} ${style.paint('strong', name)}`, took === undefined ? status : duration(took), style.columns),
    ...step.calls.flatMap((call) => callLines(call, style, limit, trace.error)),
    ...(step.outputs ? fieldLines(step.outputs, '  ', style) : []),
    ...(step.error ? causeLines(step.error, trace.error, style, '  ') : []),
  ]
}

/** What ended the execution is told below it, whole; here it is only named. */
function causeLines(error: ErrorData, last: ErrorData | undefined, style: Style, indent: string): string[] {
  if (error.code !== last?.code || error.message !== last.message) return errorLines(error, style, indent)
  return [`${indent}${style.paint('bad', `${style.symbols.bad} ${error.code}`)}`]
}

function callLines(call: CallTrace, style: Style, limit: number, last: ErrorData | undefined): string[] {
  const { dot, arrow, ellipsis } = style.symbols
  const parts = [
    oneLine(call.model),
    call.tokens ? `${compact(call.tokens.input)}${arrow}${compact(call.tokens.output)} tokens` : 'tokens unknown',
    `cost ${money(call.cost)}`,
    ...(call.milliseconds === undefined ? [] : [duration(call.milliseconds)]),
    `cache ${call.cache}`,
    ...(call.retries > 0 ? [plural(call.retries, 'retry', 'retries')] : []),
    ...(call.resumed ? ['resumed after a crash'] : []),
  ]
  const lines = fold(parts.join(` ${dot} `), style.columns - 2).map((line) => style.paint('quiet', `  ${line}`))
  const turns = [...call.messages, ...(call.completion === undefined ? [] : [{ role: 'completion', content: call.completion }])]
  const stub = Math.max(0, ...turns.map((turn) => widthOf(oneLine(turn.role))))
  // Demonstrations come as turns of their own between the first message and the last: dozens of them say little.
  const hidden = limit === Number.POSITIVE_INFINITY ? 0 : Math.max(0, call.messages.length - 3)
  for (const [at, turn] of turns.entries()) {
    if (hidden > 0 && at === 1)
      lines.push(
        style.paint(
          'quiet',
          `    ${padRight('', stub)} ${style.symbols.trunk.trim()} ${ellipsis} ${plural(hidden + 1, 'more message')}`,
        ),
      )
    if (hidden === 0 || at === 0 || at > hidden + 1)
      lines.push(...turnLines(oneLine(turn.role), turn.content, stub, style, limit))
  }
  if (call.error) lines.push(...causeLines(call.error, last, style, '    '))
  return lines
}

function turnLines(role: string, content: Json, stub: number, style: Style, limit: number): string[] {
  const text = printable(typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  const all = fold(text.trim(), style.columns - stub - 7)
  const shown = all.slice(0, limit)
  if (all.length > limit) shown.push(style.paint('quiet', `${style.symbols.ellipsis} ${plural(all.length - limit, 'more line')}`))
  const tone: Tone = role === 'completion' ? 'good' : 'accent'
  return shown.map((line, at) =>
    `    ${style.paint(tone, padRight(at === 0 ? role : '', stub))} ${style.symbols.trunk.trim()} ${line}`.trimEnd(),
  )
}

function sums(trace: ExecutionTrace, style: Style): string {
  const totals = totalsOf(trace)
  const parts = [
    plural(totals.calls, 'call'),
    totals.paid > 0 && totals.unknownTokens === totals.paid
      ? 'tokens unknown'
      : `${compact(totals.tokens.input)}${style.symbols.arrow}${compact(totals.tokens.output)} tokens`,
    `cost ${totals.unknownCost > 0 ? money(undefined) : money(totals.cost)}`,
    plural(totals.retries, 'retry', 'retries'),
    `cache ${count(totals.hits)} hit, ${count(totals.joined)} joined, ${count(totals.paid)} missed`,
  ]
  return parts.join(` ${style.symbols.dot} `)
}
