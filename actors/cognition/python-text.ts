/**
 * Owns: the text functions of Python's `str`, `textwrap` and `inspect` where they differ from JavaScript's and decide the bytes of a prompt.
 * Does not own: how values are printed (python-value).
 * Invariants: PT1 each function gives what Python 3.11 gives for the same text.
 */

/** What `str.isspace` is true for: unlike `trim`, the separators 1C–1F and 85 count and the byte order mark does not. */
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const leading = new RegExp(`^[${space}]+`)
const spaceOnly = new RegExp(`^[${space}]$`)
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at these control characters
const lineEnds = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/

/** `str.isspace` of one character. */
export function isSpace(character: string): boolean {
  return spaceOnly.test(character)
}

/** `str.lstrip()`. */
export function stripStart(text: string): string {
  return text.replace(leading, '')
}

/** `str.rstrip()`. */
export function stripEnd(text: string): string {
  // Walked by hand, because a pattern that ends in `+$` takes quadratic time on long runs of blanks in the middle.
  let end = text.length
  while (end > 0 && isSpace(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** `str.strip()`. */
export function strip(text: string): string {
  return stripEnd(stripStart(text))
}

/** `str.splitlines()`: more line ends than JavaScript knows, and no empty last line. */
export function splitLines(text: string): string[] {
  const lines = text.split(lineEnds)
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}

/** `textwrap.dedent`: the blanks and tabs that all lines share are taken off; lines of blanks become empty. */
export function dedent(text: string): string {
  const lines = text.split('\n').map((line) => (/^[ \t]+$/.test(line) ? '' : line))
  let margin: string | undefined
  for (const line of lines) {
    if (line === '') continue
    const indent = /^[ \t]*/.exec(line)![0]
    margin = margin === undefined ? indent : sharedStart(margin, indent)
  }
  const width = margin?.length ?? 0
  return lines.map((line) => (line === '' ? line : line.slice(width))).join('\n')
}

function sharedStart(a: string, b: string): string {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return a.slice(0, i)
}

/** `inspect.cleandoc`: what DSPy does with every instruction text. */
export function cleanDoc(text: string): string {
  const lines = expandTabs(text).split('\n')
  let margin = Number.POSITIVE_INFINITY
  for (const line of lines.slice(1)) {
    const content = stripStart(line)
    if (content !== '') margin = Math.min(margin, line.length - content.length)
  }
  const cleaned = lines.map((line, i) =>
    i === 0 ? stripStart(line) : margin < Number.POSITIVE_INFINITY ? line.slice(margin) : line,
  )
  while (cleaned.length > 0 && cleaned[cleaned.length - 1] === '') cleaned.pop()
  while (cleaned.length > 0 && cleaned[0] === '') cleaned.shift()
  return cleaned.join('\n')
}

/** `str.expandtabs(8)`: columns are counted in code points from the last line end. */
function expandTabs(text: string): string {
  if (!text.includes('\t')) return text
  let column = 0
  let out = ''
  for (const character of text) {
    if (character === '\t') {
      const width = 8 - (column % 8)
      out += ' '.repeat(width)
      column += width
    } else {
      out += character
      column = character === '\n' || character === '\r' ? 0 : column + 1
    }
  }
  return out
}

/** `str.capitalize()`. */
export function capitalize(word: string): string {
  const [first = '', ...rest] = word
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** `str.isupper()`: it has a cased character and none that is not upper case. */
export function isUpper(word: string): boolean {
  return /\p{Lu}/u.test(word) && !/[\p{Ll}\p{Lt}]/u.test(word)
}

/** Text between the quotes that `repr` of a `str` would choose, escaped as it would. */
export function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (character === quote || character === '\\') out += `\\${character}`
    else if (character === '\n') out += '\\n'
    else if (character === '\r') out += '\\r'
    else if (character === '\t') out += '\\t'
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character)) out += unicodeEscape(code)
    else out += character
  }
  return out + quote
}

function unicodeEscape(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

const keywords: ReadonlySet<string> = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)

/** Whether a name may stand for a parameter in Python: an identifier and no keyword. */
export function isParameterName(name: string): boolean {
  return /^[\p{XID_Start}_][\p{XID_Continue}]*$/u.test(name) && !keywords.has(name)
}

const simpleEscapes: { readonly [letter: string]: string } = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** The text that a Python string literal means, given what stands between its quotes. Unknown escapes stay as they are. */
export function unescapeText(body: string): string {
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[\s\S])/gu, (whole, sequence: string) => {
    const letter = sequence[0]!
    if (sequence.length > 1 && /[xuU]/.test(letter)) return codePoint(Number.parseInt(sequence.slice(1), 16)) ?? whole
    if (/[0-7]/.test(letter)) return codePoint(Number.parseInt(sequence, 8)) ?? whole
    return simpleEscapes[letter] ?? whole
  })
}

function codePoint(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
