/**
 * Owns: what the golden vectors do not say of XML, BestOfN, ReAct and the majority.
 * Does not own: equality with DSPy (conformance).
 * Invariants: XA1, XD2, BN1, RA1, RA2, CO1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  comparisonInputs,
  type ModelAnswer,
  majority,
  parseSignature,
  predictor,
  react,
  resumeBestOfN,
  resumeReAct,
  resumeTool,
  startBestOfN,
  startReAct,
  xmlAdapter,
} from '../../../actors/cognition/index.ts'
import { TroupeError } from '../../../runtime/index.ts'

const model = { model: 'scripted', settings: { temperature: 0 }, facts: { responseFormat: false, responseSchema: false } }

function says(text: string): ModelAnswer {
  const response = {
    model: 'scripted',
    completions: [{ text, finishReason: 'stop' as const }],
    usage: {},
    retries: 0,
    milliseconds: 0,
  }
  return { ok: true, response }
}

const tooLong: ModelAnswer = { ok: false, failure: { model: 'scripted', kind: 'context_length', reason: 'too long' } as never }

test('any completion is read as XML or refused with the catalogued error, also one that nests without end (XA1, XD2)', () => {
  const signature = parseSignature('question -> tags: list[str], scores: dict[str, int]')
  const attempt = (completion: string) => {
    try {
      xmlAdapter.parse(signature, completion)
    } catch (error) {
      assert.ok(TroupeError.is(error, 'completion.unparsable'), String(error))
    }
  }
  const part = fc.constantFrom(
    '<tags>',
    '</tags>',
    '<item>',
    '</item>',
    '<scores>',
    '</scores>',
    '&',
    '&amp;',
    '<!--',
    '-->',
    '<a b="',
    '"',
    '/>',
    '1',
    '<![CDATA[',
    ']]>',
    '<?p',
    '?>',
  )
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      attempt,
    ),
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), attempt))
  attempt('<tags>'.repeat(200_000))
  attempt(`<tags>${'<item>'.repeat(50_000)}${'</item>'.repeat(50_000)}</tags>`)
})

test('each attempt of BestOfN has its own rollout_id, and a run without any prediction fails (BN1)', () => {
  const of = predictor(parseSignature('question -> answer'), { adapter: { kind: 'json' } })
  let step = startBestOfN({ of, n: 2, threshold: 1 }, model, { question: 'q' })
  const rollouts: unknown[] = []
  while (step.status === 'asking') {
    rollouts.push(step.request.settings.rollout_id)
    step = resumeBestOfN(step.state, says('nothing'))
  }
  assert.deepEqual(rollouts, [0, 1])
  assert.equal(step.status, 'failed')
})

test('a failed tool is an observation, and a trajectory that is too long loses its oldest tool call (RA1, RA2)', () => {
  const program = react(parseSignature('question -> answer'), [{ name: 'search', args: { q: { type: 'string' } } }])
  const call = '[[ ## next_thought ## ]]\nt\n\n[[ ## next_tool_name ## ]]\nsearch\n\n[[ ## next_tool_args ## ]]\n{"q": "x"}'
  let step = startReAct(program, model, { question: 'q' })
  for (let i = 0; i < 2; i++) {
    assert.equal(step.status, 'asking')
    if (step.status === 'asking') step = resumeReAct(step.state, says(call))
    assert.equal(step.status, 'calling')
    if (step.status === 'calling') step = resumeTool(step.state, step.tool, { ok: false, problem: `down ${i}` })
  }
  assert.ok(step.status === 'asking')
  assert.match(step.request.messages.at(-1)!.content, /Execution error in search: down 0/)
  const shorter = resumeReAct(step.state, tooLong)
  assert.ok(shorter.status === 'asking')
  assert.doesNotMatch(shorter.request.messages.at(-1)!.content, /down 0/)
  assert.match(shorter.request.messages.at(-1)!.content, /down 1/)
})

test('a tie of the majority goes to the earlier completion, and bad use is told (CO1)', () => {
  assert.deepEqual(majority([{ a: 'The B!' }, { a: 'c' }]), { a: 'The B!' })
  assert.throws(() => majority([]), { code: 'module.misused' })
  assert.throws(() => comparisonInputs(parseSignature('q -> a'), [{ a: '1' }], {}), { code: 'module.misused' })
})
