/**
 * Owns: the readable text of an HTML mail body.
 * Does not own: which part of a mail is its body (mail-text).
 * Invariants: HT1 whatever the markup, the text comes out without an error.
 */

import { Parser } from 'htmlparser2'

const silent: ReadonlySet<string> = new Set(['script', 'style', 'head', 'title', 'template', 'noscript'])
const blocks: ReadonlySet<string> = new Set(
  'address article blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre section table td th tr ul'.split(
    ' ',
  ),
)

/**
 * The text of `html`: blocks begin new lines, entities are decoded, scripts and styles are left out, blanks are folded.
 *
 * @example htmlText('<p>Hello&nbsp;<b>you</b></p><p>there</p>') // 'Hello you\nthere'
 */
export function htmlText(html: string): string {
  const parts: string[] = []
  let hidden = 0
  const parser = new Parser({
    onopentag(name) {
      if (silent.has(name)) hidden++
      else if (blocks.has(name)) parts.push('\n')
    },
    onclosetag(name) {
      if (silent.has(name)) hidden = Math.max(0, hidden - 1)
      else if (blocks.has(name)) parts.push('\n')
    },
    ontext(text) {
      if (hidden === 0) parts.push(text.replaceAll(/\s+/g, ' '))
    },
  })
  parser.write(html)
  parser.end()
  const lines = parts.join('').split('\n')
  return lines
    .map((line) => line.replaceAll(/[ \u00a0]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}
