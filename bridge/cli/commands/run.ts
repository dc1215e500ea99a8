/**
 * Owns: `troupe run`: one execution of a program, from its input to its end.
 * Does not own: running it.
 * Invariants: CM1, CM2.
 */

import type { Duration, Json } from '#runtime'
import { milliseconds } from '#runtime'
import { countArgument, jsonArgument } from '../arguments.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import { traceLines } from '../render/trace-view.ts'

export const runCommand: CommandDefinition = {
  usage: 'run <program>',
  summary: 'run a program on one input and print its trace',
  arguments: { program: 'name of a program' },
  options: [
    { flags: '--input <json>', summary: 'its inputs: JSON, @FILE, or - for standard input (default {})' },
    { flags: '--version-number <n>', summary: 'which version (default: the one in production, else the newest)' },
    { flags: '--deadline <duration>', summary: 'how long to wait for the end: 30s, 5m (default: without limit)' },
    { flags: '--full', summary: 'whole messages' },
  ],
  examples: [`run triage --input '{"subject":"Win!","body":"Now!"}'`, 'run triage --input @mail.json --json'],
  run: (context, input) =>
    context.withSession(async (session) => {
      const program = textOf(input, 'program') ?? ''
      const values = await jsonArgument(context, '--input', textOf(input, 'input') ?? '{}')
      const version = textOf(input, 'versionNumber')
      const deadline = textOf(input, 'deadline') as Duration | undefined
      if (deadline !== undefined) milliseconds(deadline)
      const trace = await session.run({
        program,
        input: values,
        signal: context.signal,
        ...(version === undefined ? {} : { version: countArgument('--version-number', version, 1) }),
        ...(deadline === undefined ? {} : { deadline }),
      })
      const full = input.full === true
      return {
        data: trace as unknown as Json,
        lines: (style) => traceLines(trace, style, full ? { lines: Number.POSITIVE_INFINITY } : {}),
        exit: trace.status === 'completed' ? 0 : 5,
      }
    }),
}
