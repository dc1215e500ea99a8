/**
 * Owns: what a commit into a folder survives, as a word.
 * Does not own: how it is brought about (pglite-files).
 * Invariants: none.
 */

/**
 * `process`: the end of the process, also kill -9, but not the loss of power or a crash of the operating system, after which the newest commits may be
 * missing or the folder may need a backup. `power`: these too; each commit then waits for the disk.
 */
export type Durability = 'process' | 'power'
