/**
 * Owns: the proof that drafts of programs become whole graphs or one error with paths, and that inputs are checked.
 * Does not own: diffs and traces.
 * Invariants: PG1, PG2, PG3, PC1, PP1, SS1, TF1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkInputs, checkProgram } from '../../actors/program-check.ts'
import { orderOf, type ProgramDraft, programHash, programOutputs, stepInputs } from '../../actors/program-graph.ts'
import { TroupeError } from '../../runtime/kernel/errors.ts'

const triage: ProgramDraft = {
  signature: "subject, body -> label: Literal['spam', 'ham']",
  steps: [{ id: 'label', module: 'Predict', demos: [{ subject: 'Win!', body: 'Now!', label: 'spam' }] }],
}

const twoSteps: ProgramDraft = {
  signature: 'text: str -> answer: str, topic: str',
  steps: [
    {
      id: 'solve',
      module: 'ChainOfThought',
      signature: 'text, topic -> answer',
      inputs: { topic: { from: 'step', step: 'sort', field: 'topic' } },
    },
    { id: 'sort', module: 'Predict', signature: 'text -> topic' },
  ],
}

function fault(draft: unknown): TroupeError {
  try {
    checkProgram(draft)
  } catch (error) {
    assert.ok(TroupeError.is(error), String(error))
    return error
  }
  return assert.fail('expected an error')
}

/** `twoSteps` with one step changed. */
const changed = (id: string, change: object): unknown => ({
  ...twoSteps,
  steps: twoSteps.steps.map((step) => (step.id === id ? { ...step, ...change } : step)),
})

test('a draft with one step is filled in from the program', () => {
  const graph = checkProgram(triage)
  assert.deepEqual(graph, {
    format: 1,
    signature: triage.signature,
    instructions: '',
    steps: [
      {
        id: 'label',
        module: 'Predict',
        signature: triage.signature,
        instructions: '',
        demos: [{ subject: 'Win!', body: 'Now!', label: 'spam' }],
        config: {},
        inputs: { subject: { from: 'input', field: 'subject' }, body: { from: 'input', field: 'body' } },
      },
    ],
    outputs: { label: { from: 'step', step: 'label', field: 'label' } },
  })
})

test('PG1 a graph is its own draft, and equal programs have equal hashes', () => {
  const graph = checkProgram(triage)
  assert.deepEqual(checkProgram(graph), graph)
  assert.equal(programHash(checkProgram(JSON.parse(JSON.stringify(graph)))), programHash(graph))
  assert.notEqual(programHash(checkProgram({ ...triage, instructions: 'Be strict.' })), programHash(graph))
})

test('PG2 steps run after those that they take values from, else as they were written', () => {
  const graph = checkProgram(twoSteps)
  assert.deepEqual(
    orderOf(graph.steps).order.map(({ id }) => id),
    ['sort', 'solve'],
  )
  assert.deepEqual(stepInputs(graph.steps[0]!, { text: 't' }, { sort: { topic: 'x' } }), { text: 't', topic: 'x' })
  assert.deepEqual(programOutputs(graph, { text: 't' }, { sort: { topic: 'x' }, solve: { reasoning: 'r', answer: 'a' } }), {
    answer: 'a',
    topic: 'x',
  })
})

test('the reasoning of ChainOfThought is an output like any other', () => {
  const draft: ProgramDraft = {
    signature: 'q -> reasoning, answer',
    steps: [{ id: 'think', module: 'ChainOfThought', signature: 'q -> answer' }],
  }
  assert.deepEqual(checkProgram(draft).outputs.reasoning, { from: 'step', step: 'think', field: 'reasoning' })
})

test('PC1 each problem is told by its path, with what was expected and the nearest name', () => {
  const cases: [unknown, string, string?][] = [
    [7, ''],
    [{}, 'signature'],
    [{ signature: 'a b c', steps: [] }, 'signature'],
    [{ signature: 'a -> b', steps: [] }, 'steps'],
    [{ ...triage, step: 1 }, 'step', 'steps'],
    [{ ...triage, instructions: 7 }, 'instructions'],
    [{ ...triage, steps: [{ ...triage.steps[0], id: '7' }] }, 'steps.0.id'],
    [{ ...triage, steps: [{ ...triage.steps[0], module: 'Predct' }] }, 'steps.label.module', 'Predict'],
    [{ ...triage, steps: [{ ...triage.steps[0], modul: 'x' }] }, 'steps.label.modul', 'module'],
    [{ ...triage, steps: [{ ...triage.steps[0], demos: [{ lable: 'spam' }] }] }, 'steps.label.demos.0.lable', 'label'],
    [{ ...triage, steps: [{ ...triage.steps[0], config: { temprature: 1 } }] }, 'steps.label.config.temprature', 'temperature'],
    [{ ...triage, steps: [{ ...triage.steps[0], config: { temperature: 3 } }] }, 'steps.label.config.temperature'],
    [{ ...triage, outputs: { lable: { from: 'input', field: 'body' } } }, 'outputs.lable', 'label'],
    [
      { ...triage, signature: 'body: str -> label: int', outputs: { label: { from: 'input', field: 'body' } } },
      'steps.label.demos.0.subject',
    ],
    [
      {
        signature: 'body: str -> label: int',
        steps: [{ id: 's', module: 'Predict' }],
        outputs: { label: { from: 'input', field: 'body' } },
      },
      'outputs.label',
    ],
    [{ ...triage, outputs: { label: { from: 'value', value: 'eggs' } } }, 'outputs.label.value'],
    [{ ...triage, outputs: { label: 'body' } }, 'outputs.label'],
    [changed('sort', { id: 'solve' }), 'steps.solve.id'],
    [changed('sort', { signature: undefined }), 'steps.sort.signature'],
    [changed('sort', { signature: 'txt -> topic' }), 'steps.sort.inputs.txt'],
    [changed('solve', { inputs: { topic: { from: 'step', step: 'srot', field: 'topic' } } }), 'steps.solve.inputs.topic', 'sort'],
    [
      changed('solve', { inputs: { topic: { from: 'step', step: 'sort', field: 'topik' } } }),
      'steps.solve.inputs.topic',
      'topic',
    ],
    [changed('solve', { inputs: { topic: { from: 'input', field: 'txt' } } }), 'steps.solve.inputs.topic', 'text'],
    [changed('sort', { signature: 'text -> topic: int' }), 'outputs.topic'],
  ]
  for (const [draft, path, near] of cases) {
    const error = fault(draft)
    assert.equal(error.code, 'program.invalid')
    assert.equal(error.fields.path, path, error.message)
    assert.equal(error.fields.nearest, near, error.message)
  }
})

test('PP1 all problems are counted and named by path', () => {
  const error = fault({ ...triage, step: 1, steps: [{ ...triage.steps[0], config: { n: 0 }, modul: 1 }] })
  assert.equal(error.fields.problems, 3)
  assert.equal(error.fields.all, 'step, steps.label.modul, steps.label.config.n')
})

test('PG3 a cycle is refused and told round to its start', () => {
  const steps = [
    { id: 'a', module: 'Predict', signature: 'y -> x', inputs: { y: { from: 'step', step: 'c', field: 'y' } } },
    { id: 'b', module: 'Predict', signature: 'x -> z', inputs: { x: { from: 'step', step: 'a', field: 'x' } } },
    { id: 'c', module: 'Predict', signature: 'z -> y', inputs: { z: { from: 'step', step: 'b', field: 'z' } } },
  ]
  const error = fault({ signature: 'q -> z', steps })
  assert.equal(error.fields.path, 'steps')
  assert.match(String(error.fields.got), /a → c → b → a/)
})

test('TF1 literals, whole numbers and members of unions may go where their type is asked for, and not the other way', () => {
  const flow = (from: string, to: string): boolean => {
    const draft = {
      signature: `a: ${from} -> b`,
      steps: [{ id: 's', module: 'Predict', signature: `a: ${to} -> b` }],
    }
    try {
      checkProgram(draft)
      return true
    } catch (error) {
      assert.ok(TroupeError.is(error, 'program.invalid'), String(error))
      return false
    }
  }
  const right = [
    ['int', 'float'],
    ["Literal['x']", 'str'],
    ["Literal['x']", "Literal['x', 'y']"],
    ['str', 'Optional[str]'],
    ['list[int]', 'list[float]'],
    ['list[str]', 'list'],
    ['dict[str, int]', 'Any'],
  ] as const
  for (const [narrow, wide] of right) {
    assert.ok(flow(narrow, wide), `${narrow} → ${wide}`)
    if (wide !== 'Any') assert.ok(!flow(wide, narrow), `${wide} → ${narrow}`)
  }
})

test('inputs of a run are checked by field, type and name', () => {
  const graph = checkProgram({
    signature: "text, count: int, tags: list[str], kind: Literal['a', 'b'] -> answer",
    steps: [{ id: 's', module: 'Predict' }],
  })
  const good = { text: 'x', count: 2, tags: ['t'], kind: 'a' }
  assert.deepEqual(checkInputs('p', graph, good), good)
  const cases: [unknown, string][] = [
    ['x', ''],
    [{ ...good, txet: 1 }, 'txet'],
    [{ ...good, count: 2.5 }, 'count'],
    [{ ...good, count: undefined }, 'count'],
    [{ ...good, tags: ['t', 1] }, 'tags.1'],
    [{ ...good, kind: 'c' }, 'kind'],
  ]
  for (const [given, path] of cases)
    assert.throws(
      () => checkInputs('p', graph, given),
      (error: { code: string; fields: { path: string } }) => error.code === 'program.input_invalid' && error.fields.path === path,
      path,
    )
})

test('PC1 whatever the draft, a graph or one catalogued error comes out', () => {
  const word = fc.constantFrom(
    'signature',
    'steps',
    'id',
    'module',
    'inputs',
    'outputs',
    'demos',
    'config',
    'from',
    'a',
    'Predict',
    'a -> b',
    'input',
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(word, tie('any'), { maxKeys: 4 }),
    ),
  })).any
  const draft = fc.record({
    signature: fc.oneof(fc.constant('a -> b'), value),
    steps: fc.array(fc.record({ id: word, module: fc.constant('Predict'), inputs: value, demos: value, config: value }), {
      maxLength: 3,
    }),
  })
  fc.assert(
    fc.property(fc.oneof(value, draft), (given) => {
      try {
        const graph = checkProgram(given)
        assert.deepEqual(checkProgram(graph), graph)
      } catch (error) {
        assert.ok(TroupeError.is(error, 'program.invalid'), String(error))
      }
    }),
    { numRuns: 2000 },
  )
})
