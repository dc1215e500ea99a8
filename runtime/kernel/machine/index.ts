/**
 * Owns: the door of the XState interpreter.
 * Does not own: anything else; it only exports.
 */

export {
  type Expression,
  fact,
  type ReplyOptions,
  reply,
  replyError,
  replyToken,
  selfAddress,
  sender,
  type TellOptions,
  tell,
  type WithSelf,
} from './actions.ts'
export { type ActorReference, actorRef, type Target as ActorTarget } from './actor-ref.ts'
export { actorLogic, machineLogic } from './machine-logic.ts'
