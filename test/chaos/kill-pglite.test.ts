/**
 * Owns: the kill test on PGlite: 25 kills of a real process.
 */

import { killTest } from './kill-test.ts'

killTest('pglite', 25)
