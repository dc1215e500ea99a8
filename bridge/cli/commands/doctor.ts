/**
 * Owns: `troupe doctor`: what is well on this machine, what is not, and what to do.
 * Does not own: the checks (doctor).
 * Invariants: CM1, CM2.
 */

import type { Json } from '#runtime'
import { type CommandDefinition, textOf } from '../command.ts'
import { folderCheck, nodeCheck, pythonCheck, storeCheck } from '../doctor/checks.ts'
import { findings } from '../doctor/finding.ts'
import { modelCheck } from '../doctor/model-check.ts'
import { isFolder } from '../place.ts'
import { doctorLines } from '../render/doctor-view.ts'

export const doctorCommand: CommandDefinition = {
  usage: 'doctor',
  summary: 'check Node, folder, database, model and Python, with a remedy for each problem',
  options: [{ flags: '--python <path>', summary: 'interpreter for Python workers (default python3)' }],
  examples: ['doctor', 'doctor --store postgres://localhost/troupe', 'doctor --json'],
  async run({ host, target, clock }, input) {
    const found = await findings([
      nodeCheck(process.versions.node),
      ...(isFolder(target.store) ? [folderCheck(target.store)] : []),
      storeCheck(() => host.inspectStore(target)),
      modelCheck(target, clock),
      pythonCheck(textOf(input, 'python') ?? 'python3'),
    ])
    const problems = found.filter(({ status }) => status === 'problem').length
    return {
      data: { findings: found, problems } as unknown as Json,
      lines: (style) => doctorLines(found, style),
      exit: problems > 0 ? 6 : 0,
    }
  },
}
