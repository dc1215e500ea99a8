/**
 * Owns: doing what a committed draft asked for, in the order of its decisions.
 * Does not own: rows; they are already written.
 * Invariants: T1, L2.
 */

import type { LiveParts } from '../kernel/live-parts.ts'
import type { Decision } from '../kernel/logic.ts'
import type { DurableContext } from './durable-context.ts'
import { answerJoined } from './idempotency.ts'
import type { Inbox } from './inbox.ts'
import type { TurnDraft } from './turn-draft.ts'

type Performer = { readonly [T in Decision['type']]: (live: LiveParts, decision: Extract<Decision, { type: T }>) => void }

const byRow = (): void => undefined

const performers: Performer = {
  run: (live, decision) => live.run(decision),
  emit: (live, decision) => live.emit(decision.event),
  log: (live, decision) => live.log(decision),
  start_effect: (live, decision) => live.startEffect(decision, false),
  stop_effect: (live, decision) => live.stopEffect(decision.id),
  start_volatile: (live, decision) => live.startChild(decision),
  stop_volatile: (live, decision) => live.stopChild(decision.id),
  send_volatile: (live, decision) => live.sendChild(decision),
  // These are rows of the commit; the relay, the timers and the answers of the draft do the rest.
  tell: byRow,
  reply: byRow,
  set_timer: byRow,
  cancel_timer: byRow,
  fact: byRow,
  stop: byRow,
}

/** Performs one decision that concerns the actor's living parts. */
export function performLive(live: LiveParts, decision: Decision): void {
  ;(performers[decision.type] as (live: LiveParts, decision: Decision) => void)(live, decision)
}

export function performDraft(context: DurableContext, inbox: Inbox, draft: TurnDraft, cell: { view(): unknown }): void {
  for (const after of draft.after) {
    if (after.type === 'decision') performLive(inbox.live, after.decision)
    else if (after.type === 'tell') context.tellVolatile(after.to, after.message, inbox.address, after.reply)
    else {
      context.asks.answer(after.token, after.answer, inbox.address)
      if (after.token.idempotencyKey !== undefined) answerJoined(context, inbox, after.token.idempotencyKey, after.answer)
    }
  }
  if (inbox.live.observed) inbox.live.show(() => cell.view())
}
