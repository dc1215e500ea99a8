/**
 * Owns: the one shape of every failure that a caller or an operator sees, and the builder of closed catalogues.
 * Does not own: the entries of other folders; each folder declares its own with `catalogue` and the door exports them all.
 * Invariants: E1 errors are compared by `code`, never by class, because they cross processes. E2 every entry has a remedy and a
 * sample, so that a test can build and print all of them.
 */

import type { Json } from './json.ts'

/** Whether trying again may help: never (the input is wrong), later (a passing state), elsewhere (another node or provider). */
export type Retry = 'never' | 'later' | 'elsewhere'
/** Who can act on it: the caller that gave the input, or the operator of the installation. */
export type Audience = 'caller' | 'operator'

export type ErrorFields = { readonly [field: string]: Json | undefined }

/** An error as plain data, as it is stored and sent. */
export interface ErrorData {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly retry: Retry
  readonly audience: Audience
  readonly fields: ErrorFields
  readonly cause?: ErrorData
}

/** One entry of a catalogue. */
export interface ErrorEntry<F extends ErrorFields> {
  readonly message: (fields: F) => string
  readonly remedy: (fields: F) => string
  readonly retry: Retry
  readonly audience: Audience
  /** An example of its fields, from which a test builds and prints it. */
  readonly sample: F
}

/**
 * Every failure that Troupe reports.
 *
 * @example
 * try { throw kernelErrors.make('mailbox.full', { address: 'counter/c1', limit: 10 }) }
 * catch (error) { if (TroupeError.is(error, 'mailbox.full')) console.log(error.remedy) }
 */
export class TroupeError extends Error {
  readonly code: string
  readonly fields: ErrorFields
  readonly remedy: string
  readonly retry: Retry
  readonly audience: Audience

  constructor(data: Omit<ErrorData, 'cause'>, cause?: unknown) {
    super(data.message, cause === undefined ? undefined : { cause })
    this.name = 'TroupeError'
    this.code = data.code
    this.fields = data.fields
    this.remedy = data.remedy
    this.retry = data.retry
    this.audience = data.audience
  }

  /** True when `value` is a Troupe error, of that code if one is given. */
  static is(value: unknown, code?: string): value is TroupeError {
    return (
      value instanceof Error &&
      typeof (value as TroupeError).code === 'string' &&
      'remedy' in value &&
      (code === undefined || (value as TroupeError).code === code)
    )
  }

  toJSON(): ErrorData {
    return errorData(this)
  }
}

/** Any thrown value as plain data. A foreign error has the code `foreign`; its stack stays here, because it may name files of the host. */
export function errorData(thrown: unknown): ErrorData {
  if (TroupeError.is(thrown)) {
    const { code, message, remedy, retry, audience, fields } = thrown
    const data = { code, message, remedy, retry, audience, fields }
    return thrown.cause === undefined ? data : { ...data, cause: errorData(thrown.cause) }
  }
  const error = thrown instanceof Error ? thrown : undefined
  const data: ErrorData = {
    code: 'foreign',
    message: error ? error.message : describe(thrown),
    remedy: 'Read the cause: the error comes from the code that was called, not from Troupe.',
    retry: 'never',
    audience: 'operator',
    fields: error ? { name: error.name } : {},
  }
  return error?.cause === undefined ? data : { ...data, cause: errorData(error.cause) }
}

/** The error that `data` describes, as an object that can be thrown. */
export function errorFrom(data: ErrorData): TroupeError {
  return new TroupeError(data, data.cause && errorFrom(data.cause))
}

/** A short, safe text of any value, for messages: at most `limit` characters. */
export function describe(value: unknown, limit = 120): string {
  let text: string
  try {
    text =
      typeof value === 'string'
        ? JSON.stringify(value)
        : typeof value === 'function'
          ? `function ${value.name || '(anonymous)'}`
          : (JSON.stringify(value) ?? String(value))
  } catch {
    text = Object.prototype.toString.call(value)
  }
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

// biome-ignore lint/suspicious/noExplicitAny: the entries' field types differ and are recovered per code by FieldsOf
type AnyEntry = ErrorEntry<any>
export type FieldsOf<E> = E extends ErrorEntry<infer F> ? F : never

/** A closed set of errors: build one by its code and fields. */
export interface Catalogue<T extends Record<string, AnyEntry>> {
  readonly entries: T
  make<C extends keyof T & string>(code: C, fields: FieldsOf<T[C]>, cause?: unknown): TroupeError
}

/** Declares one entry; it only fixes the types of its fields. */
export function entry<F extends ErrorFields>(definition: ErrorEntry<F>): ErrorEntry<F> {
  return definition
}

/** Declares a closed catalogue of errors. */
export function catalogue<T extends Record<string, AnyEntry>>(entries: T): Catalogue<T> {
  return {
    entries,
    make(code, fields, cause) {
      const found = entries[code]!
      return new TroupeError(
        {
          code,
          message: found.message(fields),
          remedy: found.remedy(fields),
          retry: found.retry,
          audience: found.audience,
          fields,
        },
        cause,
      )
    },
  }
}
