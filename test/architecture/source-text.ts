/**
 * Owns: TypeScript text seen without its comments, and without the contents of its strings.
 * Does not own: meaning; nothing here parses more than comments, strings, templates and regular expressions.
 * Invariants: ST1 line and column of what is left are those of the original.
 */

export interface CodeView {
  /** Comments are blanks. */
  readonly code: string
  /** Comments and the contents of strings, templates (not their expressions) and regular expressions are blanks. */
  readonly bare: string
  /** The comments, in order. */
  readonly comments: readonly { readonly at: number; readonly text: string }[]
}

/** Characters after which a slash starts a regular expression and does not divide. */
const beforeRegex = /(?:[=([{,;:!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|delete|void|throw|yield|await|else|do))\s*$/

/** Reads `source` once from left to right. */
export function viewCode(source: string): CodeView {
  const code = source.split('')
  const bare = [...code]
  const comments: { at: number; text: string }[] = []
  const blank = (into: string[], from: number, to: number): void => {
    for (let i = from; i < to; i++) if (into[i] !== '\n') into[i] = ' '
  }
  /** Depth of braces at which each open template expression ends. */
  const templates: number[] = []
  let depth = 0

  const literal = (from: number, end: number): number => {
    blank(bare, from + 1, end - 1)
    return end
  }
  const template = (from: number): number => {
    let i = from
    while (i < source.length && source[i] !== '`' && !source.startsWith('${', i)) i += source[i] === '\\' ? 2 : 1
    blank(bare, from, i)
    if (source[i] === '`') return i + 1
    templates.push(depth++)
    return i + 2
  }

  for (let i = 0; i < source.length; ) {
    const char = source[i]!
    const two = source.slice(i, i + 2)
    if (two === '//' || two === '/*') {
      const end = endOfComment(source, i)
      comments.push({ at: i, text: source.slice(i, end) })
      blank(code, i, end)
      blank(bare, i, end)
      i = end
    } else if (char === "'" || char === '"') i = literal(i, endOfQuoted(source, i, char))
    else if (char === '`') i = template(i + 1)
    else if (char === '/' && isRegex(bare, i)) i = literal(i, endOfRegex(source, i))
    else {
      if (char === '{') depth++
      if (char === '}') depth--
      if (char === '}' && templates.at(-1) === depth) {
        templates.pop()
        i = template(i + 1)
      } else i++
    }
  }
  return { code: code.join(''), bare: bare.join(''), comments }
}

function isRegex(bare: readonly string[], at: number): boolean {
  const before = bare.slice(Math.max(0, at - 40), at).join('')
  return before.trim() === '' || beforeRegex.test(before)
}

function endOfComment(source: string, at: number): number {
  const close = source.startsWith('//', at) ? source.indexOf('\n', at) : source.indexOf('*/', at)
  if (close < 0) return source.length
  return source.startsWith('//', at) ? close : close + 2
}

function endOfQuoted(source: string, at: number, quote: string): number {
  let i = at + 1
  while (i < source.length && source[i] !== quote && source[i] !== '\n') i += source[i] === '\\' ? 2 : 1
  return i + 1
}

function endOfRegex(source: string, at: number): number {
  let inClass = false
  let i = at + 1
  for (; i < source.length && source[i] !== '\n'; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '[') inClass = true
    else if (source[i] === ']') inClass = false
    else if (source[i] === '/' && !inClass) break
  }
  i++
  while (/[a-z]/.test(source[i] ?? '')) i++
  return i
}

/** Line number (from 1) of an offset. */
export function lineAt(source: string, offset: number): number {
  let line = 1
  for (let i = 0; i < offset; i++) if (source[i] === '\n') line++
  return line
}
