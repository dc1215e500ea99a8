/**
 * Owns: the catalogue of everything that supervision refuses or reports as an error.
 * Does not own: exit reasons (kernel), errors of the processes under supervision.
 * Invariants: E2. S1 a refused child spec or supervisor spec names the field and the offending value.
 */

import { catalogue, entry, type Json } from '#runtime'

const never = { retry: 'never', audience: 'caller' } as const
const later = { retry: 'later', audience: 'caller' } as const

export const supervisionErrors = catalogue({
  'childspec.missing': entry<{ field: string; id: string }>({
    message: (f) => `The child spec ${f.id} has no ${f.field}.`,
    remedy: (f) => `Give it a member ${JSON.stringify(f.field)}.`,
    ...never,
    sample: { field: 'start', id: '"worker"' },
  }),
  'childspec.invalid': entry<{ field: string; id: string; expected: string; got: string }>({
    message: (f) => `The member ${f.field} of the child spec ${f.id} is not valid: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) => `Set ${f.field} to ${f.expected}.`,
    ...never,
    sample: { field: 'restart', id: '"worker"', expected: 'permanent, transient or temporary', got: '"sometimes"' },
  }),
  'childspec.combination': entry<{ id: string; field: string; value: string; with: string }>({
    message: (f) => `The child spec ${f.id} says significant: true, which does not go with ${f.field}: ${f.value}.`,
    remedy: (f) => f.with,
    ...never,
    sample: { id: '"worker"', field: 'restart', value: 'permanent', with: 'Use restart: transient or temporary.' },
  }),
  'childspec.duplicate': entry<{ id: string }>({
    message: (f) => `Two child specs have the id ${f.id}.`,
    remedy: () => 'Give every child of one supervisor its own id.',
    ...never,
    sample: { id: '"worker"' },
  }),
  'supervisor.invalid': entry<{ field: string; expected: string; got: string }>({
    message: (f) => `The ${f.field} of a supervisor is not valid: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) => `Set ${f.field} to ${f.expected}.`,
    ...never,
    sample: { field: 'intensity', expected: 'a whole number of 0 or more', got: '-1' },
  }),
  'supervisor.combination': entry<{ strategy: string; field: string; value: string }>({
    message: (f) => `A ${f.strategy} supervisor does not take ${f.field}: ${f.value}.`,
    remedy: (f) => `Leave ${f.field} out, or use one_for_one, one_for_all or rest_for_one.`,
    ...never,
    sample: { strategy: 'dynamic', field: 'autoShutdown', value: 'any_significant' },
  }),
  'supervisor.bad_init': entry<{ got: string }>({
    message: (f) => `The init of a supervisor answered ${f.got}, which is neither a supervisor spec nor "ignore".`,
    remedy: () => 'Return a supervisor spec, or "ignore" to decline.',
    ...never,
    sample: { got: '42' },
  }),
  'supervisor.unknown_request': entry<{ supervisor: string; got: string }>({
    message: (f) => `The supervisor ${f.supervisor} does not know the request ${f.got}.`,
    remedy: () => 'Use the functions of supervisorClient.',
    ...never,
    sample: { supervisor: 'app#1', got: '{"ask":"dance"}' },
  }),
  'child.already_started': entry<{ id: string; ref: number; label: string }>({
    message: (f) => `The child ${f.id} is already running as ${f.label}.`,
    remedy: () => 'Use the running one, or terminate it first.',
    ...never,
    sample: { id: '"worker"', ref: 7, label: 'worker#7' },
  }),
  'child.already_present': entry<{ id: string }>({
    message: (f) => `There is already a child ${f.id}; it is not running.`,
    remedy: () => 'Use restartChild to run it again, or deleteChild to take its place.',
    ...never,
    sample: { id: '"worker"' },
  }),
  'child.not_found': entry<{ id: string }>({
    message: (f) => `The supervisor has no child ${f.id}.`,
    remedy: () => 'See whichChildren for the ids; a dynamic supervisor knows its children by ref.',
    ...never,
    sample: { id: '"worker"' },
  }),
  'child.running': entry<{ id: string }>({
    message: (f) => `The child ${f.id} is running.`,
    remedy: () => 'Use terminateChild first.',
    ...never,
    sample: { id: '"worker"' },
  }),
  'child.restarting': entry<{ id: string }>({
    message: (f) => `The child ${f.id} is being restarted.`,
    remedy: () => 'Wait, or use terminateChild to cancel the restart.',
    ...later,
    sample: { id: '"worker"' },
  }),
  'child.start_failed': entry<{ id: string; text: string; reason: Json }>({
    message: (f) => `The child ${f.id} could not be started: ${f.text}.`,
    remedy: () => 'Read the reason: its start function or its init failed.',
    ...later,
    sample: { id: '"worker"', text: 'crashed: no config', reason: { type: 'normal' } },
  }),
  'child.bad_start': entry<{ id: string; got: string }>({
    message: (f) => `The start function of the child ${f.id} answered ${f.got}, which is no start result.`,
    remedy: () => 'Return what Processes.spawn resolves with.',
    ...never,
    sample: { id: '"worker"', got: '"wrong_value"' },
  }),
  'child.limit': entry<{ limit: number }>({
    message: (f) => `The dynamic supervisor has its ${f.limit} children; no more are started.`,
    remedy: () => 'Wait until one ends, or raise maxChildren.',
    ...later,
    sample: { limit: 100 },
  }),
  'child.by_template': entry<{ call: string }>({
    message: (f) => `A simple_one_for_one supervisor has no ${f.call} by id: its children have none.`,
    remedy: () => 'Use startInstance, and terminateChild with a ref.',
    ...never,
    sample: { call: 'restartChild' },
  }),
  'server.bad_return': entry<{ got: string; from: string }>({
    message: (f) => `The callback ${f.from} of a server returned ${f.got}, which is no result of it.`,
    remedy: () => 'Return one of the results that GenServer lists for this callback.',
    ...never,
    sample: { got: '42', from: 'handleCall' },
  }),
  'server.no_callback': entry<{ from: string; got: string }>({
    message: (f) => `The server got ${f.got} but has no callback ${f.from}.`,
    remedy: (f) => `Define ${f.from}, or do not send it this.`,
    ...never,
    sample: { from: 'handleCall', got: '"ping"' },
  }),
  'server.start_failed': entry<{ name: string; text: string; reason: Json }>({
    message: (f) => `The server ${f.name} could not be started: ${f.text}.`,
    remedy: () => 'Read the reason: its init declined, failed or took too long.',
    ...later,
    sample: { name: 'registry', text: 'start timed out', reason: { type: 'timeout' } },
  }),
  'registry.taken': entry<{ registry: string; key: string; ref: number; label: string }>({
    message: (f) => `The key ${f.key} of the registry ${f.registry} is held by ${f.label}.`,
    remedy: () => 'Use the holder, or choose another key.',
    ...never,
    sample: { registry: 'sessions', key: '"s1"', ref: 7, label: 's1#7' },
  }),
  'registry.not_owner': entry<{ registry: string; key: string }>({
    message: (f) => `Only the process that registered the key ${f.key} of the registry ${f.registry} may change its value.`,
    remedy: () => 'Ask the owner to do it.',
    ...never,
    sample: { registry: 'sessions', key: '"s1"' },
  }),
  'registry.duplicate': entry<{ registry: string; call: string }>({
    message: (f) => `${f.call} needs a registry of unique keys; ${f.registry} has duplicate ones.`,
    remedy: () => 'Use dispatch or lookup with a duplicate registry.',
    ...never,
    sample: { registry: 'topics', call: 'updateValue' },
  }),
  'registry.unknown': entry<{ registry: string; key: string }>({
    message: (f) => `Nobody is registered under the key ${f.key} of the registry ${f.registry}.`,
    remedy: () => 'Start it first, or check the key.',
    ...never,
    sample: { registry: 'sessions', key: '"s1"' },
  }),
  'registry.dead': entry<{ registry: string; label: string }>({
    message: (f) => `${f.label} is not alive and cannot be registered in ${f.registry}.`,
    remedy: () => 'Register from within the living process.',
    ...never,
    sample: { registry: 'sessions', label: 's1#7' },
  }),
  'task.not_owner': entry<{ task: string }>({
    message: (f) => `Only the process that started the task ${f.task} may wait for it.`,
    remedy: () => 'Let the owner await it and send the value on.',
    ...never,
    sample: { task: 'task#7' },
  }),
  'task.failed': entry<{ task: string; text: string; reason: Json }>({
    message: (f) => `The task ${f.task} ended without a value: ${f.text}.`,
    remedy: () => 'Read the reason; use yieldTask to get it as data.',
    ...later,
    sample: { task: 'task#7', text: 'crashed: boom', reason: { type: 'normal' } },
  }),
  'task.timeout': entry<{ task: string; milliseconds: number }>({
    message: (f) => `The task ${f.task} did not answer within ${f.milliseconds} ms.`,
    remedy: () => 'Give a longer timeout, or use yieldTask to look again later.',
    ...later,
    sample: { task: 'task#7', milliseconds: 5000 },
  }),
  'partitions.none': entry<{ name: string }>({
    message: (f) => `The partition supervisor ${f.name} has no running partition.`,
    remedy: () => 'Resize it to 1 or more first.',
    ...later,
    sample: { name: 'workers' },
  }),
  'partitions.size': entry<{ got: string; limit: number }>({
    message: (f) => `The number of partitions must be a whole number from 0 to ${f.limit}, got ${f.got}.`,
    remedy: (f) => `Resize to at most ${f.limit}, the number that the supervisor was started with.`,
    ...never,
    sample: { got: '9', limit: 8 },
  }),
  'partitions.arguments': entry<{ got: string }>({
    message: (f) => `withArguments must return a list of arguments, got ${f.got}.`,
    remedy: () => 'Return an array.',
    ...never,
    sample: { got: '7' },
  }),
  'tree.unfilled': entry<{ slot: string; filled: string }>({
    message: (f) => `The slot ${JSON.stringify(f.slot)} of the tree has no start function; filled are: ${f.filled || 'none'}.`,
    remedy: (f) => `Pass a start function for ${JSON.stringify(f.slot)}.`,
    retry: 'never',
    audience: 'operator',
    sample: { slot: 'store', filled: 'cells' },
  }),
})
