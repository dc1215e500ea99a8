/**
 * Owns: Postgres's message protocol towards the embedded database: a statement and its answer in one call.
 * Does not own: starting and stopping it, taking turns (pglite-database).
 * Invariants: PW1 a named statement is parsed once; every later run is bind, execute and sync in one message. PW2 an error leaves the session in
 * sync, because every message ends with a sync.
 */

import { protocol } from '@electric-sql/pglite'
import { type Parameter, parserOf, type Result, type Row } from './database.ts'

const { serialize, Parser } = protocol

interface Field {
  readonly name: string
  readonly parse: (text: string) => string | number | boolean
}

/** Sends bytes, gets the bytes of the whole answer. */
export type Exchange = (message: Uint8Array) => Promise<Uint8Array>

export class PgliteWire {
  readonly #exchange: Exchange
  readonly #prepared = new Map<string, readonly Field[]>()

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** @param name '' = not prepared */
  async query(name: string, text: string, parameters: readonly unknown[]): Promise<Result> {
    const known = name === '' ? undefined : this.#prepared.get(name)
    const values = parameters.map(wireValue)
    const parts: Uint8Array[] = []
    if (!known) parts.push(serialize.parse({ name, text }))
    if (!known) parts.push(serialize.describe({ type: 'S', name }))
    parts.push(serialize.bind({ statement: name, values }), serialize.execute(), serialize.sync())
    const answer = readAnswer(await this.#exchange(Buffer.concat(parts)), known)
    // Also when it failed later on: the session has it now, and a second parse under its name would be refused.
    if (name !== '' && answer.parsed) this.#prepared.set(name, answer.fields)
    if (answer.failure !== undefined) throw answer.failure
    return answer
  }
}

type WireValue = string | null | Uint8Array

function wireValue(value: unknown): WireValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  return String(value as Parameter | bigint)
}

interface Message {
  readonly name: string
  readonly fields?: readonly unknown[]
  readonly text?: string
}

interface Answer extends Result {
  readonly fields: readonly Field[]
  /** A new statement was accepted. */
  readonly parsed: boolean
  readonly failure: unknown
}

function readAnswer(bytes: Uint8Array, known: readonly Field[] | undefined): Answer {
  const rows: Row[] = []
  let fields = known ?? []
  let tag = ''
  let parsed = false
  let failure: unknown
  new Parser().parse(bytes, (raw: unknown) => {
    const message = raw as Message
    if (message.name === 'dataRow') rows.push(rowOf(fields, message.fields as readonly (string | null)[]))
    else if (message.name === 'rowDescription') fields = (message.fields as readonly RawField[]).map(fieldOf)
    else if (message.name === 'commandComplete') tag = message.text ?? ''
    else if (message.name === 'parseComplete') parsed = true
    else if (message.name === 'error') failure ??= raw
  })
  const words = tag.split(' ')
  return { rows, fields, parsed, failure, command: words[0] ?? '', count: Number(words[words.length - 1]) || 0 }
}

interface RawField {
  readonly name: string
  readonly dataTypeID: number
}

function fieldOf(field: RawField): Field {
  return { name: field.name, parse: parserOf(field.dataTypeID) }
}

function rowOf(fields: readonly Field[], texts: readonly (string | null)[]): Row {
  const row: Record<string, string | number | boolean | null> = {}
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    const text = texts[i] ?? null
    row[field.name] = text === null ? null : field.parse(text)
  }
  return row
}
