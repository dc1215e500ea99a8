/**
 * Owns: `troupe migrate`: brings the store's tables to the version of this code.
 * Does not own: migrations (store).
 * Invariants: CM1, CM2.
 */

import type { Json } from '#runtime'
import type { CommandDefinition } from '../command.ts'

export const migrateCommand: CommandDefinition = {
  usage: 'migrate',
  summary: 'bring the tables of the store to the version of this code',
  examples: ['migrate', 'migrate --store postgres://localhost/troupe'],
  async run(context) {
    const report = await context.host.migrate(context.target)
    return {
      data: report as unknown as Json,
      lines: (style) => [
        ...report.applied.map((name) => `  ${style.paint('accent', style.symbols.arrow)} ${name}`),
        `${style.paint('good', style.symbols.ok)} ${report.store} is at ${report.version}${report.applied.length === 0 ? '; nothing was to be done' : ''}`,
      ],
    }
  },
}
