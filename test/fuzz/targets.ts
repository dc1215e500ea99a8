/**
 * Owns: what malformed input is thrown at, by kind: each call either succeeds or throws an error of the catalogue.
 * Does not own: making the input (mutate), counting (run).
 */

import { z } from 'zod'
import { chatAdapter, checkProgram, importCsv, importJsonl, jsonAdapter, parseSignature } from '#actors'
import { checkConfig } from '#main'
import {
  type ActorRow,
  address,
  checkMessage,
  decodeEnvelope,
  decodeToken,
  defineActor,
  type Envelope,
  encodeEnvelope,
  parseAddress,
  type Random,
  realSources,
} from '#runtime'
import { checkChildSpecs } from '#supervisors'
import { restoredState } from '../../runtime/delivery/restored.ts'
import { CellTurn } from '../../runtime/kernel/cell-turn.ts'
import { mutateText, mutateValue, pick } from './mutate.ts'

export interface Target {
  readonly name: string
  /** One attempt with fresh malformed input. */
  attempt(random: Random): unknown
}

const counter = defineActor({
  kind: 'counter',
  version: 2,
  messages: {
    add: z.object({ by: z.number().int() }),
    note: z.object({ text: z.string(), tags: z.array(z.string()).optional() }),
  },
  logic: { initial: () => 0, transition: (n, message) => (message.type === 'add' ? n + message.by : n) },
  upcast: { 1: (state) => (state as { readonly n: number }).n },
})
const place = address('counter', 'c1')

const envelope: Envelope = {
  v: 1,
  id: 'm-1',
  to: place,
  from: address('counter', 'c2'),
  message: { type: 'add', by: 1 },
  reply: { id: 'm-1', to: address('counter', 'c2'), as: 'added', type: 'add' },
  deadline: 1_700_000_000_000,
  causation: 'm-0',
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  idempotencyKey: 'k',
  sentAt: 1_700_000_000_000,
}
const row: Pick<ActorRow, 'version' | 'state'> = { version: 1, state: '{"user":{"n":1},"next":1,"effects":{}}' }

const signatures = [
  'question -> answer',
  "subject: str, body: str -> label: Literal['spam', 'ham']",
  'a: list[dict[str, int]], b: Optional[float] -> c: Union[int, None], d: bool',
]
const parsed = signatures.map((text) => parseSignature(text))
const completions = [
  '[[ ## label ## ]]\nspam\n\n[[ ## completed ## ]]',
  '[[ ## c ## ]]\n17\n\n[[ ## d ## ]]\nTrue\n\n[[ ## completed ## ]]\n',
  '{"answer": "Paris", "label": "ham", "c": null, "d": false}',
  '```json\n{"label": "spam",}\n```',
]
const config = {
  store: 'memory',
  schema: 'troupe',
  node: 'n1',
  partitions: 16,
  lease: '10s',
  patience: 1000,
  intensity: 5,
  checkAll: true,
  limits: {},
  model: 'bundled',
}
const draft = {
  signature: 'subject -> label',
  instructions: 'Sort.',
  steps: [{ id: 'sort', module: 'Predict', demos: [{ subject: 'a', label: 'b' }], config: { temperature: 0 } }],
  outputs: { label: { from: 'step', step: 'sort', field: 'label' } },
}
const spec = {
  id: 'a',
  start: () => ({ started: 'ignore' }),
  restart: 'transient',
  shutdown: 1000,
  type: 'worker',
  significant: false,
}

/** Everything that takes input from outside and answers at once. */
export const targets: readonly Target[] = [
  { name: 'envelope as text', attempt: (random) => decodeEnvelope(mutateText(random, encodeEnvelope(envelope))) },
  { name: 'envelope as data', attempt: (random) => decodeEnvelope(JSON.stringify(mutateValue(random, envelope, true)) ?? '') },
  { name: 'address', attempt: (random) => parseAddress(mutateText(random, 'counter/cart-7')) },
  { name: 'subject token', attempt: (random) => decodeToken(mutateText(random, 'cart=2F7')) },
  {
    name: 'message',
    attempt: (random) =>
      checkMessage(
        counter,
        place,
        mutateValue(
          random,
          pick(random, [
            { type: 'add', by: 1 },
            { type: 'note', text: 'x', tags: ['y'] },
          ]),
          false,
        ),
      ),
  },
  { name: 'snapshot', attempt: (random) => restore(random) },
  { name: 'signature', attempt: (random) => parseSignature(mutateText(random, pick(random, signatures))) },
  {
    name: 'completion (chat)',
    attempt: (random) => chatAdapter.parse(pick(random, parsed), mutateText(random, pick(random, completions))),
  },
  {
    name: 'completion (JSON)',
    attempt: (random) => jsonAdapter.parse(pick(random, parsed), mutateText(random, pick(random, completions))),
  },
  { name: 'configuration', attempt: (random) => checkConfig(mutateValue(random, config, false)) },
  { name: 'program', attempt: (random) => checkProgram(mutateValue(random, draft, true)) },
  { name: 'child spec', attempt: (random) => checkChildSpecs([mutateValue(random, spec, false)]) },
  {
    name: 'JSONL',
    attempt: (random) =>
      importJsonl(mutateText(random, '{"text":"a","label":"x"}\n{"text":"b","label":"y"}\n'), { source: 'fuzz.jsonl' }),
  },
  { name: 'CSV', attempt: (random) => importCsv(mutateText(random, 'text,label\n"a, b",x\nc,y\n'), { source: 'fuzz.csv' }) },
]

/** What a cell does with a stored row. */
function restore(random: Random): unknown {
  const changed = mutateValue(random, row, true) as { readonly version?: unknown; readonly state?: unknown } | null
  const version = Number.isSafeInteger(changed?.version) ? (changed!.version as number) : 1
  const state = typeof changed?.state === 'string' ? changed.state : row.state
  const stored = random.next() < 0.7 ? mutateText(random, state) : state
  const full: ActorRow = {
    address: place,
    partition: 1,
    version,
    sequence: 1,
    status: 'active',
    state: stored,
    applied: {},
    updatedAt: 0,
  }
  return restoredState(counter, full, new CellTurn(place, realSources().clock))
}
