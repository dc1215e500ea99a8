/**
 * Owns: a turn for tests that keeps what was decided.
 * Does not own: performing any of it.
 */

import type { Address } from '../../../../runtime/kernel/address.ts'
import type { ReplyToken } from '../../../../runtime/kernel/envelope.ts'
import type { Decision, Turn } from '../../../../runtime/kernel/logic.ts'

type DecisionOf<T extends Decision['type']> = Extract<Decision, { type: T }>

export class RecordingTurn implements Turn {
  readonly self: Address = { kind: 'order', key: 'o1' }
  readonly now = 1_700_000_000_000
  reply: ReplyToken | undefined
  from: Address | undefined
  decisions: Decision[] = []

  push(decision: Decision): void {
    this.decisions.push(decision)
  }

  /** Takes what was decided since the last call. */
  take(): readonly Decision[] {
    const taken = this.decisions
    this.decisions = []
    return taken
  }

  /** The only decision of a type since the last `take`. */
  only<T extends Decision['type']>(type: T): DecisionOf<T> {
    const found = this.decisions.filter((decision): decision is DecisionOf<T> => decision.type === type)
    if (found.length !== 1) throw new Error(`expected one ${type}, got ${JSON.stringify(this.decisions)}`)
    return found[0]!
  }

  types(): readonly string[] {
    return this.decisions.map(({ type }) => type)
  }
}

/** A value as it comes back from storage. */
export const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
