/**
 * Owns: the typed catalogue of telemetry events and the one door through which they go.
 * Does not own: sinks (runtime/telemetry): log, metrics.
 * Invariants: TE1 nothing else logs. TE2 an emitter never throws into its caller.
 */

/** Every event: its measurements (numbers, with units), its metadata (texts), and when it is emitted. */
export const telemetryEvents = {
  'actor.started': {
    measurements: [],
    metadata: ['address'],
    level: 'debug',
    when: 'a cell is living: started new, restored or restarted',
  },
  'actor.stopped': {
    measurements: [],
    metadata: ['address', 'reason'],
    level: 'debug',
    when: 'a cell ended in good order or was passivated',
  },
  'actor.crashed': {
    measurements: [],
    metadata: ['address', 'reason', 'type'],
    level: 'warn',
    when: 'a turn threw: nothing of it was committed',
  },
  'actor.quarantined': {
    measurements: [],
    metadata: ['address', 'reason'],
    level: 'error',
    when: 'a stored snapshot cannot be used',
  },
  'action.failed': {
    measurements: [],
    metadata: ['address', 'action', 'reason'],
    level: 'error',
    when: 'a custom action threw after its turn was committed',
  },
  'turn.committed': {
    measurements: ['turns', 'messages', 'milliseconds'],
    metadata: ['store'],
    level: 'trace',
    when: 'a batch of turns was committed',
  },
  'turn.bisected': {
    measurements: ['turns'],
    metadata: ['reason'],
    level: 'warn',
    when: 'a batch failed and is tried again in halves',
  },
  'partition.waiting': {
    measurements: ['partitions', 'remaining'],
    metadata: ['owner'],
    level: 'info',
    when: 'a start waits for leases of another owner, of which the longest has so many milliseconds left',
  },
  'partition.claimed': { measurements: ['partitions'], metadata: ['owner'], level: 'debug', when: 'leases were taken' },
  'partition.lost': {
    measurements: ['partition'],
    metadata: ['owner', 'reason'],
    level: 'warn',
    when: 'a lease was taken over by another owner, or could not be renewed',
  },
  'message.dead': {
    measurements: ['tries'],
    metadata: ['address', 'type', 'reason'],
    level: 'error',
    when: 'a message went to the dead letters',
  },
  'message.refused': {
    measurements: [],
    metadata: ['address', 'type', 'reason'],
    level: 'debug',
    when: 'a message was refused: full mailbox, bad schema, unknown kind',
  },
  'message.dropped': {
    measurements: [],
    metadata: ['address', 'type', 'reason'],
    level: 'debug',
    when: 'a volatile message was dropped by its overflow answer',
  },
  'reply.late': {
    measurements: [],
    metadata: ['address', 'type'],
    level: 'debug',
    when: 'an answer came after its deadline and was dropped',
  },
  'effect.started': {
    measurements: [],
    metadata: ['address', 'effect', 'src'],
    level: 'trace',
    when: 'an effect was started after its commit',
  },
  'effect.resumed': {
    measurements: [],
    metadata: ['address', 'effect', 'src'],
    level: 'info',
    when: 'an effect without a recorded result was started again',
  },
  'effect.settled': {
    measurements: ['milliseconds'],
    metadata: ['address', 'effect', 'src', 'ok'],
    level: 'trace',
    when: 'an effect came to its end',
  },
  'timer.fired': {
    measurements: ['late'],
    metadata: ['address', 'timer'],
    level: 'trace',
    when: 'a durable timer became a message',
  },
  'snapshot.large': {
    measurements: ['bytes'],
    metadata: ['address'],
    level: 'warn',
    when: 'a snapshot is over the warning size',
  },
  'supervisor.restarted': {
    measurements: ['restarts'],
    metadata: ['supervisor', 'child', 'reason'],
    level: 'info',
    when: 'a child was started again',
  },
  'supervisor.gave_up': {
    measurements: ['restarts'],
    metadata: ['supervisor', 'child', 'reason'],
    level: 'error',
    when: 'the restart intensity was exceeded',
  },
  'supervisor.report': {
    measurements: [],
    metadata: ['supervisor', 'child', 'context', 'reason'],
    level: 'warn',
    when: 'a child ended, failed to start or stopped in another way than it was asked to',
  },
  'model.called': {
    measurements: ['milliseconds', 'inputTokens', 'outputTokens'],
    metadata: ['model', 'outcome'],
    level: 'debug',
    when: 'a language model answered or failed',
  },
  'model.retried': {
    measurements: ['attempt', 'delay'],
    metadata: ['model', 'reason'],
    level: 'info',
    when: 'a failed model call will be tried again',
  },
  'store.opened': { measurements: ['milliseconds'], metadata: ['store', 'where'], level: 'info', when: 'the store is ready' },
  'store.failed': {
    measurements: [],
    metadata: ['operation', 'reason'],
    level: 'error',
    when: 'an operation of the store failed',
  },
  'log.written': {
    measurements: [],
    metadata: ['address', 'label', 'value'],
    level: 'info',
    when: 'an actor used its log action',
  },
  'sink.failed': {
    measurements: [],
    metadata: ['sink', 'reason'],
    level: 'error',
    when: 'a telemetry sink began to throw; the other sinks are told once',
  },
} as const satisfies Record<string, TelemetryDefinition>

export interface TelemetryDefinition {
  readonly measurements: readonly string[]
  readonly metadata: readonly string[]
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly when: string
}

export type TelemetryName = keyof typeof telemetryEvents
export type Measurements<N extends TelemetryName> = {
  readonly [M in (typeof telemetryEvents)[N]['measurements'][number]]: number
}
export type Metadata<N extends TelemetryName> = { readonly [M in (typeof telemetryEvents)[N]['metadata'][number]]: string }

/** The door: `emit` is cheap when nobody listens. */
export interface Telemetry {
  emit<N extends TelemetryName>(name: N, measurements: Measurements<N>, metadata: Metadata<N>): void
}

/** Telemetry that goes nowhere. */
export const silentTelemetry: Telemetry = { emit() {} }
