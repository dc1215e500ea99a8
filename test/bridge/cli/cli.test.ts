/**
 * Owns: the proof of the command line's manners: usage errors, JSON, exit codes, closing what was opened, interruption.
 * Does not own: what a Troupe answers; the host here holds two actors in memory and is made of the port's own types.
 * Invariants: CI1, CI2, CM2, AG1, DL1, XC1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ExecutionTrace } from '../../../actors/execution-trace.ts'
import { runCli } from '../../../bridge/cli/cli.ts'
import { commands } from '../../../bridge/cli/commands/index.ts'
import { exitCodes } from '../../../bridge/cli/exit-codes.ts'
import type { ActorDetail, CliHost, CliSession, CliView, DeadLetterLine } from '../../../bridge/cli/host.ts'
import type { CliIo } from '../../../bridge/cli/io.ts'
import { errorData, TroupeError } from '../../../runtime/kernel/errors.ts'
import type { Json } from '../../../runtime/kernel/json.ts'
import { kernelErrors } from '../../../runtime/kernel/kernel-errors.ts'
import { simulatedSources } from '../../../runtime/kernel/sources.ts'

const counter: ActorDetail = {
  address: { kind: 'counter', key: 'c1' },
  status: 'active',
  state: 'counting',
  version: 1,
  sequence: 7,
  updatedAt: 1_700_000_000_000,
  data: { n: 5 },
  history: [{ sequence: 7, name: 'added', data: { by: 2 }, at: 1_700_000_000_000 }],
  timers: [],
  effects: [],
}
const letter: DeadLetterLine = {
  id: 'd1',
  address: counter.address,
  reason: 'actor.crashed',
  error: errorData(kernelErrors.make('actor.crashed', { address: 'counter/c1', type: 'add' })),
  tries: 5,
  at: 0,
  message: { type: 'add', by: 2 },
}
const trace: ExecutionTrace = {
  execution: 'e1',
  program: 'triage',
  version: 2,
  status: 'completed',
  createdAt: 0,
  inputs: {},
  steps: [],
}

interface Seen {
  readonly calls: unknown[]
  closed: number
  opened: number
}

interface Change {
  readonly session?: Partial<CliSession>
  readonly view?: Partial<CliView>
}

function hostOf(seen: Seen, change: Change): CliHost {
  const view: CliView = {
    owners: async () => [{ owner: 'node-7', partitions: 256, remaining: 8000 }],
    tree: async () => ({ label: 'troupe', type: 'supervisor', status: 'waiting', children: [] }),
    kinds: async () => [{ kind: 'counter', statuses: { active: 1 }, states: { counting: 1 } }],
    actors: async () => [counter],
    show: async (address) => (address.key === 'c1' ? counter : undefined),
    execution: async (id) => (id === 'e1' ? trace : undefined),
    deadLetters: async () => [letter],
    close: async () => void seen.closed++,
    ...change.view,
  }
  const session: CliSession = {
    async run(request) {
      seen.calls.push(request)
      return { ...trace, status: request.program === 'bad' ? 'failed' : 'completed' }
    },
    tell: async (...call) => void seen.calls.push(call),
    async ask(...call) {
      seen.calls.push(call)
      return 5
    },
    deadLetters: async () => [letter],
    redrive: async (ids) => ({ taken: ids.filter((id) => id === 'd1').length, refused: [] }),
    close: async () => void seen.closed++,
    ...change.session,
  }
  return {
    version: '1.2.3',
    demos: [
      {
        name: 'triage',
        summary: 's',
        run: async ({ fresh, size }) => ({ data: { fresh, size: size ?? null }, lines: () => ['ran'] }),
      },
    ],
    async look() {
      seen.opened++
      return view
    },
    async open() {
      seen.opened++
      return session
    },
    migrate: async () => ({ store: 'memory', applied: ['0001'], version: '0001' }),
    inspectStore: async () => ({ store: 'memory', where: 'memory', version: '0001', pending: [], milliseconds: 1 }),
  }
}

async function type(line: readonly string[], options: Change & { readonly interrupted?: boolean } = {}) {
  const seen: Seen = { calls: [], closed: 0, opened: 0 }
  let [out, err] = ['', '']
  const io: CliIo = {
    out: {
      write(text) {
        out += text
      },
    },
    err: {
      write(text) {
        err += text
      },
    },
    terminal: false,
    columns: () => undefined,
    environment: {},
    signal: options.interrupted ? AbortSignal.abort() : new AbortController().signal,
    read: async (_argument, file) => JSON.stringify({ read: file }),
  }
  const exit = await runCli(line, { host: hostOf(seen, options), io, clock: simulatedSources().clock })
  return { exit, out, err, seen, json: () => JSON.parse(out) as Json }
}

const words = (line: string): string[] => line.split(' ')

test('help names every command, every exit code, and is the answer to nothing', async () => {
  const { exit, out } = await type([])
  assert.equal(exit, 0)
  for (const { usage } of commands) assert.ok(out.includes(usage.split(' ')[0]!), usage)
  for (const [code, meaning] of Object.entries(exitCodes)) assert.match(out, new RegExp(`${code} +${meaning.slice(0, 20)}`))
  assert.equal((await type(['--version'])).out, '1.2.3\n')
})

test('the help of every command has its options, --json and examples', async () => {
  for (const { usage, options, examples } of commands) {
    const { exit, out } = await type([usage.split(' ')[0]!, '--help'])
    assert.equal(exit, 0)
    for (const { flags } of options ?? []) assert.ok(out.includes(flags), flags)
    for (const example of examples) assert.ok(out.includes(`troupe ${example}`), example)
    assert.match(out, /--json/)
  }
})

test('a wrong command line exits with 2, opens nothing and names the nearest', async () => {
  const cases: [string[], RegExp][] = [
    [['pss'], /Unknown command "pss"[\s\S]*Did you mean ps\?/],
    [['ps', '--jsn'], /Did you mean --json\?/],
    [['dead-letter'], /Did you mean dead-letters\?/],
    [['tell'], /Missing required argument "address"/],
    [['ps', 'more'], /Too many arguments/],
    [['ps', '--status', 'odd'], /Allowed choices are\s+active/],
    [['ps', '--limit', 'x'], /whole number/],
    [['demo', 'triag'], /Did you mean triage\?/],
    [['tell', 'counter', 'add'], /kind\/key/],
    [['tell', 'counter/c1', 'by=2'], /Not a message/],
    [['tell', 'counter/c1', '{"by":2}'], /Not a message/],
    [['tell', 'counter/c1', '{by'], /not valid JSON/],
    [['ask', 'counter/c1', 'get', '--deadline', 'soon'], /Not a deadline/],
    [['run', 'triage', '--input', '{'], /--input is not valid JSON/],
    [['run', 'triage@x'], /version must be a whole number/],
    [['dead-letters', 'redrive'], /ids of dead letters, or --all/],
    [['dead-letters', 'redrive', 'd1', '--all'], /not both/],
  ]
  for (const [line, expected] of cases) {
    const { exit, out, err, seen } = await type(line)
    assert.deepEqual([exit, out, seen.opened], [2, '', 0], line.join(' '))
    assert.match(err, expected)
    assert.match(err, /→ /, 'the remedy is printed')
  }
})

test('CI2 with --json each command prints one JSON value, also for an error', async () => {
  const lines = [
    'ps',
    'ps --kind counter',
    'show counter/c1',
    'show e1',
    'tell counter/c1 add by=2',
    'ask counter/c1 get',
    'run triage',
    'dead-letters',
    'dead-letters redrive d1',
    'migrate',
    'demo',
    'demo triage --fresh --size 7',
  ]
  for (const line of lines) {
    const { exit, out, err, json } = await type([...words(line), '--json'])
    assert.deepEqual([exit, err], [0, ''], line)
    assert.equal(out.split('\n').length, 2, line)
    assert.ok(json() !== null)
  }
  for (const line of ['pss', 'show counter/none', 'run bad@x']) {
    const { exit, err, json } = await type([...words(line), '--json'])
    assert.ok(exit > 0)
    assert.equal(err, '')
    const { error } = json() as { error: { code: string; remedy: string } }
    assert.ok(error.code.length > 0 && error.remedy.length > 0)
  }
})

test('every command prints lines for people', async () => {
  const cases: [string, RegExp][] = [
    ['ps', /● troupe[\s\S]*node-7 runs 256 partitions[\s\S]*counter +1 +1 counting/],
    ['ps --kind counter', /counter\/c1 +counting +active +7/],
    ['show counter/c1', /counter\/c1[\s\S]*"n": 5[\s\S]*added {2}\{"by":2\}/],
    ['show e1', /execution e1 +completed/],
    ['tell counter/c1 add by=2', /told counter\/c1/],
    ['ask counter/c1 get', /^5\n$/],
    ['dead-letters', /d1 {2}counter\/c1[\s\S]*1 dead letter/],
    ['dead-letters redrive d1', /1 dead letter sent again/],
    ['migrate', /memory is at 0001/],
    ['demo', /troupe demo triage {2}s/],
    ['demo triage', /^ran\n$/],
  ]
  for (const [line, expected] of cases) assert.match((await type(words(line))).out, expected, line)
})

test('messages are typed as words or as JSON, and inputs come from files', async () => {
  const told = await type(['tell', 'counter/c1', 'add', 'by=2', 'note=two more', 'deep={"a":1}', 'type=x', '--key', 'k'])
  assert.deepEqual(told.seen.calls, [
    [counter.address, { by: 2, note: 'two more', deep: { a: 1 }, type: 'add' }, { idempotencyKey: 'k' }],
  ])
  const asked = await type(['ask', 'counter/c1', '{"type":"add","by":2}', '--deadline', '2s'])
  assert.deepEqual(asked.seen.calls, [[counter.address, { type: 'add', by: 2 }, { deadline: '2s' }]])
  const ran = await type(['run', 'triage@2', '--input', '@mail.json'])
  assert.deepEqual((ran.seen.calls[0] as { program: string; version: number; input: Json }).input, { read: 'mail.json' })
  assert.equal((ran.seen.calls[0] as { version: number }).version, 2)
})

test('XC1 exit codes tell what happened', async () => {
  const failing = (error: unknown): Partial<CliView> => ({ tree: async () => Promise.reject(error) })
  const locked = new TroupeError({
    code: 'store.locked',
    message: 'm',
    remedy: 'r',
    retry: 'later',
    audience: 'operator',
    fields: {},
  })
  assert.equal((await type(['show', 'counter/none'])).exit, 3)
  assert.equal((await type(['show', 'none'])).exit, 3)
  assert.equal((await type(['run', 'bad'])).exit, 5)
  assert.equal((await type(['ps'], { view: failing(locked) })).exit, 4)
  assert.equal((await type(['ps'], { view: failing(new Error('broken')) })).exit, 1)
  assert.equal((await type(['dead-letters', 'redrive', 'd2'])).exit, 1)
})

test('what was opened is closed, also after an error', async () => {
  const { seen, err } = await type(['ps'], { view: { tree: async () => Promise.reject(new Error('broken')) } })
  assert.deepEqual([seen.opened, seen.closed], [1, 1])
  assert.match(err, /✖ broken[\s\S]*at /, 'a foreign error is printed with its place')
})

test('an interrupted command exits with 130 and says how to go on', async () => {
  const { exit, err } = await type(['run', 'triage'], {
    interrupted: true,
    session: { run: () => Promise.reject(new Error('aborted')) },
  })
  assert.equal(exit, 130)
  assert.match(err, /Type the same command again/)
})

test('CI1 AG1 whatever is typed, one result or one catalogued error is printed', async () => {
  const word = fc.oneof(
    fc.constantFrom(
      'ps',
      'show',
      'tell',
      'ask',
      'run',
      'demo',
      'migrate',
      'dead-letters',
      'redrive',
      'counter/c1',
      'add',
      'by=2',
      '--all',
      '--kind',
      '--limit',
      '1',
      '--',
      '-',
      '{}',
      '--json',
      'help',
    ),
    fc.string({ maxLength: 6 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (line) => {
      const { exit, out, err } = await type(line)
      assert.ok(String(exit) in exitCodes)
      assert.ok(out !== '' || err !== '', JSON.stringify(line))
      if (exit === 2) assert.match(out + err, /code"?:/)
    }),
    { numRuns: 500 },
  )
})
