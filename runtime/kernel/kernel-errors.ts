/**
 * Owns: the catalogue of everything that can go wrong in the runtime itself.
 * Does not own: errors of the store, of supervision, of thinking and of the outside world; their folders have their own catalogues.
 * Invariants: E2.
 */

import { catalogue, entry } from './errors.ts'
import type { Json } from './json.ts'

export const kernelErrors = catalogue({
  'address.invalid': entry<{ part: string; got: string; expected: string }>({
    message: (f) => `The ${f.part} of an address is not valid: expected ${f.expected}, got ${JSON.stringify(f.got)}.`,
    remedy: (f) => `Use ${f.expected}.`,
    retry: 'never',
    audience: 'caller',
    sample: { part: 'kind', got: '7up', expected: 'a letter, then up to 63 of a-z A-Z 0-9 _ -' },
  }),
  'envelope.invalid': entry<{ path: string; expected: string; got: string }>({
    message: (f) => `The envelope is not valid at ${f.path}: expected ${f.expected}, got ${f.got}.`,
    remedy: () => 'Send envelopes of version 1 as the runtime or a client library makes them.',
    retry: 'never',
    audience: 'caller',
    sample: { path: 'to.kind', expected: 'a string', got: '7' },
  }),
  'envelope.version': entry<{ got: number; newest: number }>({
    message: (f) => `The envelope has version ${f.got}; this code reads versions up to ${f.newest}.`,
    remedy: () => 'Update this node, or let an older sender send the older version.',
    retry: 'elsewhere',
    audience: 'operator',
    sample: { got: 9, newest: 1 },
  }),
  'message.too_large': entry<{ address: string; bytes: number; limit: number }>({
    message: (f) => `A message for ${f.address} has ${f.bytes} bytes; at most ${f.limit} are allowed.`,
    remedy: () => 'Send a reference (an id, a path) instead of the data, or raise limits.messageBytes in the configuration.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1', bytes: 2_000_000, limit: 1_048_576 },
  }),
  'message.unknown_type': entry<{ address: string; type: string; known: string; nearest?: string }>({
    message: (f) => `${f.address} has no message ${JSON.stringify(f.type)}.`,
    remedy: (f) => `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}Its messages are: ${f.known}.`,
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1', type: 'ad', known: 'add, get', nearest: 'add' },
  }),
  'message.invalid': entry<{ address: string; type: string; path: string; problem: string; got: string }>({
    message: (f) =>
      `The message ${JSON.stringify(f.type)} for ${f.address} does not fit its schema${f.path ? ` at ${f.path}` : ''}: ${f.problem}; got ${f.got}.`,
    remedy: (f) => `Correct ${f.path || 'the message'} and send it again; nothing was applied.`,
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1', type: 'add', path: 'by', problem: 'expected number, received string', got: '"2"' },
  }),
  'message.not_json': entry<{ address: string; path: string; got: string }>({
    message: (f) => `A message for ${f.address} cannot be stored or sent: at ${f.path} there is ${f.got}, which JSON cannot say.`,
    remedy: () => 'Send plain data only: texts, finite numbers, booleans, null, lists and objects of these.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1', path: 'message.callback', got: 'a function' },
  }),
  'reply.invalid': entry<{ address: string; type: string; path: string; problem: string; got: string }>({
    message: (f) =>
      `${f.address} answered ${JSON.stringify(f.type)} with a value that does not fit its reply schema${f.path ? ` at ${f.path}` : ''}: ${f.problem}; got ${f.got}.`,
    remedy: () => 'Correct the behaviour, or its reply schema.',
    retry: 'never',
    audience: 'operator',
    sample: { address: 'counter/c1', type: 'get', path: '', problem: 'expected number', got: '"2"' },
  }),
  'mailbox.full': entry<{ address: string; limit: number }>({
    message: (f) => `The mailbox of ${f.address} is full (${f.limit} messages); this one was refused.`,
    remedy: () => 'Send more slowly, or raise the behaviour’s mailbox.limit.',
    retry: 'later',
    audience: 'caller',
    sample: { address: 'counter/c1', limit: 1000 },
  }),
  'actor.unknown_kind': entry<{ kind: string; known: string; nearest?: string }>({
    message: (f) => `There is no actor kind ${JSON.stringify(f.kind)} here.`,
    remedy: (f) =>
      `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}Known kinds: ${f.known || 'none'}. Pass its behaviour in createTroupe({ actors: [...] }), or its module with --actors on the command line.`,
    retry: 'elsewhere',
    audience: 'caller',
    sample: { kind: 'conter', known: 'counter', nearest: 'counter' },
  }),
  'actor.duplicate_kind': entry<{ kind: string; reason: string }>({
    message: (f) => `Two behaviours have the kind ${JSON.stringify(f.kind)}: ${f.reason}.`,
    remedy: () => 'Give each behaviour its own kind; a new shape of the same one needs a higher version and an upcaster.',
    retry: 'never',
    audience: 'operator',
    sample: { kind: 'counter', reason: 'both have version 1 but different messages (add, get / add)' },
  }),
  'actor.not_found': entry<{ address: string }>({
    message: (f) => `There is no actor ${f.address}.`,
    remedy: () => 'Start it first, or check its key.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'session/s1' },
  }),
  'actor.stopped': entry<{ address: string; reason: string; exit?: Json }>({
    message: (f) => `${f.address} stopped before it answered (${f.reason}).`,
    remedy: () => 'Ask again if the actor is started again; see its exit reason with troupe show.',
    retry: 'later',
    audience: 'caller',
    sample: { address: 'session/s1', reason: 'shutdown' },
  }),
  'actor.crashed': entry<{ address: string; type: string }>({
    message: (f) => `${f.address} crashed while it handled ${JSON.stringify(f.type)}; nothing of that turn was committed.`,
    remedy: () => 'Read the cause. The actor is restarted from its last committed state by its supervisor.',
    retry: 'later',
    audience: 'caller',
    sample: { address: 'counter/c1', type: 'add' },
  }),
  'actor.quarantined': entry<{ address: string; version: number; reason: string }>({
    message: (f) => `${f.address} is quarantined: its stored snapshot (version ${f.version}) cannot be used: ${f.reason}.`,
    remedy: () => 'Give its behaviour an upcaster from that version, or repair the row; the snapshot was left as it is.',
    retry: 'never',
    audience: 'operator',
    sample: { address: 'counter/c1', version: 1, reason: 'there is no upcaster from version 1 to 2' },
  }),
  'actor.fenced': entry<{ address: string; partition: number }>({
    message: (f) => `This process no longer owns partition ${f.partition} of ${f.address}; nothing was written.`,
    remedy: () => 'Send the message again: the new owner will take it.',
    retry: 'elsewhere',
    audience: 'caller',
    sample: { address: 'counter/c1', partition: 17 },
  }),
  'content.mismatch': entry<{ key: string; digest: string }>({
    message: (f) => `A value was put under ${f.key}, but its digest is ${f.digest}.`,
    remedy: () => 'Put a value under the SHA-256 of its canonical JSON (digestOf).',
    retry: 'never',
    audience: 'caller',
    sample: { key: 'a3f5…', digest: '09be…' },
  }),
  'actor.moved': entry<{ address: string; partition: number }>({
    message: (f) =>
      `This process lost partition ${f.partition} of ${f.address} while the message was under way; it may or may not have been applied.`,
    remedy: () => 'Send it again with the same idempotencyKey: the new owner answers from the record, or applies it once.',
    retry: 'elsewhere',
    audience: 'caller',
    sample: { address: 'counter/c1', partition: 17 },
  }),
  'partition.held': entry<{ partitions: number; owner: string; remaining: number }>({
    message: (f) => `${f.partitions} partitions are held by the living owner ${f.owner} (its lease has ${f.remaining} ms left).`,
    remedy: (f) => `Stop ${f.owner} first, or use another database or schema for this runtime.`,
    retry: 'later',
    audience: 'operator',
    sample: { partitions: 256, owner: 'host-4711', remaining: 8000 },
  }),
  'actor.already_started': entry<{ address: string }>({
    message: (f) => `There is already an actor ${f.address}.`,
    remedy: () => 'Use the living one, or stop it first.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'session/s1' },
  }),
  'actor.start_failed': entry<{ address: string; reason: string }>({
    message: (f) => `${f.address} could not be started: ${f.reason}.`,
    remedy: () => 'Read the cause: its init declined, failed or took too long.',
    retry: 'later',
    audience: 'caller',
    sample: { address: 'session/s1', reason: 'crashed: no config' },
  }),
  'snapshot.too_large': entry<{ address: string; bytes: number; limit: number }>({
    message: (f) =>
      `The snapshot of ${f.address} would have ${f.bytes} bytes; at most ${f.limit} are allowed. The turn was not committed.`,
    remedy: () => 'Keep less in the actor (store references, drop history), or raise limits.snapshotBytes.',
    retry: 'never',
    audience: 'operator',
    sample: { address: 'counter/c1', bytes: 20_000_000, limit: 16_777_216 },
  }),
  'snapshot.not_json': entry<{ address: string; path: string; got: string }>({
    message: (f) => `The state of ${f.address} cannot be stored: at ${f.path} there is ${f.got}, which JSON cannot say.`,
    remedy: () => 'Keep only plain data in the context of a durable actor.',
    retry: 'never',
    audience: 'operator',
    sample: { address: 'counter/c1', path: 'context.callback', got: 'a function' },
  }),
  'ask.deadline': entry<{ address: string; type: string; milliseconds: number }>({
    message: (f) => `${f.address} did not answer ${JSON.stringify(f.type)} within ${f.milliseconds} ms.`,
    remedy: () =>
      'The work may still be done later. Ask with the same idempotencyKey to get its recorded answer, or give a longer deadline.',
    retry: 'later',
    audience: 'caller',
    sample: { address: 'counter/c1', type: 'get', milliseconds: 5000 },
  }),
  'ask.itself': entry<{ address: string }>({
    message: (f) => `${f.address} asked itself and would wait for ever.`,
    remedy: () => 'Use tell, or call the function directly.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1' },
  }),
  'deadline.invalid': entry<{ got: string }>({
    message: (f) => `Not a deadline: ${f.got}.`,
    remedy: () => 'Give milliseconds as a number, or a text such as "250ms", "2s", "5m", "1h", or "infinity".',
    retry: 'never',
    audience: 'caller',
    sample: { got: '"soon"' },
  }),
  'idempotency.conflict': entry<{ address: string; key: string }>({
    message: (f) => `The idempotency key ${JSON.stringify(f.key)} was already used with another message for ${f.address}.`,
    remedy: () => 'Use a new key for a new message.',
    retry: 'never',
    audience: 'caller',
    sample: { address: 'counter/c1', key: 'order-17' },
  }),
  'behaviour.invalid': entry<{ kind: string; problem: string }>({
    message: (f) => `The behaviour ${JSON.stringify(f.kind)} is not valid: ${f.problem}.`,
    remedy: () => 'See the documentation of defineActor.',
    retry: 'never',
    audience: 'operator',
    sample: { kind: 'counter', problem: 'version must be an integer ≥ 1, got 0' },
  }),
  'logic.unsupported': entry<{ address: string; what: string }>({
    message: (f) => `${f.address} uses something that Troupe does not run: ${f.what}.`,
    remedy: () => 'See docs/XSTATE.md for what is supported and what to use instead.',
    retry: 'never',
    audience: 'operator',
    sample: { address: 'counter/c1', what: 'an action that returns a promise' },
  }),
  'config.invalid': entry<{ key: string; expected: string; got: string; nearest?: string }>({
    message: (f) => `The configuration ${f.key} is not valid: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) => (f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}?` : `Set it to ${f.expected}.`),
    retry: 'never',
    audience: 'operator',
    sample: { key: 'stroe', expected: 'a known key', got: '"./data"', nearest: 'store' },
  }),
  'system.stopped': entry<{ what: string }>({
    message: (f) => `The runtime is stopped; ${f.what} was refused.`,
    remedy: () => 'Create a new one with createTroupe.',
    retry: 'elsewhere',
    audience: 'caller',
    sample: { what: 'tell' },
  }),
  internal: entry<{ what: string }>({
    message: (f) => `A rule of the runtime was broken: ${f.what}.`,
    remedy: () => 'This is a defect of Troupe: please report it with this text and the cause.',
    retry: 'never',
    audience: 'operator',
    sample: { what: 'a turn committed twice' },
  }),
})
