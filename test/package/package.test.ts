import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'troupe-package-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, args: readonly string[], cwd: string): string {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 180_000 })
  assert.equal(ran.status, 0, `${command} ${args.join(' ')} ended with ${ran.status ?? ran.signal}\n${ran.stdout}\n${ran.stderr}`)
  return ran.stdout
}

/** A project that has the packed package and its dependencies, without asking a registry: they are linked from here. */
before(() => {
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').at(-1)!
  const modules = join(folder, 'node_modules')
  const installed = join(modules, 'troupe')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(folder, packed), '--strip-components=1', '-C', installed], folder)
  for (const name of readdirSync(join(root, 'node_modules')).filter((it) => !it.startsWith('.'))) link(name, modules)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
})

function link(name: string, modules: string): void {
  const target = join(modules, name)
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), target)
}

const program = `
import { z } from 'zod'
import { createTroupe, defineActor, TroupeError } from 'troupe'

const counter = defineActor({
  kind: 'counter',
  version: 1,
  messages: { add: z.object({ by: z.number() }) },
  replies: { add: z.number() },
  logic: {
    initial: () => 0,
    transition(n: number, message, turn) {
      turn.reply(n + message.by)
      return n + message.by
    },
  },
})
const troupe = await createTroupe({ actors: [counter], store: './data' })
const it = troupe.actor(counter, 'c1')
await it.tell({ type: 'add', by: 2 })
const n: number = await it.ask({ type: 'add', by: 3 })
const refused = await it.tell({ type: 'ad' } as never).catch((error: unknown) => TroupeError.is(error) && error.code)
await troupe.stop()
console.log(JSON.stringify({ n, refused }))
`

test('the packed package runs in a project of its own, and the process ends by itself', () => {
  writeFileSync(join(folder, 'program.ts'), program)
  const printed = run(process.execPath, ['program.ts'], folder)
  assert.deepEqual(JSON.parse(printed), { n: 5, refused: 'message.unknown_type' })
})

function compile(file: string): void {
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions: { types: [] }, include: [file], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  run(
    join(root, 'node_modules/.bin/tsc'),
    ['-p', folder, '--pretty', 'false', '--types', 'node', '--typeRoots', join(root, 'node_modules/@types')],
    folder,
  )
}

test('the packed package brings types that infer messages and answers', () => {
  writeFileSync(join(folder, 'program.ts'), program)
  compile('program.ts')
})

const thinking = `
import { chatAdapter, formatMessages, parseSignature } from 'troupe/cognition'

const signature = parseSignature("subject, body -> label: Literal['spam', 'ham']")
const messages = formatMessages(chatAdapter, signature, [], { subject: 'You won', body: 'Click' })
console.log(JSON.stringify({ fields: signature.fields.length, roles: messages.map((message) => message.role) }))
`

test('the packed package has cognition as a door of its own, with types', () => {
  writeFileSync(join(folder, 'thinking.ts'), thinking)
  assert.deepEqual(JSON.parse(run(process.execPath, ['thinking.ts'], folder)), { fields: 3, roles: ['system', 'user'] })
  compile('thinking.ts')
})

test('the packed package has its command, and neither sources nor tests', () => {
  const installed = join(folder, 'node_modules/troupe')
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly bin: { readonly troupe: string }
  }
  assert.match(run(process.execPath, [join(installed, bin.troupe), '--help'], folder), /troupe/)
  assert.deepEqual(
    readdirSync(installed).filter((name) => ['test', 'runtime', 'store', 'main.ts'].includes(name)),
    [],
  )
  assert.ok(existsSync(join(installed, 'LICENSE')) && existsSync(join(installed, 'README.md')))
})
