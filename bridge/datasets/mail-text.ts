/**
 * Owns: subject and readable body of a raw mail.
 * Does not own: MIME itself (postal-mime), HTML (html-text), where mails come from.
 * Invariants: MT1 every sequence of bytes gives a mail, never an error. MT2 the texts are well-formed Unicode without NUL, so that every
 * store can hold them.
 */

import PostalMime, { type Email } from 'postal-mime'
import { htmlText } from './html-text.ts'
import { plainMail } from './plain-mail.ts'

/** What a reader sees of a mail. */
export interface MailText {
  readonly subject: string
  readonly body: string
}

const replacement = '\ufffd'

/**
 * Reads a mail: encoded words, multipart, base64, quoted-printable and declared charsets are decoded; a body that is only HTML becomes text.
 * Eight-bit bytes without a declared charset are read as UTF-8 when they are valid UTF-8, and as Windows-1252 otherwise.
 *
 * @param raw bytes of the mail as they were received, headers included; a leading mbox line (`From …`) is allowed
 * @example await mailText(new TextEncoder().encode('Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHello')) // { subject: 'Grüße', body: 'Hello' }
 */
export async function mailText(raw: Uint8Array): Promise<MailText> {
  const plain = plainMail(raw)
  const first = plain ? cleanedMail(plain.subject, plain.text) : textOf(await parsed(raw))
  if (!broken(first) || isUtf8(raw)) return first
  const second = textOf(await parsed(Buffer.from(new TextDecoder('windows-1252').decode(raw))))
  return count(second) < count(first) ? second : first
}

async function parsed(raw: Uint8Array): Promise<Email | undefined> {
  try {
    return await PostalMime.parse(raw)
  } catch {
    // A structure over the parser's limits (nesting, size of headers) is still a mail with bytes in it, so its text is taken as it stands.
    return undefined
  }
}

function textOf(mail: Email | undefined): MailText {
  const text = mail?.text?.trim() ? mail.text : mail?.html ? htmlText(mail.html) : ''
  return cleanedMail(mail?.subject ?? '', text)
}

function cleanedMail(subject: string, body: string): MailText {
  return { subject: cleaned(subject).replaceAll(/\s+/g, ' '), body: cleaned(body) }
}

/** One kind of line end, no control characters but tab and line feed, no lone surrogates, at most one empty line in a row. */
function cleaned(text: string): string {
  return (
    text
      .toWellFormed()
      .replaceAll(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this line is for
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .replaceAll(/[ \t]+\n/g, '\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
  )
}

const count = (mail: MailText): number => mail.subject.split(replacement).length + mail.body.split(replacement).length
const broken = (mail: MailText): boolean => mail.subject.includes(replacement) || mail.body.includes(replacement)

function isUtf8(raw: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(raw)
    return true
  } catch {
    // Invalid UTF-8 is the answer that was asked for, not a failure.
    return false
  }
}
