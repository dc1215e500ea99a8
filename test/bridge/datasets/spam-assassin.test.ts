/**
 * Owns: the proof that the bundled mails are all read, in order, and that a missing or damaged package is told.
 * Does not own: MIME.
 * Invariants: SA1.
 */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sealDataset } from '../../../actors/evaluation/dataset.ts'
import { type MailExample, spamAssassinMails } from '../../../bridge/datasets/spam-assassin.ts'

async function collected(mails: AsyncIterable<MailExample>): Promise<MailExample[]> {
  const all: MailExample[] = []
  for await (const mail of mails) all.push(mail)
  return all
}

async function failing(list: string | undefined): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-mails-'))
  try {
    await mkdir(join(folder, 'data'))
    if (list !== undefined) await writeFile(join(folder, 'data', 'file_list.json'), list)
    return await collected(spamAssassinMails({ folder })).then(
      () => assert.fail('expected an error'),
      (error: unknown) => error,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('SA1 all 6,046 mails are read in the order of the package, with readable texts', async () => {
  const mails: MailExample[] = await collected(spamAssassinMails())
  const { seal } = sealDataset('mail', mails, { inputs: ['subject', 'body'], label: 'label' })
  assert.deepEqual(seal.statistics.labels, [
    { label: 'ham', count: 4150 },
    { label: 'spam', count: 1896 },
  ])
  assert.equal(mails[0]!.subject, 'Re: New Sequences Window')
  assert.match(mails[0]!.body, /^Date:.*Wed, 21 Aug 2002/)
  const damaged = mails.filter((mail) => `${mail.subject}${mail.body}`.includes('\ufffd'))
  assert.ok(damaged.length < 40, `${damaged.length} mails have undecodable characters`)
  assert.ok(mails.every((mail) => mail.body.isWellFormed()))
})

test('bodies are cut after the limit and never within a pair', async () => {
  let seen = 0
  for await (const mail of spamAssassinMails({ bodyLimit: 100 })) {
    assert.ok(mail.body.length <= 100 && mail.body.isWellFormed())
    if (++seen === 50) break
  }
})

test('a damaged package is told with the file', async () => {
  for (const list of [undefined, '{', '{}', '[]', '[1]', '["spam-1/gone.txt"]']) {
    const error = (await failing(list)) as { code: string; remedy: string }
    assert.equal(error.code, 'dataset.package_damaged', list)
    assert.match(error.remedy, /npm install/)
  }
})
