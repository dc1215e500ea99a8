/**
 * Owns: how texts, times and JSON values of the runtime become column values that every database takes, and come back the same.
 * Does not own: tables and statements.
 * Invariants: ST1 decodeText(encodeText(t)) is t for every string, also with NUL and unpaired surrogates, which Postgres refuses or
 * replaces. ST2 a stored time is whole milliseconds and never earlier than the given one, so that no timer fires too soon.
 */

import type { Json } from '#runtime'

/** Marks a text that is stored as JSON because the database cannot hold it as it is. */
const escapeMark = '\u0001'
/** Latest time that a Date can say, in milliseconds since 1970; later ones, also infinity, are stored as this. */
export const latest = 8_640_000_000_000_000

/** `text` as it is stored: itself, but for the rare ones that the database would refuse or change. */
export function encodeText(text: string): string {
  if (text.isWellFormed() && !text.includes('\0') && text.charCodeAt(0) !== 1) return text
  return escapeMark + JSON.stringify(text)
}

/** The text that a column value stands for. */
export function decodeText(stored: string): string {
  return stored.charCodeAt(0) === 1 ? (JSON.parse(stored.slice(1)) as string) : stored
}

/** JSON.stringify writes NUL and unpaired surrogates as escapes, so its text needs none of ours. */
export function encodeJson(value: Json): string {
  return JSON.stringify(value)
}

export function encodeOptionalJson(value: Json | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

export function decodeJson(stored: string): Json {
  return JSON.parse(stored) as Json
}

/** @param time milliseconds since 1970; may be fractional or infinite */
export function wholeMilliseconds(time: number): number {
  return Math.max(-latest, Math.min(latest, Math.ceil(time)))
}

/** The order of the databases: by UTF-8 bytes, which is by code point. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
