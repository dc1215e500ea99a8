/**
 * Owns: the key of the part of a prompt that questions share: everything before the last message.
 * Does not own: what is kept under it (bundled-model), the digest of a whole request (completion-request).
 */

import { createHash } from 'node:crypto'
import type { Message } from '#actors'

/** Roles, lengths and contents in one hash: lengths, so that no two lists of messages run together to the same bytes. */
export function sharedKey(messages: readonly Message[]): string {
  const hash = createHash('sha256')
  for (const { role, content } of messages.slice(0, -1)) hash.update(`${role} ${content.length} `).update(content)
  return hash.digest('base64')
}
