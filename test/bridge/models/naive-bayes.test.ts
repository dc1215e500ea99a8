/**
 * Owns: tests of the bundled model's learner and of the features that it learns from.
 * Does not own: its accuracy on real mail (bundled-accuracy.test).
 * Invariants: NB1, NB2, NB3, TX1.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { learn } from '../../../bridge/models/naive-bayes.ts'
import { featuresOf } from '../../../bridge/models/text-features.ts'

const seen = (text: string) => featuresOf([['text', text]])
const shown = [
  { features: seen('free money, click now'), label: 'spam' },
  { features: seen('agenda of the meeting'), label: 'ham' },
]

test('probabilities are one for each option, sum to 1 and are the same each time (NB1, NB3)', () => {
  const texts = fc.array(fc.record({ text: fc.string({ maxLength: 30 }), label: fc.constantFrom('a', 'b', 'c', 'other') }))
  fc.assert(
    fc.property(texts, fc.string({ maxLength: 30 }), (examples, question) => {
      const learnt = () =>
        learn(
          examples.map(({ text, label }) => ({ features: seen(text), label })),
          ['a', 'b', 'c'],
        )
      const probabilities = learnt().probabilities(seen(question))
      assert.equal(probabilities.length, 3)
      assert.ok(probabilities.every((probability) => probability >= 0 && probability <= 1))
      assert.ok(Math.abs(probabilities.reduce((sum, one) => sum + one, 0) - 1) < 1e-9)
      assert.deepEqual(learnt().probabilities(seen(question)), probabilities)
    }),
  )
})

test('an option that no example has keeps a small probability and never wins, however strange the text (NB2)', () => {
  const classifier = learn(shown, ['never', 'spam', 'ham', 'nor this'])
  for (const text of ['free money', 'agenda', '', 'zebra quagga okapi gnu']) {
    const probabilities = classifier.probabilities(seen(text))
    const best = Math.max(...probabilities)
    assert.ok(probabilities[0]! > 0 && probabilities[0]! < best, `${text}: ${probabilities}`)
    assert.equal(probabilities[0], probabilities[3])
  }
})

test('without examples every option is as likely as the others', () => {
  assert.deepEqual(learn([], ['a', 'b']).probabilities(seen('x')), [0.5, 0.5])
})

test('a long example does not outweigh a short one', () => {
  const long = { features: seen(Array.from({ length: 400 }, (_, i) => `filler${i}`).join(' ')), label: 'ham' }
  const short = { features: seen('prize'), label: 'spam' }
  const [spam = 0, ham = 0] = learn([short, long], ['spam', 'ham']).probabilities(seen('a prize'))
  assert.ok(spam > ham)
})

test('reasons are the features of the text that speak for the option', () => {
  assert.equal(learn(shown, ['spam', 'ham']).reasons(seen('the money'), 0, 1)[0]?.includes('money'), true)
})

test('words are one whatever their case; numbers, addresses and shouting are seen by their shape (TX1)', () => {
  const features = [...seen('WIN win 1000 http://Shop.example/x?y !!!').keys()].filter((feature) => !/^text:| /.test(feature))
  assert.deepEqual(features, ['win', 'host:shop', 'host:example', '<address>', '!!'])
  assert.equal(seen('WIN win').get('win'), 2)
  assert.equal(seen('HELLO').get('<shouted>'), 1)
  assert.equal(seen('a 1000 b').get('<4 digits>'), 1)
})

test('a word at the head of a field is told from the same word of another field', () => {
  const features = featuresOf([
    ['subject', 'offer'],
    ['body', 'x'],
  ])
  assert.ok(features.has('subject:offer') && !features.has('body:offer'))
})
