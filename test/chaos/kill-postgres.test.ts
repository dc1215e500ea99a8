/**
 * Owns: the kill test on Postgres: 25 kills of a real process.
 */

import { killTest } from './kill-test.ts'

killTest('postgres', 25)
