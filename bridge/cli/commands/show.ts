/**
 * Owns: `troupe show`: one actor with its state and history, or one execution with its trace.
 * Does not own: the trace's drawing (render/trace-view).
 * Invariants: CM1, CM2.
 */

import type { ExecutionTrace } from '#actors'
import { address, formatAddress, type Json, kernelErrors, parseAddress } from '#runtime'
import { countArgument } from '../arguments.ts'
import { cliErrors } from '../cli-errors.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import type { CommandResult } from '../command-result.ts'
import type { ActorDetail, HistoryLine } from '../host.ts'
import { cut, fold, oneLine, printable } from '../render/columns.ts'
import { ago, count, plural, wallTime } from '../render/numbers.ts'
import type { Style } from '../render/style.ts'
import { traceLines } from '../render/trace-view.ts'

const executionKind = 'execution'

export const showCommand: CommandDefinition = {
  usage: 'show <address>',
  summary: 'show an actor (state, history) or an execution (trace)',
  arguments: { address: 'kind/key, or the id of an execution' },
  options: [
    { flags: '--full', summary: 'whole messages and the whole state' },
    { flags: '--history <n>', summary: 'at most so many lines of the journal (default 20)' },
  ],
  examples: ['show execution/mail-17', 'show mail-17 --full', 'show program/triage --json'],
  async run(context, input) {
    const name = textOf(input, 'address') ?? ''
    const full = input.full === true
    const of = name.includes('/') ? parseAddress(name) : address(executionKind, name)
    const history = countArgument('--history', textOf(input, 'history'), 20)
    return context.withView(async (view) => {
      if (of.kind === executionKind) {
        const trace = await view.execution(of.key)
        if (trace) return shownTrace(trace, full)
        throw cliErrors.make('cli.execution_not_found', { execution: of.key })
      }
      const detail = await view.show(of, history)
      if (!detail) throw kernelErrors.make('actor.not_found', { address: formatAddress(of) })
      return shownActor(detail, full, context.clock.now())
    })
  },
}

function shownTrace(trace: ExecutionTrace, full: boolean): CommandResult {
  return {
    data: trace as unknown as Json,
    lines: (style) => traceLines(trace, style, full ? { lines: Number.POSITIVE_INFINITY } : {}),
  }
}

function shownActor(detail: ActorDetail, full: boolean, now: number): CommandResult {
  return {
    data: detail as unknown as Json,
    lines: (style) => [
      style.paint('strong', cut(oneLine(formatAddress(detail.address)), style.columns)),
      ...fold(facts(detail, now).join(` ${style.symbols.dot} `), style.columns).map((line) => style.paint('quiet', line)),
      '',
      style.paint('quiet', detail.state === undefined ? 'state' : 'context'),
      ...stateLines(detail.data, full, style),
      ...(detail.output === undefined ? [] : ['', style.paint('quiet', 'output'), ...stateLines(detail.output, full, style)]),
      ...(detail.error === undefined ? [] : ['', style.paint('bad', 'error'), ...stateLines(detail.error, full, style)]),
      ...waiting(detail, now, style),
      ...historyLines(detail.history, style),
    ],
  }
}

const facts = (detail: ActorDetail, now: number): string[] => [
  ...(detail.state === undefined ? [] : [`state ${detail.state}`]),
  detail.status,
  `version ${detail.version}`,
  `sequence ${count(detail.sequence)}`,
  `last turn ${ago(detail.updatedAt, now)}`,
]

function stateLines(state: Json, full: boolean, style: Style): string[] {
  const lines = fold(printable(JSON.stringify(state, null, 2)), style.columns - 2)
  const limit = full ? lines.length : 24
  const rest =
    lines.length > limit
      ? [style.paint('quiet', `${style.symbols.ellipsis} ${plural(lines.length - limit, 'more line')} (--full)`)]
      : []
  return [...lines.slice(0, limit), ...rest].map((line) => `  ${line}`)
}

function waiting(detail: ActorDetail, now: number, style: Style): string[] {
  const timers = detail.timers.map(
    ({ id, due }) => `  timer   ${oneLine(id)}  due ${due <= now ? 'now' : `${wallTime(due)} UTC`}`,
  )
  const effects = detail.effects.map(({ id, src }) => `  effect  ${oneLine(id)}  ${oneLine(src)}`)
  const lines = [...timers, ...effects].map((line) => cut(line, style.columns))
  return lines.length === 0 ? [] : ['', style.paint('quiet', 'waiting for'), ...lines]
}

function historyLines(history: readonly HistoryLine[], style: Style): string[] {
  if (history.length === 0) return []
  const lines = history.map(({ at, name, data }) => {
    const start = `  ${wallTime(at)}  ${oneLine(name)}`
    return `${start}  ${style.paint('quiet', cut(oneLine(JSON.stringify(data)), Math.max(0, style.columns - start.length - 2)))}`
  })
  return ['', style.paint('quiet', 'history'), ...lines]
}
