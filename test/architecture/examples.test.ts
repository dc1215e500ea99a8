import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { allExamples, moduleText } from './examples.ts'
import { root } from './source-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'troupe-examples-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const examples = allExamples().map((example, i) => ({
  ...example,
  file: join(folder, `example-${String(i).padStart(3, '0')}.ts`),
}))
for (const example of examples) writeFileSync(example.file, moduleText(example))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    include: ['*.ts'],
    exclude: [],
  }),
)
writeFileSync(join(folder, 'package.json'), '{"type":"module"}')

test('every example of a docstring or a page compiles', () => {
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  })
  const problems = stdout.split('\n').filter((line) => line.startsWith('example-'))
  const text = problems.map((line) => {
    const example = examples.find(({ file }) => file.endsWith(line.slice(0, line.indexOf('('))))
    return `${example?.where}: ${line.slice(line.indexOf('('))}`
  })
  assert.equal(text.join('\n'), '')
})

/** Runs examples one after the other in one process, each in a folder of its own. */
const driver = `
import { mkdirSync } from 'node:fs'
console.log = () => undefined
const failures = []
for (const [i, file] of JSON.parse(process.argv[2]).entries()) {
  const folder = process.argv[3] + '/run-' + i
  mkdirSync(folder)
  process.chdir(folder)
  try { await import(file) } catch (error) { failures.push({ file, error: error instanceof Error ? error.stack : String(error) }) }
}
process.stdout.write(JSON.stringify(failures), () => process.exit(0))
`

test('every example of a docstring, and of a page of docs, runs', () => {
  writeFileSync(join(folder, 'driver.mjs'), driver)
  const files = examples.filter(({ run, lenient }) => run && lenient).map(({ file }) => file)
  const ran = spawnSync(process.execPath, ['--no-warnings', join(folder, 'driver.mjs'), JSON.stringify(files), folder], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.equal(ran.status, 0, `the examples ended with ${ran.status ?? ran.signal}: ${ran.stderr}`)
  const failures: readonly { readonly file: string; readonly error: string }[] = JSON.parse(ran.stdout)
  const text = failures.map(({ file, error }) => `${examples.find((it) => it.file === file)?.where}: ${error}`)
  assert.equal(text.join('\n'), '')
})

for (const example of examples.filter(({ run, lenient }) => run && !lenient)) {
  test(`the example at ${example.where} runs as it stands, and its process ends by itself`, () => {
    const cwd = join(folder, 'own')
    mkdirSync(cwd, { recursive: true })
    const ran = spawnSync(process.execPath, ['--no-warnings', example.file], { cwd, encoding: 'utf8', timeout: 60_000 })
    assert.equal(ran.status, 0, `ended with ${ran.status ?? ran.signal}: ${ran.stderr}`)
  })
}

test('there are examples to compile at all', () => {
  assert.ok(examples.length > 10)
})
