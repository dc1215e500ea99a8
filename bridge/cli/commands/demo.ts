/**
 * Owns: `troupe demo`: lists the demos, or runs one.
 * Does not own: the demos (host).
 * Invariants: CM1, CM2.
 */

import { nearest } from '#runtime'
import { countArgument } from '../arguments.ts'
import { cliErrors } from '../cli-errors.ts'
import { type CommandDefinition, textOf } from '../command.ts'
import type { CliHost } from '../host.ts'

export const demoCommand: CommandDefinition = {
  usage: 'demo [name]',
  summary: 'run a demo, or go on with one that was interrupted; without a name: list them',
  arguments: { name: 'name of a demo' },
  options: [
    { flags: '--fresh', summary: 'start anew: throw away what an earlier run left' },
    { flags: '--size <n>', summary: 'how many examples (each demo has its own default)' },
  ],
  examples: ['demo', 'demo triage', 'demo triage --fresh --size 50'],
  async run(context, input) {
    const name = textOf(input, 'name')
    const { demos } = context.host
    if (name === undefined)
      return { data: { demos: demos.map((demo) => ({ name: demo.name, summary: demo.summary })) }, lines: () => listed(demos) }
    const demo = demos.find((one) => one.name === name)
    if (!demo) throw unknownDemo(name, demos)
    const size = textOf(input, 'size')
    const { target, signal, progress } = context
    return demo.run({
      target,
      signal,
      progress,
      fresh: input.fresh === true,
      ...(size === undefined ? {} : { size: countArgument('--size', size, 1) }),
    })
  },
}

function listed(demos: CliHost['demos']): string[] {
  const width = Math.max(0, ...demos.map(({ name }) => name.length))
  return demos.map(({ name, summary }) => `troupe demo ${name.padEnd(width)}  ${summary}`)
}

function unknownDemo(name: string, demos: CliHost['demos']) {
  const names = demos.map((one) => one.name)
  const near = nearest(name, names)
  const fields = {
    problem: `There is no demo ${JSON.stringify(name)}; there is ${names.join(', ') || 'none'}`,
    command: 'troupe demo',
  }
  return cliErrors.make('cli.usage', near === undefined ? fields : { ...fields, nearest: near })
}
