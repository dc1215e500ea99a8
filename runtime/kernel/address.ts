/**
 * Owns: addresses (kind + key), their text form, their encoding to a subject token, and the partition that an address belongs to.
 * Does not own: who lives at an address (system) and which node owns a partition (leases).
 * Invariants: A1 `parseAddress(formatAddress(a))` equals `a`. A2 a token has only characters that are legal in one NATS subject
 * token, and decodes to the same key. A3 the partition of an address never changes for a given hash version and partition count.
 */

import { kernelErrors } from './kernel-errors.ts'

/** Where an actor lives: its kind (what it is) and its key (which one). */
export interface Address {
  readonly kind: string
  readonly key: string
}

/** Kinds are identifiers, because they are subject tokens, table values and file names: 1 to 64 of `a-z A-Z 0-9 _ -`, a letter first. */
export const kindPattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
/** Longest key, in UTF-8 bytes. */
export const maxKeyBytes = 512

/** The hash by which keys are spread; stored with a cluster, so that a later one can be told apart. */
export const partitionHashVersion = 1
export const defaultPartitions = 256

/**
 * A checked address.
 *
 * @param kind what it is; see `kindPattern`
 * @param key which one: any Unicode without unpaired surrogates, 1 to 512 UTF-8 bytes
 * @throws `address.invalid`
 * @example address('counter', 'cart-7')
 */
export function address(kind: string, key: string): Address {
  if (typeof kind !== 'string' || !kindPattern.test(kind)) {
    throw kernelErrors.make('address.invalid', {
      part: 'kind',
      got: String(kind).slice(0, 100),
      expected: 'a letter, then up to 63 of a-z A-Z 0-9 _ -',
    })
  }
  if (
    typeof key !== 'string' ||
    key.length === 0 ||
    !key.isWellFormed() ||
    key.includes('\0') ||
    Buffer.byteLength(key) > maxKeyBytes
  ) {
    const expected = `1 to ${maxKeyBytes} UTF-8 bytes of Unicode text without NUL and unpaired surrogates`
    throw kernelErrors.make('address.invalid', { part: 'key', got: String(key).slice(0, 100), expected })
  }
  return { kind, key }
}

/** `kind/key`, for people, logs and maps. */
export function formatAddress(of: Address): string {
  return `${of.kind}/${of.key}`
}

/** The address that `text` (`kind/key`; the key may hold slashes) names. @throws `address.invalid` */
export function parseAddress(text: string): Address {
  const slash = text.indexOf('/')
  if (slash < 0)
    throw kernelErrors.make('address.invalid', {
      part: 'address',
      got: text.slice(0, 100),
      expected: 'kind/key, for example counter/cart-7',
    })
  return address(text.slice(0, slash), text.slice(slash + 1))
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.key === b.key && a.kind === b.kind
}

const plain = /^[A-Za-z0-9_-]$/

/** The key as one subject token: letters, digits, `_` and `-` stay, every other UTF-8 byte becomes `=XX`. */
export function encodeToken(key: string): string {
  let token = ''
  for (const char of key) {
    if (plain.test(char)) token += char
    else for (const byte of Buffer.from(char)) token += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return token
}

/** The key that a token stands for. @throws `address.invalid` when it is not one that `encodeToken` makes */
export function decodeToken(token: string): string {
  const bytes: number[] = []
  for (let i = 0; i < token.length; i++) {
    const escaped = token[i] === '=' && /^[0-9A-F]{2}$/.test(token.slice(i + 1, i + 3))
    bytes.push(escaped ? Number.parseInt(token.slice(i + 1, i + 3), 16) : token.charCodeAt(i) & 0xff)
    if (escaped) i += 2
  }
  const key = Buffer.from(bytes).toString('utf8')
  // Comparing with the encoding refuses every second spelling at once, so that two subjects never mean one actor.
  if (encodeToken(key) !== token)
    throw kernelErrors.make('address.invalid', {
      part: 'token',
      got: token.slice(0, 100),
      expected: 'a token made by encodeToken',
    })
  return key
}

/**
 * The partition of an address: FNV-1a over the UTF-8 of `kind/key`, finished by murmur's mixer, modulo the count.
 *
 * @param partitions number of partitions of the installation, 256 unless it was created otherwise
 */
export function partitionOf(of: Address, partitions: number = defaultPartitions): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(formatAddress(of))) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions
}
