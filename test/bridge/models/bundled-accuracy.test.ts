/**
 * Owns: the check that the bundled model really learns: on real mail that it has not seen it is far better than the larger class.
 * Does not own: its details (bundled-model.test).
 * Invariants: BM3.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSignature, predictor, startPredict } from '../../../actors/index.ts'
import { type MailExample, spamAssassinMails } from '../../../bridge/datasets/spam-assassin.ts'
import { BundledModel } from '../../../bridge/models/bundled-model.ts'
import { seededRandom } from '../../../runtime/index.ts'

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed)
  const list = [...items]
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1))
    const kept = list[i]!
    list[i] = list[j]!
    list[j] = kept
  }
  return list
}

test('from 80 demos it tells spam from ham in 300 held-out mails at least 9 times of 10, from 8 demos less often', async () => {
  const mails: MailExample[] = []
  for await (const mail of spamAssassinMails({ bodyLimit: 1500 })) mails.push(mail)
  const order = shuffled(mails, 1)
  const held = order.slice(0, 300)
  const signature = parseSignature("subject, body -> label: Literal['spam', 'ham']")
  const model = new BundledModel()
  const accuracy = (count: number): number => {
    const demos = (['spam', 'ham'] as const).flatMap((label) =>
      order
        .slice(300)
        .filter((mail) => mail.label === label)
        .slice(0, count / 2),
    )
    const program = predictor(signature, { demos: shuffled(demos, 2) })
    const right = held.filter(({ label, ...inputs }) => {
      const step = startPredict(
        program,
        { model: 'troupe/naive-bayes', settings: {}, facts: { responseFormat: false, responseSchema: false } },
        inputs,
      )
      assert.equal(step.status, 'asking')
      return (
        step.status === 'asking' &&
        model.answer({ messages: step.request.messages, temperature: 0, seed: 0 }).text.includes(`\n${label}\n`)
      )
    })
    return right.length / held.length
  }
  const majority = held.filter(({ label }) => label === 'ham').length / held.length
  const [few, many] = [accuracy(8), accuracy(80)]
  assert.ok(many >= 0.9, `80 demos: ${many}`)
  assert.ok(many > majority + 0.15, `the larger class alone: ${majority}`)
  assert.ok(few < many, `8 demos: ${few}, 80 demos: ${many}`)
})
