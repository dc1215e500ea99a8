/**
 * Owns: the bound on the bytes of one message.
 * Does not own: the bound on snapshots (durable-host).
 * Invariants: MZ1 what is counted is UTF-8 bytes, not characters, because that is what is stored and sent.
 */

import { type Address, formatAddress } from '../kernel/address.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'

/** @throws `message.too_large` when `text` has more than `limit` bytes */
export function checkSize(text: string, limit: number, to: Address): void {
  // No character has more than three bytes per code unit, so most texts need no counting.
  if (text.length * 3 <= limit) return
  const bytes = Buffer.byteLength(text)
  if (bytes > limit) throw kernelErrors.make('message.too_large', { address: formatAddress(to), bytes, limit })
}
