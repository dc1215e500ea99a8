/**
 * Owns: the list of all commands, in the order of `--help`.
 * Does not own: any of them.
 * Invariants: none of its own.
 */

import type { CommandDefinition } from '../command.ts'
import { askCommand } from './ask.ts'
import { deadLettersCommand } from './dead-letters.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { migrateCommand } from './migrate.ts'
import { psCommand } from './ps.ts'
import { runCommand } from './run.ts'
import { showCommand } from './show.ts'
import { tellCommand } from './tell.ts'

export const commands: readonly CommandDefinition[] = [
  demoCommand,
  runCommand,
  psCommand,
  showCommand,
  tellCommand,
  askCommand,
  deadLettersCommand,
  doctorCommand,
  migrateCommand,
]
