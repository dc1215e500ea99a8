/**
 * Owns: tests of Predict as a stepper, of the two formats beyond the golden vectors, of request keys and prices.
 * Does not own: what DSPy's golden vectors show (test/conformance).
 * Invariants: PD1, PD2, PD3, CA1, RK1, RK2, PR1, LM2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Step } from '../../../actors/cognition/predict.ts'
import { addCosts } from '../../../actors/cognition/prices.ts'
import {
  addUsage,
  canonicalRequest,
  chainOfThought,
  chatAdapter,
  costOf,
  jsonAdapter,
  type ModelAnswer,
  type ModelChoice,
  modelType,
  type PredictState,
  parseSignature,
  predictor,
  requestKey,
  resumePredict,
  startPredict,
} from '../../../actors/index.ts'
import { TroupeError } from '../../../runtime/index.ts'

const model: ModelChoice = {
  model: 'test/model',
  settings: { temperature: 0, max_tokens: 100 },
  facts: { responseFormat: true, responseSchema: true },
}
const answers = (...texts: readonly string[]): ModelAnswer => ({
  ok: true,
  response: {
    model: 'm',
    completions: texts.map((text) => ({ text, finishReason: 'stop' })),
    usage: {},
    retries: 0,
    milliseconds: 0,
  },
})

function asking(step: Step<PredictState>): Extract<Step<PredictState>, { status: 'asking' }> {
  assert.equal(step.status, 'asking', JSON.stringify(step))
  return step as Extract<Step<PredictState>, { status: 'asking' }>
}

const qa = parseSignature('question -> answer: int')

test('a prediction asks once and takes the answer; its state goes through JSON between the steps (PD1)', () => {
  const first = asking(startPredict(predictor(qa), model, { question: '1+1?' }))
  assert.deepEqual(first.request.settings, { temperature: 0, max_tokens: 100 })
  const done = resumePredict(JSON.parse(JSON.stringify(first.state)), answers('[[ ## answer ## ]]\n2\n\n[[ ## completed ## ]]'))
  assert.deepEqual(done, { status: 'done', prediction: { outputs: { answer: 2 }, completions: [{ answer: 2 }] }, failures: [] })
})

test('an unreadable chat completion costs one more call in the JSON format, then it fails with both reasons (PD3)', () => {
  const first = asking(startPredict(predictor(qa), model, { question: '1+1?' }))
  const second = asking(resumePredict(first.state, answers('two')))
  assert.equal(second.state.using, 'json')
  assert.match(second.request.messages[0]!.content, /Outputs will be a JSON object/)
  assert.equal((second.request.settings.response_format as { readonly type: string }).type, 'json_schema')
  const done = resumePredict(second.state, answers('{"answer": "2"}'))
  assert.equal(done.status === 'done' && done.prediction.outputs.answer, 2)
  const failed = resumePredict(second.state, answers('still two'))
  assert.equal(failed.status, 'failed')
  assert.deepEqual(failed.status === 'failed' && failed.failures.map(({ adapter }) => adapter), ['ChatAdapter', 'JSONAdapter'])
  assert.equal(failed.status === 'failed' && failed.error.code, 'completion.unparsable')
})

test('without fallback, and in the JSON format, there is no second call', () => {
  for (const adapter of [{ kind: 'chat', fallback: false }, { kind: 'json' }] as const) {
    const first = asking(startPredict(predictor(qa, { adapter }), model, { question: 'x' }))
    assert.equal(resumePredict(first.state, answers('nonsense')).status, 'failed')
  }
})

test('a failed call is a failed prediction that names the kind; it is not asked again in another format', () => {
  const first = asking(startPredict(predictor(qa), model, { question: 'x' }))
  const failed = resumePredict(first.state, {
    ok: false,
    failure: { kind: 'timeout', model: 'test/model', reason: 'too slow', tries: 3 },
  })
  assert.ok(failed.status === 'failed')
  assert.equal(failed.error.code, 'model.failed')
  assert.equal(failed.error.fields.kind, 'timeout')
})

test('an empty completion fails with DSPy’s words', () => {
  const first = asking(startPredict(predictor(qa, { adapter: { kind: 'chat', fallback: false } }), model, { question: 'x' }))
  for (const answer of [answers(''), answers()]) {
    const failed = resumePredict(first.state, answer)
    assert.ok(failed.status === 'failed' && failed.error.message.startsWith('The LM returned an empty or null response.'))
  }
})

test('several completions are asked at a temperature that lets them differ', () => {
  const first = asking(startPredict(predictor(qa, { config: { n: 3 } }), model, { question: 'x' }))
  assert.deepEqual(first.request.settings, { temperature: 0.7, max_tokens: 100, n: 3 })
  const text = (n: number) => `[[ ## answer ## ]]\n${n}`
  const done = resumePredict(first.state, answers(text(1), text(2), text(3)))
  assert.deepEqual(done.status === 'done' && done.prediction.completions, [{ answer: 1 }, { answer: 2 }, { answer: 3 }])
  const warm = asking(startPredict(predictor(qa, { config: { n: 2, temperature: 1 } }), model, { question: 'x' }))
  assert.equal(warm.request.settings.temperature, 1)
  const wrong = startPredict(predictor(qa, { config: { n: 0 } }), model, { question: 'x' })
  assert.ok(wrong.status === 'failed' && wrong.error.code === 'module.misused')
})

test('what has no native form fails as declined before any call', () => {
  const step = startPredict(predictor(parseSignature('image: dspy.Image -> caption')), model, {
    image: { url: 'https://x.y/a.png' },
  })
  assert.ok(step.status === 'failed' && step.error.code === 'cognition.declined' && step.error.retry === 'elsewhere')
  const value = startPredict(predictor(parseSignature('context -> answer')), model, { context: [1, 2] })
  assert.ok(value.status === 'failed' && value.error.code === 'value.invalid')
})

test('ChainOfThought asks for reasoning before everything else', () => {
  const first = asking(startPredict(chainOfThought(qa), model, { question: 'x' }))
  assert.match(first.request.messages[0]!.content, /1\. `reasoning` \(str\): \n2\. `answer` \(int\):/)
})

test('inputs take their defaults, missing outputs theirs', () => {
  const { fields, ...rest } = parseSignature('question, tone -> answer, mood')
  const signature = {
    ...rest,
    fields: fields.map((one) => (one.name === 'tone' || one.name === 'mood' ? { ...one, default: 'calm' } : one)),
  }
  const first = asking(startPredict(predictor(signature), model, { question: 'x' }))
  assert.match(first.request.messages[1]!.content, /\[\[ ## tone ## \]\]\ncalm/)
  const done = resumePredict(first.state, answers('[[ ## answer ## ]]\nyes'))
  assert.deepEqual(done.status === 'done' && done.prediction.outputs, { answer: 'yes', mood: 'calm' })
})

test('a model’s members are read by their types, with defaults, and refused when one is missing', () => {
  const item = modelType('Item', {
    type: 'object',
    title: 'Item',
    properties: {
      name: { type: 'string', title: 'Name' },
      count: { type: 'integer', title: 'Count', default: 1 },
      tags: { type: 'array', items: { type: 'string' }, title: 'Tags', default: [] },
      size: { anyOf: [{ type: 'number' }, { type: 'null' }], title: 'Size', default: null },
    },
    required: ['name'],
  })
  const signature = parseSignature('q -> items: list[Item]', { types: { Item: item } })
  const parsed = chatAdapter.parse(
    signature,
    '[[ ## items ## ]]\n[{\'name\': \'a\', \'count\': \'2\'}, {"name": "b", "size": 1.5, "extra": 0}]',
  )
  assert.deepEqual(parsed.items, [
    { name: 'a', count: 2, tags: [], size: null },
    { name: 'b', count: 1, tags: [], size: 1.5 },
  ])
  assert.throws(
    () => chatAdapter.parse(signature, '[[ ## items ## ]]\n[{"count": 1}]'),
    (error) => TroupeError.is(error, 'completion.unparsable') && /0\.name\n {2}Field required/.test(error.message),
  )
})

const everything = parseSignature(
  "q -> s, i: int, f: float, b: bool, l: list[int], d: dict[str, float], o: Optional[str], t: Literal['x', 1, None], u: Union[int, list[str]], x: Any",
)
const noise = fc.constantFrom(
  '[[ ## i ## ]]',
  '[[ ## l ## ]]\n',
  '[[ ## x ## ]]',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ':',
  ',',
  '\\',
  '\\u12',
  'null',
  'None',
  '1',
  '-',
  '.5',
  '(',
  ')',
  '```json',
  '\n',
  '//',
  '/*',
  '#',
  '“',
  '\ud83d',
  'true',
)

test('any completion gives the outputs or completion.unparsable, in both formats (CA1)', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(noise, { maxLength: 40 }).map((list) => list.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (completion) => {
        for (const adapter of [chatAdapter, jsonAdapter])
          try {
            adapter.parse(everything, completion)
          } catch (error) {
            assert.ok(TroupeError.is(error, 'completion.unparsable'), String(error))
          }
      },
    ),
    { numRuns: 3000 },
  )
})

test('hostile completions are read in linear time: ten megabytes, deep nesting, endless quotes', () => {
  const signature = parseSignature('q -> a: dict')
  const hostile = [
    '['.repeat(200_000),
    '{"a":'.repeat(100_000),
    '"'.repeat(300_000),
    `{"a": "${'\\'.repeat(300_000)}`,
    `{${'a '.repeat(200_000)}`,
    ' '.repeat(10_000_000),
    `{"a": ${'"x", '.repeat(50_000)}`,
    `{"a": b ${'"c" '.repeat(50_000)}`,
    '(\n'.repeat(100_000),
    '{}'.repeat(200_000),
    `[${'"a" '.repeat(100_000)}`,
  ]
  for (const text of hostile) {
    const started = performance.now()
    for (const adapter of [chatAdapter, jsonAdapter])
      try {
        adapter.parse(signature, `[[ ## a ## ]]\n${text}`)
      } catch (error) {
        assert.ok(TroupeError.is(error, 'completion.unparsable'), String(error))
      }
    // Each takes a fraction of a second; quadratic reading took minutes.
    assert.ok(performance.now() - started < 20_000, `${text.slice(0, 20)}… took ${performance.now() - started} ms`)
  }
})

test('equal requests have equal keys whatever the order of their settings; keys and addresses are not part of them (RK1, RK2)', () => {
  const messages = [{ role: 'user' as const, content: 'hi' }]
  const base = { model: 'openai/gpt-4o-mini', messages, settings: {} }
  assert.equal(requestKey(base), '567fbf6991d8286eaeaf8b836c75583245b85e6603de7e14595ad7d8195cb2e8')
  assert.equal(requestKey({ ...base, settings: { api_key: 'x', base_url: 'y', temperature: null } }), requestKey(base))
  assert.equal(requestKey({ ...base, settings: { seed: 1, top_p: 1 } }), requestKey({ ...base, settings: { top_p: 1, seed: 1 } }))
  assert.notEqual(requestKey({ ...base, settings: { rollout_id: 1 } }), requestKey(base))
  assert.match(
    canonicalRequest({ ...base, settings: { temperature: 0, seed: 0, top_p: 1e-7 } }),
    /"seed":0,"temperature":0\.0,"top_p":1e-7/,
  )
})

test('what a call cost is known only when price and counts are (PR1)', () => {
  const prices = { 'p/m': { input: 2, output: 8, cachedInput: 1 } }
  assert.equal(costOf('p/m', { inputTokens: 1_000_000, outputTokens: 500_000 }, prices), 6)
  assert.equal(costOf('p/m', { inputTokens: 1_000_000, outputTokens: 0, cachedInputTokens: 400_000 }, prices), 1.6)
  assert.equal(costOf('p/m', { inputTokens: 1 }, prices), undefined)
  assert.equal(costOf('p/other', { inputTokens: 1, outputTokens: 1 }, prices), undefined)
  assert.equal(costOf('constructor', { inputTokens: 1, outputTokens: 1 }, prices), undefined)
  assert.equal(addCosts([1, undefined]), undefined)
  assert.deepEqual(addUsage([{ inputTokens: 1, outputTokens: 2 }, { inputTokens: 3 }]), { inputTokens: 4 })
})
