/**
 * Owns: numbers, durations, sizes, money and shares as texts for people; the same on every machine, whatever its language.
 * Does not own: the words around them.
 * Invariants: NU1 a number that is not known is printed as `unknown`, never as 0.
 */

export const unknown = 'unknown'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** @example count(6046) // '6,046' */
export function count(value: number): string {
  return grouped.format(value)
}

/** @example plural(1, 'mail') // '1 mail' */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** Three figures and a unit. @example compact(12_345) // '12.3k' */
export function compact(value: number): string {
  return scaled(value, 1000, ['', 'k', 'M', 'G', 'T'], '')
}

/** Bytes in powers of 1,000, as disks are sold. @example bytes(1_536_000) // '1.54 MB' */
export function bytes(value: number): string {
  return scaled(value, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], ' ')
}

function scaled(value: number, step: number, units: readonly string[], gap: string): string {
  let unit = 0
  let left = Math.abs(value)
  // 999.5 would be rounded to 1000, which belongs to the next unit.
  while (left >= step - 0.5 && unit < units.length - 1) {
    left /= step
    unit++
  }
  const text = unit === 0 ? String(Math.round(left)) : significant(left)
  return `${value < 0 ? '-' : ''}${text}${units[unit] === '' ? '' : gap}${units[unit]}`
}

/** Three significant figures without an exponent. */
function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

/**
 * A duration of `milliseconds`.
 *
 * @example duration(412) // '412 ms'
 * @example duration(83_000) // '1m 23s'
 */
export function duration(milliseconds: number | undefined): string {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return unknown
  if (milliseconds < 9.95) return `${milliseconds.toFixed(milliseconds < 0.995 ? 2 : 1)} ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`
}

/** A rough duration for forecasts: whole seconds. @example forecast(4_300) // '5s' */
export function forecast(milliseconds: number | undefined): string {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return '?'
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : duration(seconds * 1000)
}

const two = (value: number): string => String(value).padStart(2, '0')

/** US dollars, with as many digits as a small amount needs. @example money(0.00042) // '$0.00042' */
export function money(dollars: number | undefined): string {
  if (dollars === undefined) return unknown
  if (dollars === 0) return '$0'
  if (Math.abs(dollars) >= 0.995) return `$${dollars.toFixed(2)}`
  return `$${Number(dollars.toPrecision(2)).toFixed(Math.min(12, 1 - Math.floor(Math.log10(Math.abs(dollars)))))}`
}

/** A share from 0 to 1 with one decimal. @example percent(0.925) // '92.5%' */
export function percent(share: number | undefined): string {
  return share === undefined ? unknown : `${(share * 100).toFixed(1)}%`
}

/** @example rate(18.42) // '18.4/s' */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return '?/s'
  return `${perSecond >= 999.5 ? compact(perSecond) : significant(perSecond)}/s`
}

/** A wall time (milliseconds since 1970) as `2026-01-31 12:00:05` UTC. */
export function wallTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** How long ago a wall time is, seen from `now`. @example ago(0, 5_000) // '5 s ago' */
export function ago(at: number, now: number): string {
  const past = now - at
  if (past < 1000) return 'just now'
  if (past < 60_000) return `${Math.floor(past / 1000)} s ago`
  if (past < 3_600_000) return `${Math.floor(past / 60_000)} min ago`
  if (past < 86_400_000) return `${Math.floor(past / 3_600_000)} h ago`
  return `${plural(Math.floor(past / 86_400_000), 'day')} ago`
}
