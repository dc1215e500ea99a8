/**
 * Owns: the message envelope as plain data, reply tokens, and the versioned JSON codec.
 * Does not own: schemas of the messages inside (behaviour), subjects (transport).
 * Invariants: EN1 decode(encode(e)) equals e. EN2 an envelope of an older version is upcast, of a newer one refused by name.
 * EN3 whatever the input, decode either returns a valid envelope or throws a catalogued error.
 */

import { type Address, address } from './address.ts'
import { describe } from './errors.ts'
import type { Json } from './json.ts'
import { kernelErrors } from './kernel-errors.ts'

/** A message: a type and whatever else its schema says. */
export interface Message {
  readonly type: string
}

/**
 * Where an answer goes. Plain data: keep it in a context and answer in a later turn, also after a restart.
 * `to` is the asking actor, or absent for a caller outside of any actor (then `node` holds the waiting call).
 */
export interface ReplyToken {
  readonly id: string
  readonly to?: Address
  /** The node at which the call waits, for callers that are no actors. */
  readonly node?: string
  /** The type that the answer has as a message of `to`: it arrives as `{ type: as, value }` or `{ type: as, error }`. */
  readonly as?: string
  /** The message type that is answered, to choose the reply schema. */
  readonly type: string
  readonly idempotencyKey?: string
  /** Digest of the message that the key was used for. */
  readonly digest?: string
}

/** W3C trace context. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

/** What travels between actors. */
export interface Envelope {
  readonly v: 1
  readonly id: string
  readonly to: Address
  readonly from?: Address
  readonly message: Message & { readonly [key: string]: unknown }
  readonly reply?: ReplyToken
  /** Wall time in milliseconds since 1970 after which nobody waits for the answer. */
  readonly deadline?: number
  /** Id of the message that caused this one. */
  readonly causation?: string
  readonly trace?: TraceContext
  readonly idempotencyKey?: string
  /** Id of the reply token that this message answers: such a message need not be in the receiver's protocol. */
  readonly answers?: string
  /** Wall time in milliseconds since 1970 at the sender. */
  readonly sentAt: number
}

export const envelopeVersion = 1

/** From an envelope of version n (the index) to n + 1. Version 1 is the first. */
const upcasters: { readonly [version: number]: (old: Record<string, unknown>) => Record<string, unknown> } = {}

export function encodeEnvelope(envelope: Envelope): string {
  return JSON.stringify(envelope)
}

const fail = (path: string, expected: string, got: unknown): never => {
  throw kernelErrors.make('envelope.invalid', { path, expected, got: describe(got) })
}

/** The envelope that `text` holds. @throws `envelope.invalid`, `envelope.version`, `address.invalid` */
export function decodeEnvelope(text: string): Envelope {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw kernelErrors.make('envelope.invalid', { path: '(whole)', expected: 'JSON', got: describe(text) }, cause)
  }
  return checkEnvelope(parsed)
}

/** `value` as an envelope, checked member by member. @throws `envelope.invalid`, `envelope.version`, `address.invalid` */
export function checkEnvelope(value: unknown): Envelope {
  let it = record(value, '(whole)')
  let version = it.v
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return fail('v', 'a version number', version)
  if (version > envelopeVersion) throw kernelErrors.make('envelope.version', { got: version, newest: envelopeVersion })
  while (version < envelopeVersion) {
    const upcast = upcasters[version]
    if (!upcast) throw kernelErrors.make('envelope.version', { got: version, newest: envelopeVersion })
    it = upcast(it)
    version++
  }
  text(it.id, 'id')
  place(it.to, 'to')
  if (it.from !== undefined) place(it.from, 'from')
  const message = record(it.message, 'message')
  text(message.type, 'message.type')
  if (it.reply !== undefined) token(it.reply, 'reply')
  if (it.deadline !== undefined) number(it.deadline, 'deadline')
  if (it.causation !== undefined) text(it.causation, 'causation')
  if (it.trace !== undefined) text(record(it.trace, 'trace').traceparent, 'trace.traceparent')
  if (it.idempotencyKey !== undefined) text(it.idempotencyKey, 'idempotencyKey')
  if (it.answers !== undefined) text(it.answers, 'answers')
  number(it.sentAt, 'sentAt')
  return it as unknown as Envelope
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return fail(path, 'an object', value)
  return value as Record<string, unknown>
}

function text(value: unknown, path: string): void {
  if (typeof value !== 'string' || value.length === 0 || value.length > 1024) fail(path, 'a text of 1 to 1024 characters', value)
}

function number(value: unknown, path: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(path, 'a number', value)
}

function place(value: unknown, path: string): void {
  const it = record(value, path)
  text(it.kind, `${path}.kind`)
  text(it.key, `${path}.key`)
  address(it.kind as string, it.key as string)
}

function token(value: unknown, path: string): void {
  const it = record(value, path)
  text(it.id, `${path}.id`)
  text(it.type, `${path}.type`)
  if (it.to !== undefined) place(it.to, `${path}.to`)
  for (const member of ['node', 'as', 'idempotencyKey', 'digest'] as const)
    if (it[member] !== undefined) text(it[member], `${path}.${member}`)
}

/** A span of time as callers give it: milliseconds, or "250ms", "2s", "5m", "1h", "infinity". */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}` | 'infinity'

const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration; Infinity for "infinity". @throws `deadline.invalid` */
export function milliseconds(duration: Duration): number {
  if (duration === 'infinity') return Number.POSITIVE_INFINITY
  if (typeof duration === 'number' && duration >= 0) return duration
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) : null
  if (!match) throw kernelErrors.make('deadline.invalid', { got: describe(duration) })
  return Number(match[1]) * unit[match[2] as keyof typeof unit]
}

/** An answer as it travels: a value, or the error of who was asked. */
export type Answer =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: import('./errors.ts').ErrorData }
