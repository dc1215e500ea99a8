/**
 * Owns: DSPy's two-step format: a free answer to a plain question, and the signature by which a second model reads it.
 * Does not own: the second call (two-step).
 * Invariants: AD1.
 */

import type { Json } from '#runtime'
import type { Adapter } from './adapter.ts'
import { chatAdapter, fieldList } from './chat-adapter.ts'
import { cognitionErrors } from './cognition-errors.ts'
import { strip } from './python-text.ts'
import { PyDict, pyRepr, pyStr } from './python-value.ts'
import { type Field, field, inputFields, outputFields, type Signature, signatureOf } from './signature.ts'
import { asTyped } from './value-text.ts'

function line(one: Field, value: Json | undefined): string {
  const role = one.type.kind === 'named' ? one.type.role : undefined
  const seen = asTyped(value, one.type)
  if (role === 'Code') return `${one.name}: code=${pyRepr(seen)}`
  if (!(seen instanceof PyDict) || role === undefined) return `${one.name}: ${pyStr(seen)}`
  // An object of a class prints as its members, each as Python's repr; of a user's model we do not know every member's class.
  if (role !== 'History')
    throw cognitionErrors.make('cognition.declined', {
      what: `The value of ${one.name} in the two-step format`,
      reason: 'an object of a class prints as Python prints it',
    })
  return `${one.name}: ${seen
    .entries()
    .map(([name, member]) => `${pyStr(name)}=${pyRepr(member)}`)
    .join(' ')}`
}

/**
 * The signature of the second call: outputs from the text of the first answer.
 *
 * @example extractionSignature(parseSignature('question -> answer')) // text -> answer
 */
export function extractionSignature(signature: Signature): Signature {
  const outputs = outputFields(signature)
  const names = outputs.map(({ name }) => `\`${name}\``).join(', ')
  // The run of blanks stands in DSPy's own text, so that prompts are equal byte for byte.
  const instructions = `The input is a text that should contain all the necessary information to produce the fields ${names}. ${' '.repeat(12)}Your job is to extract the fields from the text verbatim. Extract precisely the appropriate value (content) for each field.`
  return signatureOf([field('text', 'input'), ...outputs], instructions)
}

/** DSPy's TwoStepAdapter: its prompts, and its reading of what the second model answers. */
export const twoStepAdapter: Adapter = {
  name: 'TwoStepAdapter',
  bare: true,
  system: (signature) =>
    [
      'You are a helpful assistant that can solve tasks based on user input.',
      `As input, you will be provided with:\n${fieldList(inputFields(signature))}`,
      `Your outputs must contain:\n${fieldList(outputFields(signature))}`,
      'You should lay out your outputs in detail so that your answer can be understood by another agent',
      ...(signature.instructions === '' ? [] : [`Specific instructions: ${signature.instructions}`]),
    ].join('\n'),
  user(signature, inputs, { prefix = '' }) {
    const given = inputFields(signature).filter(({ name }) => inputs[name] !== undefined)
    return strip([prefix, ...given.map((one) => line(one, inputs[one.name])), ''].join('\n\n'))
  },
  assistant(signature, outputs) {
    const given = outputFields(signature).filter(({ name }) => outputs[name] !== undefined)
    return strip(given.map((one) => line(one, outputs[one.name])).join('\n\n'))
  },
  parse: (signature, completion) => chatAdapter.parse(extractionSignature(signature), completion),
}
