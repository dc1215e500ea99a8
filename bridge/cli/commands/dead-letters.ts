/**
 * Owns: `troupe dead-letters` and `troupe dead-letters redrive`.
 * Does not own: why a message became one (runtime).
 * Invariants: CM1, CM2. DL1 nothing is sent again unless ids or --all are given.
 */

import { formatAddress, type Json } from '#runtime'
import { countArgument } from '../arguments.ts'
import { cliErrors } from '../cli-errors.ts'
import { type CommandDefinition, listOf, textOf } from '../command.ts'
import type { CommandResult } from '../command-result.ts'
import type { DeadLetterLine, RedriveReport } from '../host.ts'
import { cut, oneLine } from '../render/columns.ts'
import { errorLines } from '../render/error-view.ts'
import { plural, wallTime } from '../render/numbers.ts'
import type { Style } from '../render/style.ts'

const options = [
  { flags: '--kind <kind>', summary: 'only of actors of this kind' },
  { flags: '--limit <n>', summary: 'at most so many (default 50)' },
]

const redriveCommand: CommandDefinition = {
  usage: 'redrive [ids...]',
  summary: 'send dead letters again',
  arguments: { ids: 'ids of dead letters' },
  options: [...options, { flags: '--all', summary: 'all that fit --kind and --limit' }],
  examples: ['dead-letters redrive 01jh2x', 'dead-letters redrive --all --kind counter'],
  async run(context, input) {
    const ids = listOf(input, 'ids')
    if ((ids.length === 0) === (input.all !== true)) {
      const problem = ids.length === 0 ? 'Give the ids of dead letters, or --all' : 'Give either ids or --all, not both'
      throw cliErrors.make('cli.usage', { problem, command: 'troupe dead-letters redrive' })
    }
    const filter = filterOf(input)
    return context.withSession(async (session) => {
      const chosen = ids.length > 0 ? ids : (await session.deadLetters(filter)).map(({ id }) => id)
      return redriven(await session.redrive(chosen), chosen.length)
    })
  },
}

export const deadLettersCommand: CommandDefinition = {
  usage: 'dead-letters',
  summary: 'list messages that could not be handled; send them again with redrive',
  options,
  examples: ['dead-letters', 'dead-letters --kind execution --json', 'dead-letters redrive --all'],
  subcommands: [redriveCommand],
  run(context, input) {
    const filter = filterOf(input)
    return context.withView(async (view) => listed(await view.deadLetters(filter)))
  },
}

function filterOf(input: Parameters<CommandDefinition['run']>[1]): { readonly kind?: string; readonly limit: number } {
  const kind = textOf(input, 'kind')
  const limit = countArgument('--limit', textOf(input, 'limit'), 50)
  return kind === undefined ? { limit } : { kind, limit }
}

function listed(letters: readonly DeadLetterLine[]): CommandResult {
  return {
    data: { deadLetters: letters } as unknown as Json,
    lines: (style) =>
      letters.length === 0
        ? [`${style.paint('good', style.symbols.ok)} There is no dead letter.`]
        : [
            ...letters.flatMap((letter) => letterLines(letter, style)),
            style.paint('quiet', plural(letters.length, 'dead letter')),
          ],
  }
}

function letterLines(letter: DeadLetterLine, style: Style): string[] {
  const { dot } = style.symbols
  const head = `${letter.id}  ${oneLine(formatAddress(letter.address))}`
  const facts = [letter.reason, `after ${plural(letter.tries, 'try', 'tries')}`, `${wallTime(letter.at)} UTC`].join(` ${dot} `)
  return [
    style.paint('strong', cut(head, style.columns)),
    style.paint('quiet', cut(`  ${facts}`, style.columns)),
    cut(`  ${oneLine(JSON.stringify(letter.message))}`, style.columns),
    ...errorLines(letter.error, style, '  '),
    '',
  ]
}

function redriven(report: RedriveReport, chosen: number): CommandResult {
  const missing = chosen - report.taken - report.refused.length
  return {
    data: { ...report, missing } as unknown as Json,
    exit: report.refused.length > 0 || missing > 0 ? 1 : 0,
    lines: (style) => [
      ...(chosen === 0 ? [`${style.paint('good', style.symbols.ok)} There is no dead letter to send again.`] : []),
      ...(report.taken > 0 ? [`${style.paint('good', style.symbols.ok)} ${plural(report.taken, 'dead letter')} sent again`] : []),
      ...(missing > 0
        ? [`${style.paint('warn', style.symbols.warn)} ${plural(missing, 'id')} not found among the dead letters`]
        : []),
      ...report.refused.flatMap(({ id, error }) => [`${id}:`, ...errorLines(error, style)]),
    ],
  }
}
