/**
 * Owns: how the bundled model counts tokens: up to six letters of a word, up to three digits, or one other sign that is no blank.
 * Does not own: how real models count.
 * Invariants: TK1 the count of a text is the number of pieces that `cutTokens` can cut it into.
 */

const token = /\p{L}{1,6}|\p{N}{1,3}|[^\s\p{L}\p{N}]/gu

/**
 * Tokens of a text.
 *
 * @example countTokens('Hello, world!') // 4
 */
export function countTokens(text: string): number {
  return text.match(token)?.length ?? 0
}

/** The text up to the end of its `limit`-th token, and whether something was cut off. */
export function cutTokens(text: string, limit: number): { readonly text: string; readonly cut: boolean } {
  let count = 0
  let end = 0
  for (const match of text.matchAll(token)) {
    if (++count > limit) return { text: text.slice(0, end), cut: true }
    end = match.index + match[0].length
  }
  return { text, cut: false }
}
