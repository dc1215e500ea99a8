/**
 * Owns: the public door of the package.
 * Does not own: anything else; it only exports.
 */

export { checkConfig, createTroupe, Troupe, type TroupeConfig } from '#main'
export {
  type ActorInfo,
  type ActorTurn,
  type Address,
  address,
  type AskOptions,
  type AsksOf,
  type Behaviour,
  canonicalJson,
  type Clock,
  createProcesses,
  type DeadLetter,
  defineActor,
  type Duration,
  type ErrorData,
  type ExitReason,
  formatAddress,
  type Json,
  type MessagesOf,
  parseAddress,
  type Processes,
  type Random,
  realSources,
  type Ref,
  type ReplyOf,
  type ReplyToken,
  type SendOptions,
  type Server,
  type Signal,
  type Sources,
  type Telemetry,
  telemetryEvents,
  TroupeError,
} from '#runtime'
export * from '#supervisors'
