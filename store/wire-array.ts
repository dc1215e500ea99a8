/**
 * Owns: arrays as parameters in Postgres's binary form: one pass, no quoting of every quote of every snapshot.
 * Does not own: which columns there are (batch-columns).
 * Invariants: WA1 the server reads exactly the given values; null stands for SQL's null.
 */

const oids = { int4: 23, int8: 20, text: 25 } as const
const headerBytes = 20

function header(bytes: Buffer, oid: number, length: number, hasNull: boolean): void {
  bytes.writeInt32BE(1, 0)
  bytes.writeInt32BE(hasNull ? 1 : 0, 4)
  bytes.writeInt32BE(oid, 8)
  bytes.writeInt32BE(length, 12)
  bytes.writeInt32BE(1, 16)
}

/** `values` as a parameter of type int4[]. */
export function int4Array(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + values.length * 8)
  header(bytes, oids.int4, values.length, false)
  let at = headerBytes
  for (const value of values) {
    at = bytes.writeInt32BE(4, at)
    at = bytes.writeInt32BE(value, at)
  }
  return bytes
}

/** `values` (safe integers) as a parameter of type int8[]. */
export function int8Array(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + values.length * 12)
  header(bytes, oids.int8, values.length, false)
  let at = headerBytes
  for (const value of values) {
    at = bytes.writeInt32BE(8, at)
    // Two halves instead of a BigInt, because making one for each number costs more than writing it.
    const high = Math.floor(value / 4_294_967_296)
    at = bytes.writeInt32BE(high, at)
    at = bytes.writeUInt32BE(value - high * 4_294_967_296, at)
  }
  return bytes
}

/** `values` as a parameter of type text[]. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let size = headerBytes
  let hasNull = false
  const lengths = new Array<number>(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string | null
    if (value === null) hasNull = true
    lengths[i] = value === null ? -1 : Buffer.byteLength(value)
    size += 4 + Math.max(0, lengths[i]!)
  }
  const bytes = Buffer.allocUnsafe(size)
  header(bytes, oids.text, values.length, hasNull)
  let at = headerBytes
  for (let i = 0; i < values.length; i++) {
    at = bytes.writeInt32BE(lengths[i]!, at)
    const value = values[i] as string | null
    if (value !== null) at += bytes.write(value, at, 'utf8')
  }
  return bytes
}
