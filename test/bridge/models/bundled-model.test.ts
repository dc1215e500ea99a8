/**
 * Owns: tests of the bundled model and its endpoint: what it learns from a prompt, its format, counts, errors.
 * Does not own: its accuracy on real mail (bundled-accuracy.test), its journal (answer-journal.test).
 * Invariants: BM1, BM2, BS3, OM2, TK1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AdapterChoice,
  chainOfThought,
  type ModelChoice,
  type Predictor,
  parseSignature,
  predictor,
  resumePredict,
  startPredict,
  type Values,
} from '../../../actors/index.ts'
import { BundledModel } from '../../../bridge/models/bundled-model.ts'
import { type BundledModelOptions, type RunningBundledModel, startBundledModel } from '../../../bridge/models/bundled-server.ts'
import { openModel } from '../../../bridge/models/open-model.ts'
import { countTokens, cutTokens } from '../../../bridge/models/token-count.ts'
import { realSources, silentTelemetry, TroupeError } from '../../../runtime/index.ts'

const triage = parseSignature("subject, body -> label: Literal['spam', 'ham']", { instructions: 'Is this mail spam?' })
const demos: Values[] = [
  { subject: 'Win a prize', body: 'Click now for free money', label: 'spam' },
  { subject: 'Free offer', body: 'Buy cheap pills now, click here', label: 'spam' },
  { subject: 'Meeting', body: 'The agenda of our meeting on Monday', label: 'ham' },
  { subject: 'Patch', body: 'Please review my patch for the kernel', label: 'ham' },
]
const bundled: ModelChoice = {
  model: 'troupe/naive-bayes',
  settings: {},
  facts: { responseFormat: false, responseSchema: false },
}

/** The outputs that the model gives for a predictor, read by the adapter that asked. */
function predict(program: Predictor, inputs: Values, temperature = 0, seed = 0): Values {
  const step = startPredict(program, bundled, inputs)
  assert.equal(step.status, 'asking')
  if (step.status !== 'asking') return {}
  const { text } = new BundledModel().answer({ messages: step.request.messages, temperature, seed })
  const response = { model: 'm', completions: [{ text, finishReason: 'stop' as const }], usage: {}, retries: 0, milliseconds: 0 }
  const next = resumePredict(step.state, { ok: true, response })
  assert.equal(next.status, 'done', JSON.stringify(next))
  return next.status === 'done' ? next.prediction.outputs : {}
}

for (const kind of ['chat', 'json'] as const) {
  const adapter: AdapterChoice = { kind }
  test(`it learns from the demos of a ${kind} prompt and answers in the asked field`, () => {
    const program = predictor(triage, { demos, adapter })
    assert.deepEqual(predict(program, { subject: 'Free prize', body: 'Click here to win money' }), { label: 'spam' })
    assert.deepEqual(predict(program, { subject: 'Monday', body: 'Agenda: review of the patch' }), { label: 'ham' })
  })

  test(`every type that a signature can ask for in the ${kind} format is answered with a value of that type`, () => {
    const signature = parseSignature(
      'q -> a, b: bool, i: int, f: float, l: list[str], d: dict[str, int], o: Optional[int], t: Literal[1, 2], u: Union[int, str], x: Any, s: set[int], n: str | None',
    )
    const outputs = predict(predictor(signature, { adapter }), { q: 'What is it? It is a test.' })
    assert.deepEqual(Object.keys(outputs), ['a', 'b', 'i', 'f', 'l', 'd', 'o', 't', 'u', 'x', 's', 'n'])
    assert.equal(outputs.i, 0)
    assert.deepEqual(outputs.l, [])
    assert.equal(outputs.t, 1)
  })
}

test('without demos it guesses the first option, and says nothing that it did not read', () => {
  assert.deepEqual(predict(predictor(triage), { subject: 'a', body: 'b' }), { label: 'spam' })
})

test('free texts come from the nearest demo, or from the question itself', () => {
  const qa = parseSignature('question -> answer')
  const shown = [
    { question: 'What is the capital of France?', answer: 'Paris' },
    { question: 'Who wrote Hamlet?', answer: 'Shakespeare' },
  ]
  assert.deepEqual(predict(predictor(qa, { demos: shown }), { question: 'Who wrote the play Hamlet?' }), {
    answer: 'Shakespeare',
  })
  const context = 'Rivers are long. The Nile is in Africa. Trees are tall.'
  const reading = parseSignature('context, question -> answer')
  assert.deepEqual(predict(predictor(reading), { context, question: 'Where is the Nile?' }), { answer: 'The Nile is in Africa.' })
})

test('asked for its reasoning, it names words of the question that speak for its answer', () => {
  const outputs = predict(chainOfThought(triage, { demos }), { subject: 'Free prize', body: 'Click here to win money' })
  assert.equal(outputs.label, 'spam')
  assert.match(String(outputs.reasoning), /^These words speak for spam: .*(free|click|money|prize)/)
})

test('at temperature 0 the seed does not matter; above, the same seed gives the same answer and seeds differ (BM1, BM2)', () => {
  const program = predictor(triage, { demos: demos.slice(1, 3) })
  const inputs = { subject: 'Hello', body: 'now' }
  const at = (temperature: number) => Array.from({ length: 40 }, (_, seed) => predict(program, inputs, temperature, seed).label)
  assert.equal(new Set(at(0)).size, 1)
  assert.deepEqual(at(3), at(3))
  assert.equal(new Set(at(3)).size, 2)
})

test('markers inside a value do not add fields', () => {
  const program = predictor(triage, {
    demos: [{ subject: '[[ ## label ## ]]', body: 'x\n[[ ## completed ## ]]', label: 'ham' }, ...demos],
  })
  assert.deepEqual(Object.keys(predict(program, { subject: '[[ ## other ## ]]', body: 'Click now' })), ['label'])
})

test('a token is up to six letters, up to three digits, or a sign; cutting keeps whole tokens', () => {
  assert.equal(countTokens('Hello, world!'), 4)
  assert.equal(countTokens('antidisestablishment 12345'), 6)
  assert.deepEqual(cutTokens('Hello, world!', 2), { text: 'Hello,', cut: true })
  assert.deepEqual(cutTokens('Hello', 2), { text: 'Hello', cut: false })
})

test('a long text is counted as it would be cut (TK1)', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'aZ9é𝒳٣ \n\u00a0!-_✓'), maxLength: 60 })
  fc.assert(
    fc.property(letters, (text) => {
      const tokens = countTokens(text)
      assert.equal(cutTokens(text, tokens).cut, false)
      if (tokens > 0) assert.equal(cutTokens(text, tokens - 1).cut, true)
    }),
  )
})

async function serving<T>(
  options: Partial<BundledModelOptions>,
  use: (model: RunningBundledModel, post: Post) => Promise<T>,
): Promise<T> {
  const model = await startBundledModel({ sources: realSources(), ...options })
  const post: Post = async (body, headers = {}) => {
    const response = await fetch(`${model.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  try {
    return await use(model, post)
  } finally {
    await model.stop()
  }
}

type Post = (
  body: object | string,
  headers?: { readonly [name: string]: string },
) => Promise<{ readonly status: number; readonly text: string }>
const hello = { model: 'naive-bayes', messages: [{ role: 'user', content: 'Hello there.' }] }

test('the endpoint answers in OpenAI’s form with counted tokens, and n completions when asked', () =>
  serving({}, async (_model, post) => {
    const { status, text } = await post({ ...hello, n: 2 })
    assert.equal(status, 200)
    const body = JSON.parse(text)
    assert.equal(body.object, 'chat.completion')
    assert.equal(body.choices.length, 2)
    assert.deepEqual(body.choices[0].message, { role: 'assistant', content: 'Hello there.' })
    assert.deepEqual(body.usage, { prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 })
  }))

test('a stream’s pieces joined are the answer, and end with the usage and [DONE]', () =>
  serving({}, async (_model, post) => {
    const { text } = await post({ ...hello, stream: true, stream_options: { include_usage: true } })
    const lines = text.split('\n\n').filter((line) => line !== '')
    assert.equal(lines.pop(), 'data: [DONE]')
    const chunks = lines.map((line) => JSON.parse(line.slice('data: '.length)))
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join(''), 'Hello there.')
    assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop')
    assert.equal(chunks.at(-1).usage.completion_tokens, 3)
  }))

test('max_tokens and stop cut the answer and say so', () =>
  serving({}, async (_model, post) => {
    const cut = JSON.parse((await post({ ...hello, max_tokens: 1 })).text).choices[0]
    assert.deepEqual([cut.message.content, cut.finish_reason], ['Hello', 'length'])
    assert.equal(JSON.parse((await post({ ...hello, stop: ' there' })).text).choices[0].message.content, 'Hello')
  }))

test('the list of models says that it is not a language model', () =>
  serving({}, async (model) => {
    const list = (await (await fetch(`${model.baseUrl}/models`)).json()) as {
      readonly data: readonly { readonly id: string; readonly language_model: boolean; readonly description: string }[]
    }
    assert.deepEqual(
      list.data.map((one) => [one.id, one.language_model]),
      [['naive-bayes', false]],
    )
    assert.match(list.data[0]!.description, /not a language model/)
  }))

const refused: readonly (readonly [name: string, body: object | string, status: number, message: RegExp])[] = [
  ['no JSON', '{"model"', 400, /not JSON/],
  ['a list', [], 400, /body: expected an object/],
  ['another model', { ...hello, model: 'gpt' }, 404, /no model "gpt"/],
  ['no messages', { ...hello, messages: [] }, 400, /messages: expected a list/],
  ['a strange role', { ...hello, messages: [{ role: 'king', content: 'x' }] }, 400, /messages\[0\].role: expected/],
  ['an image', { ...hello, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 400, /messages\[0\].content/],
  ['a text as temperature', { ...hello, temperature: 'hot' }, 400, /temperature: expected a number/],
  ['n of 0', { ...hello, n: 0 }, 400, /n: expected an integer/],
]

for (const [name, body, status, message] of refused)
  test(`a request with ${name} is refused with ${status} and not counted (CR3)`, () =>
    serving({}, async (model, post) => {
      const answer = await post(body)
      assert.equal(answer.status, status)
      assert.match(JSON.parse(answer.text).error.message, message)
      assert.equal(model.stats().requests, 0)
    }))

test('a port that is taken is a catalogued error', () =>
  serving({}, async (model) => {
    const port = Number(new URL(model.baseUrl).port)
    await assert.rejects(startBundledModel({ sources: realSources(), port }), (error) =>
      TroupeError.is(error, 'model.port_taken'),
    )
  }))

test('asking the same again above temperature 0 samples again; with a seed it gives the same (BM2)', () =>
  serving({}, async (_model, post) => {
    const step = startPredict(predictor(triage, { demos: demos.slice(1, 3) }), bundled, { subject: 'Hello', body: 'now' })
    const messages = step.status === 'asking' ? step.request.messages : []
    const labels = async (extra: object) => {
      const found = new Set<string>()
      for (let i = 0; i < 30; i++)
        found.add(
          JSON.parse((await post({ model: 'naive-bayes', messages, temperature: 3, ...extra })).text).choices[0].message.content,
        )
      return found.size
    }
    assert.equal(await labels({}), 2)
    assert.equal(await labels({ seed: 5 }), 1)
  }))

test('opened by configuration, it starts at the first call, answers through the port and is stopped', async () => {
  const model = openModel('bundled', { sources: realSources(), telemetry: silentTelemetry })
  assert.match(model.port.description, /not a language model/)
  const step = startPredict(predictor(triage, { demos }), model.choice, { subject: 'Free prize', body: 'Click now' })
  assert.equal(step.status, 'asking')
  if (step.status !== 'asking') return
  const answer = await model.port.call(step.request, { idempotencyKey: 'first' })
  assert.ok(answer.ok, JSON.stringify(answer))
  assert.match(answer.response.completions[0]!.text, /\nspam\n/)
  assert.ok((answer.response.usage.inputTokens ?? 0) > 100)
  assert.deepEqual(await model.served(), { calls: 1, repeated: 0 })
  const { baseUrl } = model.bundled!
  await model.stop()
  await assert.rejects(fetch(`${baseUrl}/models`))
  const late = await model.port.call(step.request)
  assert.equal(late.ok ? 'answered' : late.failure.kind, 'unreachable', 'a stopped model is not started again (OM2)')
})
