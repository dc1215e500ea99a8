/**
 * Owns: the place in a text that is being repaired, what surrounds it (key, value, list), and looking ahead.
 * Does not own: decisions (json-repair, repair-text).
 * Invariants: RC1 looking ahead for a character costs one step, however often it is done, so that repair takes linear time.
 */

import { isSpace } from './python-text.ts'

export type Surrounding = 'key' | 'value' | 'list'

export class RepairCursor {
  readonly text: string
  at = 0
  readonly around: Surrounding[] = []
  readonly #ahead = new Map<string, Int32Array>()

  constructor(text: string) {
    this.text = text
  }

  /** The character at an offset from here; undefined beyond the ends. */
  char(offset = 0): string | undefined {
    return this.text[this.at + offset]
  }

  get innermost(): Surrounding | undefined {
    return this.around[this.around.length - 1]
  }

  /** Does `run` with one more surrounding. */
  within<T>(surrounding: Surrounding, run: () => T): T {
    this.around.push(surrounding)
    try {
      return run()
    } finally {
      this.around.pop()
    }
  }

  /** Offset of the first character at or after `offset` that is no blank. */
  afterBlanks(offset = 0): number {
    let i = offset
    while (this.at + i < this.text.length && isSpace(this.text[this.at + i]!)) i++
    return i
  }

  skipBlanks(): void {
    this.at += this.afterBlanks()
  }

  /** Skips blanks and comments: `# …`, `// …`, block comments. */
  skipBlanksAndComments(): void {
    for (;;) {
      this.skipBlanks()
      const first = this.char()
      if (first !== '#' && !(first === '/' && (this.char(1) === '/' || this.char(1) === '*'))) return
      this.skipComment()
    }
  }

  skipComment(): void {
    const first = this.char()
    if (first === '/' && this.char(1) === '*') {
      const end = this.text.indexOf('*/', this.at + 2)
      this.at = end < 0 ? this.text.length : end + 2
    } else if (first === '#' || this.char(1) === '/') {
      // A `#` comment also ends where what surrounds it ends, because models write such comments on one line.
      const ends =
        first === '#'
          ? `\n\r${this.around.includes('list') ? ']' : ''}${this.around.includes('value') ? '}' : ''}${this.around.includes('key') ? ':' : ''}`
          : '\n\r'
      while (this.at < this.text.length && !ends.includes(this.char()!)) this.at++
    } else this.at++
  }

  /** Offset of the next of some characters that has no odd run of backslashes before it; the distance to the end when there is none. */
  ahead(characters: string, offset = 0): number {
    let nearest = this.text.length
    for (const character of characters) nearest = Math.min(nearest, this.#next(character, this.at + offset))
    return nearest - this.at
  }

  #next(character: string, from: number): number {
    let table = this.#ahead.get(character)
    if (!table) {
      table = positions(this.text, character)
      this.#ahead.set(character, table)
    }
    return table[Math.min(from, this.text.length)]!
  }
}

/** For each place of a text, where the next unescaped `character` is. */
function positions(text: string, character: string): Int32Array {
  const escaped = new Uint8Array(text.length)
  let slashes = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') slashes++
    else {
      if (slashes % 2 === 1) escaped[i] = 1
      slashes = 0
    }
  }
  const table = new Int32Array(text.length + 1)
  table[text.length] = text.length
  for (let i = text.length - 1; i >= 0; i--) table[i] = text[i] === character && escaped[i] === 0 ? i : table[i + 1]!
  return table
}
