/**
 * Owns: how long a provider asks to wait, read from its headers.
 * Does not own: whether that is obeyed (retry-decision).
 */

/**
 * Milliseconds to wait from now; undefined when the headers do not say. `retry-after-ms` is milliseconds, `retry-after` seconds or an HTTP date.
 *
 * @param headers by lower-case name
 * @param now wall time in milliseconds since 1970
 * @example retryAfter({ 'retry-after': '1.5' }, 0) // 1500
 */
export function retryAfter(headers: unknown, now: number): number | undefined {
  const read = (name: string): string | undefined => {
    const value = headers !== null && typeof headers === 'object' ? (headers as { [header: string]: unknown })[name] : undefined
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const exact = Number(read('retry-after-ms') ?? Number.NaN)
  if (exact >= 0 && Number.isFinite(exact)) return exact
  const text = read('retry-after')
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) || seconds < 0 ? undefined : Math.max(0, date - now)
}
