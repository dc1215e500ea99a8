/**
 * Owns: the shape of an adapter, and the list of messages that all adapters build alike: system, demos, history, the request.
 * Does not own: the texts, which each adapter writes in its own way.
 * Invariants: AD1 messages are byte for byte those of DSPy 3.4 for everything that both can express; anything else is declined.
 */

import type { Json } from '#runtime'
import { cognitionErrors } from './cognition-errors.ts'
import { allowsNone } from './field-type.ts'
import type { Message } from './language-model.ts'
import { deleteField, type Field, inputFields, outputFields, type Signature } from './signature.ts'
import { requireNative } from './value-text.ts'

/** Values of fields by name. */
export type Values = { readonly [field: string]: Json | undefined }

/** How a signature becomes messages, and a completion its outputs. */
export interface Adapter {
  /** The request stands as it is: a history is not made into turns, and the last turn is the user's even when it is empty. */
  readonly bare?: true
  readonly name: 'ChatAdapter' | 'JSONAdapter' | 'XMLAdapter' | 'BAMLAdapter' | 'TwoStepAdapter'
  system(signature: Signature): string
  /** Content of a user's turn; `request` adds what the answer must look like. */
  user(signature: Signature, inputs: Values, options: { readonly prefix?: string; readonly request?: boolean }): string
  /** Content of an assistant's turn; `missing` stands where an output is not given, `None` without it. */
  assistant(signature: Signature, outputs: Values, missing?: string): string
  /** @throws `completion.unparsable` */
  parse(signature: Signature, completion: string): Values
}

const incompletePrefix = 'This is an example of the task, though some input or output fields are not supplied.'
const missingInDemo = 'Not supplied for this particular example. '
const missingInHistory = 'Not supplied for this conversation history message. '

/**
 * The messages of one request.
 *
 * @param demos examples with inputs and outputs; those that lack a field come first, those without any input or any output are left out
 * @throws `cognition.declined`, `value.invalid`
 */
export function formatMessages(adapter: Adapter, signature: Signature, demos: readonly Values[], inputs: Values): Message[] {
  for (const field of signature.fields) requireNative(field)
  const history = adapter.bare
    ? undefined
    : inputFields(signature).find(({ type }) => type.kind === 'named' && type.role === 'History')
  const plain = history ? deleteField(signature, history.name) : signature
  const turns = history === undefined ? [] : historyTurns(adapter, plain, inputs[history.name], history.name)
  const request = adapter.user(plain, inputs, { request: true })
  return [
    { role: 'system', content: adapter.system(signature) },
    ...demoTurns(adapter, signature, demos),
    ...turns,
    ...(request === '' && !adapter.bare ? [] : [{ role: 'user' as const, content: request }]),
  ]
}

function demoTurns(adapter: Adapter, signature: Signature, demos: readonly Values[]): Message[] {
  const given = (demo: Values, field: Field) => demo[field.name] !== undefined
  const complete = demos.filter((demo) => signature.fields.every((field) => given(demo, field) && demo[field.name] !== null))
  const partial = demos.filter(
    (demo) =>
      !complete.includes(demo) &&
      inputFields(signature).some((field) => given(demo, field)) &&
      outputFields(signature).some((field) => given(demo, field)),
  )
  return [
    ...partial.flatMap((demo) => turn(adapter, signature, demo, missingInDemo, incompletePrefix)),
    ...complete.flatMap((demo) => turn(adapter, signature, demo, missingInHistory)),
  ]
}

function turn(adapter: Adapter, signature: Signature, demo: Values, missing: string, prefix?: string): Message[] {
  return [
    { role: 'user', content: adapter.user(signature, demo, prefix === undefined ? {} : { prefix }) },
    { role: 'assistant', content: adapter.assistant(signature, demo, missing) },
  ]
}

function historyTurns(adapter: Adapter, signature: Signature, history: Json | undefined, name: string): Message[] {
  if (history === undefined) return []
  const messages =
    history !== null && typeof history === 'object' && !Array.isArray(history) && 'messages' in history
      ? history.messages
      : undefined
  if (!Array.isArray(messages))
    throw cognitionErrors.make('value.invalid', {
      field: name,
      expected: '{ messages: [...] }',
      got: JSON.stringify(history).slice(0, 120),
    })
  return (messages as readonly Json[]).flatMap((message) => {
    if (message === null || typeof message !== 'object' || Array.isArray(message))
      throw cognitionErrors.make('value.invalid', {
        field: `${name}.messages`,
        expected: 'values by field',
        got: JSON.stringify(message),
      })
    const values = message as Values
    if (Object.values(values).some((value) => value !== null && typeof value === 'object' && 'tool_calls' in value))
      throw cognitionErrors.make('cognition.declined', {
        what: 'A history with tool calls',
        reason: 'tool calls need native function calling',
      })
    // Without any input of its own a message is only an answer; a reminder alone would be an empty question.
    const request = inputFields(signature).some((field) => values[field.name] !== undefined)
    const user = adapter.user(signature, values, { request })
    const assistant = adapter.assistant(signature, values)
    return [
      ...(user === '' ? [] : [{ role: 'user' as const, content: user }]),
      ...(assistant === '' ? [] : [{ role: 'assistant' as const, content: assistant }]),
    ]
  })
}

/** Outputs with what stands in for missing ones: their default, or None where the type admits it. Order of the signature. */
export function withDefaults(signature: Signature, found: Values): Values {
  const completed: { [field: string]: Json } = {}
  for (const field of outputFields(signature)) {
    const value = Object.hasOwn(found, field.name) ? found[field.name] : field.default
    if (value !== undefined) completed[field.name] = value
    else if (allowsNone(field.type)) completed[field.name] = null
  }
  return completed
}

/** DSPy's error for a completion that does not give the outputs. */
export function unparsable(
  adapter: string,
  signature: Signature,
  completion: string,
  details: { readonly message?: string; readonly parsed?: Values } = {},
): Error {
  const names = (list: readonly string[]) => `[${list.join(', ')}]`
  const expected = outputFields(signature).map(({ name }) => name)
  let problem = details.message === undefined ? '' : `${details.message}\n\n`
  problem += `Adapter ${adapter} failed to parse the LM response. \n\nLM Response: ${completion} \n\n`
  problem += `Expected to find output fields in the LM response: ${names(expected)} \n\n`
  if (details.parsed) problem += `Actual output fields parsed from the LM response: ${names(Object.keys(details.parsed))} \n\n`
  return cognitionErrors.make('completion.unparsable', { adapter, problem, completion, expected: expected.join(', ') })
}
