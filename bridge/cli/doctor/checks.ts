/**
 * Owns: the checks of this machine: Node, the folder, the store, Python.
 * Does not own: the model endpoint (model-check), what becomes of their answers (finding).
 * Invariants: CK1 a check changes nothing that was there before.
 */

import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { cliErrors } from '../cli-errors.ts'
import type { StoreReport } from '../host.ts'
import { bytes, duration, plural } from '../render/numbers.ts'
import type { Check } from './finding.ts'

/** The oldest Node that runs Troupe: it strips types and has `import.meta.dirname`. */
export const neededNode = '22.18.0'

/** @param version such as `24.1.0`, as `process.versions.node` gives it */
export function nodeCheck(version: string): Check {
  return {
    name: 'Node',
    severity: 'problem',
    async look() {
      if (isOlder(version, neededNode)) throw cliErrors.make('doctor.node_old', { got: version, needed: neededNode })
      return `Node ${version}`
    },
  }
}

/** Compares versions of numbers by their parts. */
export function isOlder(version: string, than: string): boolean {
  const [mine, other] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0))
  for (const [at, part] of other!.entries()) {
    const difference = (mine![at] ?? 0) - part
    if (difference !== 0) return difference < 0
  }
  return false
}

/** The folder of an embedded store can be made or written, and there is room on its disk. */
export function folderCheck(folder: string): Check {
  return {
    name: 'Folder',
    severity: 'problem',
    async look() {
      const path = resolve(folder)
      const there = await nearestThere(path)
      const refuse = (problem: string, cause?: unknown) => cliErrors.make('doctor.folder', { folder, problem }, cause)
      if (!(await stat(there)).isDirectory()) throw refuse(`${there} is a file`)
      try {
        await access(there, constants.W_OK | constants.X_OK)
      } catch (cause) {
        throw refuse(there === path ? 'it is not writable' : `it does not exist, and ${there} is not writable`, cause)
      }
      const { bavail, bsize } = await statfs(there)
      const free = bavail * bsize
      if (free < 200_000_000) throw refuse(`its disk has only ${bytes(free)} left`)
      return `${folder} ${there === path ? 'is writable' : 'can be made'}, ${bytes(free)} free`
    },
  }
}

/** The path itself if it exists, else the nearest folder above it that does. */
async function nearestThere(path: string): Promise<string> {
  try {
    await stat(path)
    return path
  } catch {
    // Not there: the folder above decides whether it can be made. The root always exists, so this ends.
    return dirname(path) === path ? path : nearestThere(dirname(path))
  }
}

/** @param inspect looks at the store without changing it */
export function storeCheck(inspect: () => Promise<StoreReport>): Check {
  return {
    name: 'Database',
    severity: 'problem',
    async look() {
      const { store, where, version, pending, milliseconds } = await inspect()
      if (store === 'pglite' && version === 'empty') return `no database yet; the first start makes one in ${where}`
      const state = pending.length === 0 ? `at ${version}` : `${plural(pending.length, 'migration')} to apply at the next start`
      return `${store} (${where}) answers in ${duration(milliseconds)}, ${state}`
    },
  }
}

const run = promisify(execFile)
const script = `import sys
try:
    import dspy
    print(sys.version.split()[0], dspy.__version__)
except ImportError:
    print(sys.version.split()[0], 'none')`

/** @param python name or path of the interpreter */
export function pythonCheck(python: string): Check {
  return {
    name: 'Python',
    severity: 'warning',
    async look() {
      const [version = '', dspy = 'none'] = (await output(python)).trim().split(' ')
      if (isOlder(version, '3.10'))
        throw cliErrors.make('doctor.python', { problem: `${python} has version ${version}, 3.10 is needed` })
      if (dspy === 'none') throw cliErrors.make('doctor.python', { problem: `Python ${version} has no module dspy` })
      return `Python ${version} with DSPy ${dspy}`
    },
  }
}

async function output(python: string): Promise<string> {
  try {
    // Importing DSPy reads thousands of files, which takes long on a cold disk.
    return (await run(python, ['-c', script], { timeout: 60_000 })).stdout
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? `${python} was not found` : `${python} did not start`
    throw cliErrors.make('doctor.python', { problem }, cause)
  }
}
