/**
 * Owns: DSPy's BAML format: answers as JSON, their types described in short form.
 * Does not own: reading answers (json-adapter), the short form (baml-type).
 * Invariants: AD1.
 */

import type { Adapter } from './adapter.ts'
import { bamlType } from './baml-type.ts'
import { fieldDescriptions, objective, opening, userContent } from './chat-adapter.ts'
import { jsonAdapter, jsonReminder, parseJson } from './json-adapter.ts'
import { inputFields, outputFields, type Signature } from './signature.ts'

function structure(signature: Signature): string {
  const inputs = inputFields(signature).map(({ name }) => `[[ ## ${name} ## ]]\n{${name}}\n`)
  const outputs = outputFields(signature).map(
    ({ name, type }) => `[[ ## ${name} ## ]]\nOutput field \`${name}\` should be of type: ${bamlType(type)}\n`,
  )
  return [`${opening}\n`, ...inputs, ...outputs, '[[ ## completed ## ]]'].join('\n')
}

/** DSPy's BAMLAdapter: JSON answers to a structure that is shown instead of a JSON Schema. */
export const bamlAdapter: Adapter = {
  name: 'BAMLAdapter',
  system: (signature) => `${fieldDescriptions(signature)}\n${structure(signature)}\n${objective(signature)}`,
  user: (signature, inputs, { prefix = '', request = false }) =>
    userContent(signature, inputs, prefix, request ? jsonReminder(signature) : undefined),
  assistant: jsonAdapter.assistant,
  parse: (signature, completion) => parseJson(signature, completion, 'BAMLAdapter'),
}
