/**
 * Owns: the short way for mails of one plain part: headers in ASCII, a text body without transfer encoding.
 * Does not own: every other mail (mail-text, through the MIME library).
 * Invariants: PM1 what it reads is what the long way reads; whatever it is not sure of it leaves to the long way.
 */

import { decodeWords } from 'postal-mime'

export interface PlainMail {
  readonly subject: string
  readonly text: string
}

const lineFeed = 10
const carriageReturn = 13
/** With no parameter but the charset: others, such as format=flowed, change how the text is read. */
const plainType = /^text\/plain\s*(?:;\s*charset\s*=\s*(?:"([\w-]+)"|([\w-]+))\s*;?)?\s*$/i
const plainEncoding = /^(?:7bit|8bit)$/i

/** Subject and text of a mail of one plain part; undefined for every other mail. Most mails are such, and take a tenth of the time. */
export function plainMail(raw: Uint8Array): PlainMail | undefined {
  const end = headerEnd(raw)
  // Carriage returns in the body are a matter of the long way, which has its own idea of line ends.
  if (end === undefined || raw.includes(carriageReturn, end)) return undefined
  const headers = headersOf(Buffer.from(raw.buffer, raw.byteOffset, end).toString('latin1'))
  const type = plainType.exec(headers?.get('content-type') ?? 'text/plain')
  if (!headers || !type || !plainEncoding.test(headers.get('content-transfer-encoding') ?? '7bit')) return undefined
  const decoder = decoderOf(type[1] ?? type[2] ?? 'utf-8')
  return decoder && { subject: decodeWords(headers.get('subject') ?? ''), text: decoder.decode(raw.subarray(end)) }
}

/** Where the empty line is; undefined when there is none, or when a byte before it is not printable ASCII. */
function headerEnd(raw: Uint8Array): number | undefined {
  let lineStart = 0
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at]!
    if (byte === lineFeed) {
      if (at === lineStart) return at + 1
      lineStart = at + 1
    } else if ((byte < 32 && byte !== 9) || byte > 126) return undefined
  }
  return undefined
}

/** Headers by their lower-case names; undefined when a line is no header, or when one that counts stands twice. */
function headersOf(block: string): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  const lines = block.replaceAll(/\n[ \t]+/g, ' ').split('\n')
  for (const [at, line] of lines.entries()) {
    if (line === '' || (at === 0 && line.startsWith('From '))) continue
    const match = /^([\w-]+):\s*(.*?)\s*$/.exec(line)
    if (!match) return undefined
    const name = match[1]!.toLowerCase()
    if (!counting.has(name)) continue
    if (headers.has(name)) return undefined
    headers.set(name, match[2]!)
  }
  return headers
}

const counting: ReadonlySet<string> = new Set(['subject', 'content-type', 'content-transfer-encoding'])

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset)
  } catch {
    // A charset that is not known here is a matter for the long way.
    return undefined
  }
}
