/**
 * Owns: `troupe run`: one execution of a program, from its input to its end.
 * Does not own: running it.
 * Invariants: CM1, CM2.
 */

import { type Duration, type Json, milliseconds } from '#runtime'
import { jsonArgument, programArgument } from '../arguments.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import type { RunRequest } from '../host.ts'
import { traceLines } from '../render/trace-view.ts'

export const runCommand: CommandDefinition = {
  usage: 'run <program>',
  summary: 'run a program on one input and print its trace',
  arguments: { program: 'name of a program, or name@version (default: the one in production, else the newest)' },
  options: [
    { flags: '--input <json>', summary: 'its inputs: JSON, @FILE, or - for standard input (default {})' },
    { flags: '--deadline <duration>', summary: 'how long to wait for the end: 30s, 5m (default: without limit)' },
    { flags: '--full', summary: 'whole messages' },
  ],
  examples: [`run triage --input '{"subject":"Win!","body":"Now!"}'`, 'run triage@2 --input @mail.json --json'],
  async run(context, input) {
    const { program, version } = programArgument(textOf(input, 'program') ?? '')
    const values = await jsonArgument(context, '--input', textOf(input, 'input') ?? '{}')
    const deadline = textOf(input, 'deadline') as Duration | undefined
    if (deadline !== undefined) milliseconds(deadline)
    const request: RunRequest = {
      program,
      input: values,
      signal: context.signal,
      ...(version === undefined ? {} : { version }),
      ...(deadline === undefined ? {} : { deadline }),
    }
    const trace = await context.withSession((session) => session.run(request))
    const full = input.full === true
    return {
      data: trace as unknown as Json,
      lines: (style) => traceLines(trace, style, full ? { lines: Number.POSITIVE_INFINITY } : {}),
      exit: trace.status === 'completed' ? 0 : 5,
    }
  },
}
