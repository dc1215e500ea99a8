/**
 * Owns: the public door of the package.
 * Does not own: anything else; it only exports.
 */

export { checkConfig, createTroupe, Troupe, type TroupeConfig } from '#main'
export {
  type ActorInfo,
  type ActorTurn,
  type Address,
  type AskOptions,
  type AsksOf,
  actorRef,
  address,
  type Behaviour,
  type Clock,
  canonicalJson,
  createProcesses,
  type DeadLetter,
  type Duration,
  defineActor,
  type ErrorData,
  type ExitReason,
  fact,
  formatAddress,
  type Json,
  type MessagesOf,
  type Processes,
  parseAddress,
  type Random,
  type Ref,
  type ReplyOf,
  type ReplyToken,
  realSources,
  reply,
  replyError,
  replyToken,
  type SendOptions,
  type Server,
  type Signal,
  type Sources,
  sender,
  type Telemetry,
  TroupeError,
  telemetryEvents,
  tell,
} from '#runtime'
export * from '#supervisors'
