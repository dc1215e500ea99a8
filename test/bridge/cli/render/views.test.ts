/**
 * Owns: the proof of what people see: progress, confusion, tree, trace, errors, report, doctor.
 * Does not own: columns and numbers.
 * Invariants: PR1, PR2, SV1, SV2, TV1, TV2, EV1, EV2, ER1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { confusionOf, type Outcome } from '../../../../actors/evaluation/confusion.ts'
import { quantilesOf } from '../../../../actors/evaluation/quantiles.ts'
import { type ExecutionTrace, noCalls } from '../../../../actors/execution-trace.ts'
import { widthOf } from '../../../../bridge/cli/render/columns.ts'
import { confusionLines } from '../../../../bridge/cli/render/confusion-table.ts'
import { doctorLines } from '../../../../bridge/cli/render/doctor-view.ts'
import { errorLines } from '../../../../bridge/cli/render/error-view.ts'
import { evaluationLines } from '../../../../bridge/cli/render/evaluation-report.ts'
import { type Progress, progressLine, progressLines } from '../../../../bridge/cli/render/progress.ts'
import { styleOf } from '../../../../bridge/cli/render/style.ts'
import { type TreeNode, treeLines } from '../../../../bridge/cli/render/supervision-tree.ts'
import { traceLines } from '../../../../bridge/cli/render/trace-view.ts'
import { errorData } from '../../../../runtime/kernel/errors.ts'

const plain = styleOf({ columns: 80 })
const narrow = (columns: number) => styleOf({ columns, colours: true })
const columns = fc.integer({ min: 40, max: 120 })
const foreign = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constant('日本語'.repeat(40)),
)
const fits = (lines: readonly string[], width: number): void => {
  for (const line of lines) {
    assert.ok(widthOf(line) <= width, `${widthOf(line)} > ${width}: ${JSON.stringify(line)}`)
    assert.ok(!line.includes('\n'), JSON.stringify(line))
  }
}

const progress: Progress = {
  title: 'triage v1 on mail',
  unit: 'mail',
  total: 200,
  done: 100,
  earlier: 60,
  failed: 0,
  running: 16,
  tokens: { input: 369_200, output: 560 },
  cost: undefined,
  cacheHits: 0,
  restarts: 2,
  elapsed: 2500,
  rate: 16,
  remaining: 6250,
}

test('progress has name and counts, a bar with its share, and the numbers', () => {
  const [title, bar, numbers] = progressLines(progress, plain)
  assert.match(title!, /^◐ triage v1 on mail {40,}100\/200$/)
  assert.match(bar!, /^━{37}─{36} {2}50\.0%$/)
  assert.equal(numbers, '16.0/s · ETA 7s · 369k→560 tokens · cost unknown · 2 restarts · 16 running')
  assert.equal(progressLines({ ...progress, done: 200 }, plain)[0]![0], '✔')
  assert.equal(progressLines(progress, styleOf({ unicode: false }))[1]!.slice(0, 38), `${'#'.repeat(37)}-`)
})

test('PR1 progress fits its width, whatever the numbers and the title', () => {
  const any = fc.record({
    title: foreign,
    total: fc.nat(1e9),
    done: fc.nat(2e9),
    earlier: fc.nat(2e9),
    failed: fc.nat(1e6),
    running: fc.nat(1e6),
    tokens: fc.record({ input: fc.nat(), output: fc.nat() }),
    rate: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    remaining: fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }), { nil: undefined }),
  })
  fc.assert(fc.property(any, columns, (change, width) => fits(progressLines({ ...progress, ...change }, narrow(width)), width)))
})

test('PR2 a plain line says all of it', () => {
  assert.equal(
    progressLine(progress),
    'triage v1 on mail: 100/200 mails, 50.0%, 16.0/s, ETA 7s, 369k tokens in, 560 out, cost unknown, 0 failed, 2 restarts',
  )
})

const outcomes: readonly Outcome[] = [
  ...Array.from({ length: 9 }, () => ({ expected: 'ham', answered: 'ham' })),
  { expected: 'spam', answered: 'ham' },
  { expected: 'spam', failed: 'model.timeout' },
]

test('a confusion table has expected rows, answered columns and the scores', () => {
  assert.deepEqual(confusionLines(confusionOf(outcomes), plain), [
    '            answered',
    '  expected  ham  spam  precision     recall         F1   examples',
    '  ham         9     0      90.0%     100.0%      94.7%          9',
    '  spam        1     0          ─       0.0%       0.0%          1',
  ])
})

test('a confusion table of many classes keeps the scores and fits', () => {
  const label = fc.oneof(fc.stringMatching(/^[a-z]{1,30}$/), foreign)
  const many = fc.array(fc.record({ expected: label, answered: label }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(many, fc.integer({ min: 72, max: 120 }), (all, width) =>
      fits(confusionLines(confusionOf(all), narrow(width)), width),
    ),
  )
})

const leaf = (label: string, status: TreeNode['status']): TreeNode => ({ label, type: 'worker', status, children: [] })
const tree: TreeNode = {
  label: 'actors',
  type: 'supervisor',
  status: 'waiting',
  detail: 'dynamic',
  restarts: 2,
  children: [
    ...Array.from({ length: 6 }, (_, at) => leaf(`c/${at}`, 'waiting')),
    leaf('c/bad', 'restarting'),
    leaf('c/busy', 'busy'),
  ],
}

test('SV2 a tree folds children away and counts them; the unwell stay', () => {
  const lines = treeLines(tree, styleOf({ columns: 40 }), { children: 4 })
  assert.deepEqual(lines, [
    '● actors                    dynamic  ↻ 2',
    '├─ ● c/0                         waiting',
    '├─ ● c/1                         waiting',
    '├─ ● c/bad                    restarting',
    '└─ 5 more: 4 waiting, 1 busy',
  ])
})

test('SV1 a tree fits its width', () => {
  const node: fc.Arbitrary<TreeNode> = fc.letrec<{ node: TreeNode }>((tie) => ({
    node: fc.record({
      label: foreign,
      type: fc.constantFrom('supervisor', 'worker'),
      status: fc.constantFrom('busy', 'failed', 'stored'),
      detail: fc.constantFrom('one_for_one', 'v3  seq 12'),
      mailbox: fc.nat(),
      restarts: fc.nat(),
      children: fc.oneof({ maxDepth: 5 }, fc.constant([]), fc.array(tie('node'), { maxLength: 4 })),
    }) as fc.Arbitrary<TreeNode>,
  })).node
  fc.assert(
    fc.property(node, fc.integer({ min: 80, max: 120 }), (root, width) => fits(treeLines(root, narrow(width)), width)),
    { numRuns: 100 },
  )
})

const trace = (text: string): ExecutionTrace => ({
  execution: text || 'e',
  program: 'triage',
  version: 1,
  status: 'failed',
  createdAt: 0,
  startedAt: 0,
  endedAt: 412,
  inputs: { subject: text, list: [text] },
  outputs: { label: text },
  steps: [
    {
      step: text || 's',
      module: 'Predict',
      status: 'failed',
      startedAt: 0,
      endedAt: 410,
      inputs: {},
      outputs: { label: text },
      error: errorData(new Error(text)),
      calls: [
        {
          model: text || 'm',
          messages: [
            { role: 'system', content: text },
            { role: 'user', content: [{ type: 'text', text }] },
          ],
          completion: text,
          retries: 1,
          cache: 'miss',
          resumed: true,
          error: errorData(new Error(text, { cause: new Error(text) })),
        },
      ],
    },
  ],
  error: errorData(new Error(text)),
})

test('TV1 a trace shows foreign text without control characters and within the width', () => {
  fc.assert(
    fc.property(foreign, columns, (text, width) => {
      const lines = traceLines(trace(text), styleOf({ columns: width }))
      fits(lines, width)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be printed
      for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/)
    }),
  )
})

test('TV2 long messages are cut and counted, and whole when that is asked', () => {
  const long = trace(Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n'))
  const short = traceLines(long, plain, { lines: 3 }).join('\n')
  assert.match(short, /line 2\n/)
  assert.match(short, /… 17 more lines/)
  assert.match(traceLines(long, plain, { lines: Number.POSITIVE_INFINITY }).join('\n'), /│ line 19\n/)
})

test('TV2 demonstrations between the first and the last message are folded and counted', () => {
  const base = trace('x')
  const call = base.steps[0]!.calls[0]!
  const messages = ['system', ...Array.from({ length: 96 }, (_, at) => (at % 2 ? 'assistant' : 'user')), 'user'].map(
    (role, at) => ({
      role,
      content: `message ${at}`,
    }),
  )
  const long = { ...base, steps: [{ ...base.steps[0]!, calls: [{ ...call, messages }] }] }
  const text = traceLines(long, plain).join('\n')
  assert.match(text, /│ message 0\n +│ … 96 more messages\n +user +│ message 97\n/)
  assert.match(traceLines(long, plain, { lines: Number.POSITIVE_INFINITY }).join('\n'), /│ message 50\n/)
})

test('EV1 EV2 an error is printed with its remedy and all of its causes', () => {
  const error = errorData(new Error('outer', { cause: new Error('inner', { cause: new Error('core') }) }))
  const lines = errorLines({ ...error, code: 'actor.crashed', remedy: 'Do this.' }, plain)
  assert.deepEqual(lines, ['✖ outer', '  → Do this.', '  because: inner', '  because: core', '  code: actor.crashed'])
})

test('ER1 a report tells failures before the accuracy, and whether a call was repeated', () => {
  const report = {
    title: 'triage v1 on mail',
    model: 'a small model',
    servedSince: 'ever' as const,
    confusion: confusionOf(outcomes),
    totals: { ...noCalls, calls: 11, paid: 10, joined: 1, resumed: 3, tokens: { input: 12_345, output: 60 }, unknownCost: 10 },
    latency: quantilesOf([10, 20, 30]),
    elapsed: 4200,
    earlier: 5,
    served: { calls: 10, repeated: 0 },
    startUp: 2400,
    memory: 612e6,
    restarts: 1,
    place: './.troupe',
    next: [{ command: 'troupe ps', shows: 'the tree' }],
  }
  const text = evaluationLines(report, plain).join('\n')
  assert.match(text, /failed {6}1 of 11: model\.timeout × 1\n {2}accuracy {4}90\.0% of 10 answered/)
  assert.match(text, /cost unknown/)
  assert.match(text, /✔ 3 calls resumed after a crash; the model served 10 calls, none of them twice\./)
  assert.match(text, /troupe ps {2}the tree/)
  assert.match(evaluationLines({ ...report, served: { calls: 12, repeated: 2 } }, plain).join('\n'), /▲ .* 2 of them again\./)
  fits(evaluationLines(report, plain), 80)
})

test('doctor prints each finding with its remedy and a verdict', () => {
  const lines = doctorLines(
    [
      { check: 'Node', status: 'ok', found: 'Node 24' },
      { check: 'Python', status: 'warning', found: 'none', remedy: 'Install it.' },
    ],
    plain,
  )
  assert.deepEqual(lines, ['✔ Node    Node 24', '▲ Python  none', '          → Install it.', '', 'Ready, with 1 warning.'])
  assert.equal(doctorLines([{ check: 'Model', status: 'problem', found: 'x' }], plain).at(-1), '1 problem, 0 warnings')
})
