/**
 * Owns: one setting of the JavaScript engine that keeps the embedded database small.
 * Does not own: when it is wanted: it is felt by the whole process, so a program may call it, a library never does.
 * Invariants: none.
 */

import { setFlagsFromString } from 'node:v8'

/**
 * Lets the engine translate WebAssembly once and plainly. Its optimizing compiler takes half a gigabyte for a moment for one function of the embedded
 * database and gives no speed back that could be measured (peak 175 MB instead of 707 MB, statements per second equal within their spread).
 * Call it before the first embedded store is opened; other WebAssembly of the process is slower from then on.
 *
 * @example
 * keepCompilerSmall()
 * const store = await openStore('./.troupe', { sources: realSources() })
 */
export function keepCompilerSmall(): void {
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag)
}
